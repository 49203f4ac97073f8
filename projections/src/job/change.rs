//! What a batch makes of each job: its events, folded in memory into the columns that they set.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use plinth_events::{
    Event, JobId, TenantId,
    event::job::{JobEnqueued, JobEvent},
    job_row::RowChange,
    json::Payload,
};

use crate::Entry;

/// What a batch does to one row.
pub(super) struct Change<'a> {
    pub(super) job: JobId,
    pub(super) tenant: TenantId,
    /// The row is new.
    pub(super) enqueued: Option<Enqueued<'a>>,
    /// The row goes, if there is one.
    pub(super) is_archived: bool,
    pub(super) row: RowChange<'a>,
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
        Self { job, tenant, enqueued: None, is_archived: false, row: RowChange::default(), updated_at: at }
    }

    /// What the worker gets, if the batch says so.
    pub(super) fn payload(&self) -> Option<&'a Payload> {
        self.row.payload.or_else(|| self.enqueued.as_ref().map(|enqueued| &enqueued.event.payload))
    }

    /// How many attempts it may have, if the batch says so.
    pub(super) fn max_attempts(&self) -> Option<u32> {
        self.row.max_attempts.or_else(|| self.enqueued.as_ref().map(|enqueued| enqueued.event.max_attempts))
    }

    fn add(&mut self, event: &'a JobEvent, at: NaiveDateTime) {
        self.updated_at = at;
        match event {
            JobEvent::JobEnqueued(event) => self.enqueued = Some(Enqueued { event, at }),
            JobEvent::JobArchived(_) => self.is_archived = true,
            _ => {}
        }
        self.row = std::mem::take(&mut self.row).then(RowChange::of(event));
    }
}
