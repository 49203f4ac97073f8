//! What a batch makes of each job: its events, folded in memory into the columns that they set.

use std::{borrow::Cow, collections::HashMap};

use chrono::NaiveDateTime;
use plinth_events::{
    Event, JobId, TenantId,
    event::job::{JobEnqueued, JobEvent, JobFailed, JobLeaseExpired},
    names::JobError,
    query::JobStatus,
};

use crate::Entry;

/// The columns of one row that a batch sets. `None` leaves a column as it is.
pub(super) struct Change<'a> {
    pub(super) job: JobId,
    pub(super) tenant: TenantId,
    /// The row is new.
    pub(super) enqueued: Option<Enqueued<'a>>,
    pub(super) status: Option<JobStatus>,
    pub(super) attempts: Option<u32>,
    pub(super) result: Option<&'a str>,
    /// `Some(None)` clears it.
    pub(super) error: Option<Option<Cow<'a, str>>>,
    pub(super) updated_at: NaiveDateTime,
}

/// What only the first event of a job knows.
pub(super) struct Enqueued<'a> {
    pub(super) event: &'a JobEnqueued,
    pub(super) at: NaiveDateTime,
}

/// One change per job, in the order in which the jobs first appear. Two tenants may ask for the same id in one batch:
/// their changes stay apart, so that the primary key refuses the second.
pub(super) fn fold(entries: &[Entry]) -> Vec<Change<'_>> {
    let mut changes = Vec::new();
    let mut places = HashMap::new();
    for entry in entries {
        let Event::Job(event) = &entry.event else { continue };
        let (job, at) = (event.job().0, entry.recorded_at_millis().naive_utc());
        let place = *places.entry((entry.tenant, job)).or_insert_with(|| {
            changes.push(Change::nothing(job, entry.tenant, at));
            changes.len() - 1
        });
        changes[place].add(event, at);
    }
    changes
}

impl<'a> Change<'a> {
    fn nothing(job: JobId, tenant: TenantId, at: NaiveDateTime) -> Self {
        let (status, attempts, result, error) = (None, None, None, None);
        Self { job, tenant, enqueued: None, status, attempts, result, error, updated_at: at }
    }

    fn add(&mut self, event: &'a JobEvent, at: NaiveDateTime) {
        self.updated_at = at;
        match event {
            JobEvent::JobEnqueued(event) => {
                self.enqueued = Some(Enqueued { event, at });
                self.status = Some(JobStatus::Pending);
            }
            JobEvent::JobStarted(event) => self.becomes(JobStatus::Processing, event.attempt),
            JobEvent::JobCompleted(event) => {
                self.becomes(JobStatus::Completed, event.attempt);
                self.result = event.result.as_ref().map(|result| result.as_str());
                self.error = Some(None);
            }
            JobEvent::JobFailed(JobFailed { attempt, error, retry_at, .. })
            | JobEvent::JobLeaseExpired(JobLeaseExpired { attempt, error, retry_at, .. }) => {
                let status = if retry_at.is_some() { JobStatus::Pending } else { JobStatus::Failed };
                self.becomes(status, *attempt);
                self.error = Some(Some(error.as_str().into()));
            }
            JobEvent::JobSnoozed(event) => self.becomes(JobStatus::Pending, event.attempts),
            JobEvent::JobCancelRequested(_) => {}
            JobEvent::JobCancelled(event) => {
                self.status = Some(JobStatus::Failed);
                self.error = Some(Some(JobError::cancelled(&event.reason).to_string().into()));
            }
            JobEvent::JobRetried(_) => self.becomes(JobStatus::Pending, 0),
        }
    }

    fn becomes(&mut self, status: JobStatus, attempts: u32) {
        (self.status, self.attempts) = (Some(status), Some(attempts));
    }
}
