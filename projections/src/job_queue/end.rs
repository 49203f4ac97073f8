//! Where a batch leaves each job in the queue: its events, folded in memory.

use std::collections::HashMap;

use plinth_events::{
    Event, JobId, TenantId,
    event::job::{JobEvent, JobFailed, JobLeaseExpired, JobStarted},
    names::{JobKey, JobType},
    time::{Instant, Moment},
};

use super::moved::Moved;
use crate::Entry;

/// What a batch does to the row of one job.
pub(super) struct Change<'a> {
    pub(super) job: JobId,
    pub(super) tenant: TenantId,
    pub(super) job_type: &'a JobType,
    /// Counts only for a new row: what makes a row, being enqueued or retried, knows it.
    pub(super) priority: i16,
    /// The same.
    pub(super) concurrency_key: Option<&'a JobKey>,
    /// The same.
    pub(super) expires_at: Option<Instant>,
    /// It was enqueued or retried in the batch.
    pub(super) has_begun: bool,
    /// It ended in the batch, whatever happened to it after that.
    pub(super) has_ended: bool,
    pub(super) end: End<'a>,
    /// What happened to it after that while it waited.
    pub(super) moved: Moved,
}

/// Where the job stands after the batch.
pub(super) enum End<'a> {
    /// It waits for other jobs, and then for its time.
    Blocked { due_at: Instant },
    /// It waits for an attempt, and may be due already.
    Waits { due_at: Instant, is_due: bool, attempt: u32 },
    /// A worker runs it.
    Runs { start: &'a JobStarted, asked_to_stop: bool },
    /// It runs as before.
    AsBefore,
    /// It runs as before, and its worker was asked to stop.
    AskedToStop,
    /// It has ended.
    Gone,
}

/// One change per job, in the order in which the jobs first appear. A job that begins and ends in one batch is gone.
/// An id that two tenants ask for does not come this far: `Job` refuses it.
pub(super) fn fold(entries: &[Entry]) -> Vec<Change<'_>> {
    let mut changes: Vec<Change<'_>> = Vec::new();
    let mut places = HashMap::new();
    for entry in entries {
        let Event::Job(event) = &entry.event else { continue };
        // it ended before, and its id is free: another tenant's job may have it from now on
        if let JobEvent::JobArchived(_) = event {
            continue;
        }
        let (job, job_type) = event.job();
        let place = *places.entry(job).or_insert_with(|| {
            changes.push(Change::nothing(job, entry.tenant, job_type));
            changes.len() - 1
        });
        changes[place].add(event, entry.recorded_at);
    }
    changes
}

impl<'a> Change<'a> {
    fn nothing(job: JobId, tenant: TenantId, job_type: &'a JobType) -> Self {
        Self {
            job,
            tenant,
            job_type,
            priority: 0,
            concurrency_key: None,
            expires_at: None,
            has_begun: false,
            has_ended: false,
            end: End::AsBefore,
            moved: Moved::default(),
        }
    }

    fn add(&mut self, event: &'a JobEvent, recorded_at: Moment) {
        let waits = |due_at: Instant, attempt| End::Waits { due_at, is_due: due_at <= recorded_at.into(), attempt };
        self.end = match event {
            JobEvent::JobEnqueued(event) => {
                self.priority = event.priority;
                self.concurrency_key = event.concurrency_key.as_ref();
                (self.expires_at, self.has_begun) = (event.expires_at, true);
                if event.is_blocked() { End::Blocked { due_at: event.run_at } } else { waits(event.run_at, 1) }
            }
            JobEvent::JobRetried(event) => {
                self.priority = event.priority;
                self.concurrency_key = event.concurrency_key.as_ref();
                (self.expires_at, self.has_begun) = (event.expires_at, true);
                let is_blocked = event.sequence_key.is_some();
                if is_blocked { End::Blocked { due_at: event.run_at } } else { waits(event.run_at, 1) }
            }
            JobEvent::JobReleased(event) => waits(event.run_at, 1),
            JobEvent::JobCheckpointed(_) | JobEvent::JobArchived(_) => return,
            JobEvent::JobReplaced(_) | JobEvent::JobRescheduled(_) | JobEvent::JobPrioritized(_) => {
                return self.moved.add(event, recorded_at);
            }
            JobEvent::JobStarted(start) => End::Runs { start, asked_to_stop: false },
            JobEvent::JobFailed(JobFailed { attempt, retry_at: Some(due_at), .. })
            | JobEvent::JobLeaseExpired(JobLeaseExpired { attempt, retry_at: Some(due_at), .. }) => {
                waits(*due_at, attempt + 1)
            }
            JobEvent::JobSnoozed(event) => waits(event.run_at, event.attempts + 1),
            JobEvent::JobCancelRequested(_) => match self.end {
                End::Runs { start, .. } => End::Runs { start, asked_to_stop: true },
                _ => End::AskedToStop,
            },
            JobEvent::JobCompleted(_)
            | JobEvent::JobFailed(_)
            | JobEvent::JobLeaseExpired(_)
            | JobEvent::JobCancelled(_)
            | JobEvent::JobDependencyFailed(_)
            | JobEvent::JobExpired(_) => End::Gone,
        };
        self.has_ended |= matches!(self.end, End::Gone);
        self.moved = self.moved.overtaken();
    }
}
