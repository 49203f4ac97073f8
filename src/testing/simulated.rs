//! One job of a simulation: its state by the rules of Plinth, and what the service would keep beside it.

use plinth_client::{Outcome, Started};
use plinth_events::{
    JobId, Refusal,
    command::{job::Failure, job_notes::LogLine},
    event::job::{JobEnqueued, JobEvent, JobFailed, JobLeaseExpired},
    invitation::JobInvitation,
    job_row::RowChange,
    json::Checkpoint,
    names::{ProgressMessage, Reason},
    reply::JobOutcome,
    time::Instant,
};

use crate::domain::{
    Context,
    job::{Job, JobCommand},
};

/// A job and everything that is known of it.
#[derive(Default)]
pub(super) struct Simulated {
    state: Job,
    pub(super) events: Vec<JobEvent>,
    enqueued: Option<JobEnqueued>,
    /// When the next attempt may start; none: it runs, has ended, or waits for something that is not simulated.
    pub(super) due: Option<Instant>,
    checkpoint: Option<Checkpoint>,
    pub(super) progress: (Option<u8>, Option<ProgressMessage>),
    pub(super) log: Vec<LogLine>,
    /// Why its next attempt is asked to stop as soon as it has begun.
    pub(super) stop: Option<Reason>,
}

impl Simulated {
    /// Decides a command, and takes in what it comes to.
    pub(super) fn decide(&mut self, command: &JobCommand, context: &Context) -> Result<JobOutcome, Refusal> {
        let events = self.state.decide(command, context)?;
        let outcome = self.state.outcome(&events);
        for event in events {
            self.state.evolve(event.clone());
            self.take_in(&event);
            self.events.push(event);
        }
        Ok(outcome)
    }

    /// Its row in `Job`, by its events.
    pub(super) fn row(&self) -> RowChange<'_> {
        self.events.iter().map(RowChange::of).fold(RowChange::default(), RowChange::then)
    }

    /// What a worker would find in the work queue, and what starting it said; none when it was not started.
    pub(super) fn started(&self, context: &Context, outcome: JobOutcome) -> Option<(JobInvitation, Started)> {
        let JobOutcome::Started { attempt, token, payload, checkpoint, dependencies, deadline, .. } = outcome else {
            return None;
        };
        let JobEnqueued { job_id, job_type, payload: first_payload, max_attempts, schedule, .. } =
            self.enqueued.clone()?;
        let invitation = JobInvitation {
            job_id,
            tenant_id: context.tenant,
            job_type,
            payload: first_payload,
            attempt,
            max_attempts,
            checkpoint: self.checkpoint.clone(),
            correlation_id: None,
            causation_id: None,
            traceparent: None,
            schedule,
        };
        Some((invitation, Started { attempt, token, payload, checkpoint, dependencies, deadline }))
    }

    fn take_in(&mut self, event: &JobEvent) {
        self.due = match event {
            JobEvent::JobEnqueued(event) => {
                self.enqueued = Some(event.clone());
                Some(event.run_at)
            }
            JobEvent::JobCheckpointed(event) => {
                self.checkpoint = Some(event.checkpoint.clone());
                return;
            }
            JobEvent::JobFailed(JobFailed { retry_at, .. })
            | JobEvent::JobLeaseExpired(JobLeaseExpired { retry_at, .. }) => *retry_at,
            JobEvent::JobSnoozed(event) => Some(event.run_at),
            JobEvent::JobRetried(event) => Some(event.run_at),
            _ => None,
        };
    }
}

/// The report of an attempt's outcome.
pub(super) fn report(job_id: JobId, token: u64, outcome: Outcome) -> JobCommand {
    match outcome {
        Outcome::Completed(result) => JobCommand::Complete { token, result },
        Outcome::Failed { error, kind, details, retryable, retry_after_seconds } => {
            let retryable = Some(retryable);
            let failure = Failure { job_id, token, error, kind, details, retryable, retry_after_seconds };
            JobCommand::Fail { failure }
        }
        Outcome::Snoozed { seconds } => JobCommand::Snooze { token, seconds },
    }
}
