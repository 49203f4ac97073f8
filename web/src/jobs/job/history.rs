//! What happened to a job, read once: its attempts, and when it waited for what.

use chrono::{DateTime, Utc};
use plinth_events::{
    Event,
    envelope::RecordedEvent,
    event::job::{JobEnqueued, JobEvent, JobFailed, JobStarted},
};

/// All that happened to a job, in order.
#[derive(Debug, Default)]
pub(super) struct History<'a> {
    /// The events; none in place of one that a later edition wrote.
    pub(super) events: Vec<(&'a RecordedEvent, Option<JobEvent>)>,
    /// Its attempts.
    pub(super) attempts: Vec<Attempt>,
    /// When it waited.
    pub(super) waits: Vec<Wait>,
}

/// An attempt.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) started: JobStarted,
    pub(super) from: DateTime<Utc>,
    /// When it was over, and how; none: it runs.
    pub(super) end: Option<(DateTime<Utc>, End)>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Failed,
    Snoozed,
    LeaseExpired,
    TimedOut,
}

/// A time in which a job waited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    pub(super) from: DateTime<Utc>,
    /// None: it waits.
    pub(super) until: Option<DateTime<Utc>>,
    /// From when on it might have started, or for other jobs.
    pub(super) for_what: WaitsFor,
}

/// What a job waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum WaitsFor {
    /// The ends of other jobs.
    Jobs,
    /// This time, and from then on a worker.
    Time(DateTime<Utc>),
}

impl<'a> History<'a> {
    /// From the events of a job.
    pub(super) fn of(events: &'a [RecordedEvent]) -> Self {
        let mut history = Self::default();
        for recorded in events {
            let event = match recorded.event() {
                Ok(Event::Job(event)) => Some(event),
                _ => None,
            };
            if let Some(event) = &event {
                history.take_in(event, recorded.recorded_at.utc());
            }
            history.events.push((recorded, event));
        }
        history
    }

    fn take_in(&mut self, event: &JobEvent, at: DateTime<Utc>) {
        if let Some(end) = end(event) {
            self.end_attempt(at, end);
        }
        if let JobEvent::JobStarted(started) = event {
            self.end_wait(at);
            self.attempts.push(Attempt { started: started.clone(), from: at, end: None });
        }
        if is_an_end(event) {
            self.end_wait(at);
        }
        if let Some(for_what) = self.waits_for(event) {
            self.end_wait(at);
            self.waits.push(Wait { from: at, until: None, for_what });
        }
    }

    fn end_attempt(&mut self, at: DateTime<Utc>, end: End) {
        if let Some(attempt) = self.attempts.last_mut().filter(|attempt| attempt.end.is_none()) {
            attempt.end = Some((at, end));
        }
    }

    fn end_wait(&mut self, at: DateTime<Utc>) {
        if let Some(wait) = self.waits.last_mut().filter(|wait| wait.until.is_none()) {
            wait.until = Some(at);
        }
    }

    /// What the job waits for from an event on.
    fn waits_for(&self, event: &JobEvent) -> Option<WaitsFor> {
        let still_blocked = matches!(self.waits.last(), Some(Wait { until: None, for_what: WaitsFor::Jobs, .. }));
        let unless = |is_blocked: bool, run_at: plinth_events::time::Instant| match is_blocked {
            true => WaitsFor::Jobs,
            false => WaitsFor::Time(run_at.utc()),
        };
        match event {
            JobEvent::JobEnqueued(event) => Some(unless(event.is_blocked(), event.run_at)),
            JobEvent::JobRetried(event) => Some(unless(event.sequence_key.is_some(), event.run_at)),
            JobEvent::JobReplaced(event) => Some(unless(still_blocked, event.run_at)),
            JobEvent::JobRescheduled(event) => Some(unless(still_blocked, event.run_at)),
            JobEvent::JobReleased(event) => Some(WaitsFor::Time(event.run_at.utc())),
            JobEvent::JobSnoozed(event) => Some(WaitsFor::Time(event.run_at.utc())),
            JobEvent::JobFailed(event) => event.retry_at.map(|time| WaitsFor::Time(time.utc())),
            JobEvent::JobLeaseExpired(event) => event.retry_at.map(|time| WaitsFor::Time(time.utc())),
            _ => None,
        }
    }

    /// How it was enqueued.
    pub(super) fn enqueued(&self) -> Option<&JobEnqueued> {
        self.events.iter().find_map(|(_, event)| match event {
            Some(JobEvent::JobEnqueued(event)) => Some(event),
            _ => None,
        })
    }

    /// Its priority, as somebody said it last.
    pub(super) fn priority(&self) -> Option<i16> {
        self.events.iter().rev().find_map(|(_, event)| match event.as_ref()? {
            JobEvent::JobEnqueued(event) => Some(event.priority),
            JobEvent::JobReplaced(event) => Some(event.priority),
            JobEvent::JobRetried(event) => Some(event.priority),
            JobEvent::JobPrioritized(event) => Some(event.priority),
            _ => None,
        })
    }

    /// The attempt that failed last, in the words of its worker.
    pub(super) fn last_failure(&self) -> Option<&JobFailed> {
        self.events.iter().rev().find_map(|(_, event)| match event {
            Some(JobEvent::JobFailed(event)) => Some(event),
            _ => None,
        })
    }
}

fn end(event: &JobEvent) -> Option<End> {
    match event {
        JobEvent::JobCompleted(_) => Some(End::Completed),
        JobEvent::JobFailed(_) => Some(End::Failed),
        JobEvent::JobSnoozed(_) => Some(End::Snoozed),
        JobEvent::JobLeaseExpired(event) if event.timed_out => Some(End::TimedOut),
        JobEvent::JobLeaseExpired(_) => Some(End::LeaseExpired),
        _ => None,
    }
}

/// Whether a job that waits has ended by it.
fn is_an_end(event: &JobEvent) -> bool {
    matches!(event, JobEvent::JobCancelled(_) | JobEvent::JobDependencyFailed(_) | JobEvent::JobExpired(_))
}

impl End {
    /// In a word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Snoozed => "put back",
            Self::LeaseExpired => "lease expired",
            Self::TimedOut => "timed out",
        }
    }
}
