//! What a batch did to jobs and schedules, for those who watch. It is noted when it is decided, and told when it is
//! committed: only the replica that commits it counts it.

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use plinth_events::{
    Event, JobId, RefusalCode, TenantId,
    envelope::Origin,
    event::{
        job::{JobEvent, JobLeaseExpired},
        schedule::ScheduleEvent,
    },
    names::JobType,
    time::{Instant, Moment},
};

use super::{
    parse::Envelope,
    spans,
    states::{Entry, State},
};
use crate::{
    measure::jobs::{End, Jobs, Rescue},
    traces::Traces,
};

/// Something that happened to a job or a schedule.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// An attempt began.
    Started {
        /// The type of the job.
        job_type: JobType,
        /// How long ago it could have.
        waited: Duration,
    },
    /// The queues of a job did not let it start.
    NotStarted {
        /// The type of the job.
        job_type: JobType,
        /// What was in the way.
        code: RefusalCode,
    },
    /// An attempt ended, or a job that did not run.
    Ended {
        /// The type of the job.
        job_type: JobType,
        /// How.
        end: End,
        /// Why it was taken away from its worker, if it was.
        rescue: Option<Rescue>,
        /// The attempt that ended.
        attempt: Option<Attempt>,
    },
    /// A job that had ended is archived.
    Archived {
        /// The type of the job.
        job_type: JobType,
    },
    /// A fire time of a schedule got its job.
    Fired,
    /// So many fire times of a schedule got none.
    Skipped(u32),
}

/// An attempt from its beginning to its end.
#[derive(Debug, PartialEq)]
pub struct Attempt {
    /// Whose job.
    pub tenant: TenantId,
    /// Which job.
    pub job_id: JobId,
    /// Which attempt, counted from 1.
    pub number: u32,
    /// When its start was recorded.
    pub started_at: Moment,
    /// When its end was recorded.
    pub ended_at: Moment,
    /// The context in which the job was enqueued.
    pub began_in: Option<Arc<Origin>>,
    /// The trace of the command that ended it.
    pub ended_in: Option<String>,
}

impl Attempt {
    /// How long it took.
    pub fn duration(&self) -> Duration {
        since(self.started_at, self.ended_at)
    }
}

/// What a job was before a command, as far as steps tell of it.
pub struct Before {
    due_at: Option<Instant>,
    is_asked_to_stop: bool,
    started_at: Option<Moment>,
    began_in: Option<Arc<Origin>>,
}

impl Before {
    /// Of the entry of a job.
    pub fn of(entry: &Entry) -> Self {
        let job = match &entry.state {
            State::Job(job) => Some(job),
            _ => None,
        };
        Self {
            due_at: job.and_then(|job| job.waits_until()),
            is_asked_to_stop: job.is_some_and(|job| job.is_asked_to_stop()),
            started_at: entry.started_at,
            began_in: entry.began_in.clone(),
        }
    }

    /// What an event of the command means.
    pub fn step(&self, event: &JobEvent, now: Moment, envelope: &Envelope) -> Option<Step> {
        let (job_id, job_type) = event.job();
        if let (JobEvent::JobStarted(_), Some(due_at)) = (event, self.due_at) {
            return Some(Step::Started { job_type: job_type.clone(), waited: since(due_at.utc().into(), now) });
        }
        if let JobEvent::JobArchived(_) = event {
            return Some(Step::Archived { job_type: job_type.clone() });
        }
        let end = self.end(event)?;
        let attempt = number(event).zip(self.started_at).map(|(number, started_at)| Attempt {
            tenant: envelope.tenant,
            job_id,
            number,
            started_at,
            ended_at: now,
            began_in: self.began_in.clone(),
            ended_in: envelope.origin.traceparent.clone(),
        });
        Some(Step::Ended { job_type: job_type.clone(), end, rescue: rescue(event), attempt })
    }

    fn end(&self, event: &JobEvent) -> Option<End> {
        let failed = |retry_at: Option<Instant>| match retry_at {
            Some(_) => End::Retried,
            None if self.is_asked_to_stop => End::Cancelled,
            None => End::Failed,
        };
        match event {
            JobEvent::JobCompleted(_) => Some(End::Completed),
            JobEvent::JobFailed(event) => Some(failed(event.retry_at)),
            JobEvent::JobLeaseExpired(event) => Some(failed(event.retry_at)),
            JobEvent::JobSnoozed(_) => Some(End::Snoozed),
            JobEvent::JobCancelled(_) => Some(End::Cancelled),
            JobEvent::JobExpired(_) => Some(End::Expired),
            JobEvent::JobDependencyFailed(_) => Some(End::DependencyFailed),
            _ => None,
        }
    }
}

/// Which attempt ended with an event.
fn number(event: &JobEvent) -> Option<u32> {
    match event {
        JobEvent::JobCompleted(event) => Some(event.attempt),
        JobEvent::JobFailed(event) => Some(event.attempt),
        JobEvent::JobLeaseExpired(event) => Some(event.attempt),
        // it counts no longer
        JobEvent::JobSnoozed(event) => Some(event.attempts + 1),
        _ => None,
    }
}

fn rescue(event: &JobEvent) -> Option<Rescue> {
    match event {
        JobEvent::JobLeaseExpired(JobLeaseExpired { timed_out: true, .. }) => Some(Rescue::TimedOut),
        JobEvent::JobLeaseExpired(event) if event.error.is_poison() => Some(Rescue::Poison),
        JobEvent::JobLeaseExpired(_) => Some(Rescue::LeaseExpired),
        _ => None,
    }
}

/// Business times are cut to milliseconds, so that something may seem to begin before it could.
fn since(from: Moment, until: Moment) -> Duration {
    (until.utc() - from.utc()).to_std().unwrap_or_default()
}

impl Step {
    /// What an event means if it is one of a schedule.
    pub fn of_schedule(event: &Event) -> Option<Self> {
        match event {
            Event::Schedule(ScheduleEvent::ScheduleFired(_)) => Some(Self::Fired),
            Event::Schedule(ScheduleEvent::ScheduleSkipped(event)) => Some(Self::Skipped(event.count)),
            _ => None,
        }
    }

    /// Tells its trace of it.
    pub fn trace(&self, traces: &Traces) {
        if let Self::Ended { job_type, end, attempt: Some(attempt), .. } = self {
            spans::attempt(traces, job_type, *end, attempt);
        }
    }

    /// Counts and times it.
    pub fn measure(&self, jobs: &mut Jobs) {
        match self {
            Self::Started { job_type, waited } => jobs.started(job_type, *waited),
            Self::NotStarted { job_type, code } => jobs.start_refused(job_type, *code),
            Self::Ended { job_type, end, rescue, attempt } => {
                jobs.ended(job_type, *end, attempt.as_ref().map(Attempt::duration));
                if let Some(why) = rescue {
                    jobs.rescued(job_type, *why);
                }
            }
            Self::Archived { job_type } => jobs.archived(job_type),
            Self::Fired => jobs.schedule_fired(),
            Self::Skipped(fire_times) => jobs.schedule_skipped(*fire_times),
        }
    }
}
