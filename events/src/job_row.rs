//! What an event of a job does to its row in `Job`: for the table, and for the row as it was at some time.
//!
//! A row keeps its last error until the next outcome: starting, snoozing and retrying leave it, completing clears it.

use std::borrow::Cow;

use crate::{
    event::job::{JobEvent, JobFailed, JobLeaseExpired},
    json::Payload,
    names::JobError,
    query::job::JobStatus,
};

/// The columns of a row that an event sets. `None` leaves a column as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowChange<'a> {
    /// Where the job stands.
    pub status: Option<JobStatus>,
    /// How many attempts count.
    pub attempts: Option<u32>,
    /// What the worker gets.
    pub payload: Option<&'a Payload>,
    /// How many attempts it may have.
    pub max_attempts: Option<u32>,
    /// What came out of it.
    pub result: Option<&'a Payload>,
    /// What went wrong; `Some(None)` clears it.
    pub error: Option<Option<Cow<'a, str>>>,
}

impl<'a> RowChange<'a> {
    /// What the event sets.
    pub fn of(event: &'a JobEvent) -> Self {
        match event {
            JobEvent::JobEnqueued(_) | JobEvent::JobRetried(_) => Self::to(JobStatus::Pending, 0),
            JobEvent::JobStarted(event) => Self::to(JobStatus::Processing, event.attempt),
            JobEvent::JobCompleted(event) => Self {
                result: event.result.as_ref(),
                error: Some(None),
                ..Self::to(JobStatus::Completed, event.attempt)
            },
            JobEvent::JobFailed(JobFailed { attempt, error, retry_at, .. })
            | JobEvent::JobLeaseExpired(JobLeaseExpired { attempt, error, retry_at, .. }) => {
                let status = if retry_at.is_some() { JobStatus::Pending } else { JobStatus::Failed };
                Self { error: Some(Some(error.as_str().into())), ..Self::to(status, *attempt) }
            }
            JobEvent::JobSnoozed(event) => Self::to(JobStatus::Pending, event.attempts),
            JobEvent::JobCheckpointed(_) | JobEvent::JobCancelRequested(_) | JobEvent::JobReleased(_) => {
                Self::default()
            }
            JobEvent::JobRescheduled(_) | JobEvent::JobPrioritized(_) => Self::default(),
            // the row goes
            JobEvent::JobArchived(_) => Self::default(),
            JobEvent::JobReplaced(event) => Self {
                payload: Some(&event.payload),
                max_attempts: Some(event.max_attempts),
                ..Self::to(JobStatus::Pending, 0)
            },
            JobEvent::JobCancelled(event) => Self::failed(&JobError::cancelled(&event.reason)),
            JobEvent::JobDependencyFailed(event) => Self::failed(&JobError::dependency_failed(event.dependency)),
            JobEvent::JobExpired(event) => Self::failed(&JobError::expired(event.expires_at)),
        }
    }

    /// Both in one, this one first.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self {
            status: later.status.or(self.status),
            attempts: later.attempts.or(self.attempts),
            payload: later.payload.or(self.payload),
            max_attempts: later.max_attempts.or(self.max_attempts),
            result: later.result.or(self.result),
            error: later.error.or(self.error),
        }
    }

    /// Ended without an attempt of its own.
    fn failed(error: &JobError) -> Self {
        let error = Some(Some(error.to_string().into()));
        Self { status: Some(JobStatus::Failed), error, ..Self::default() }
    }

    fn to(status: JobStatus, attempts: u32) -> Self {
        Self { status: Some(status), attempts: Some(attempts), ..Self::default() }
    }
}
