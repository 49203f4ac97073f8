//! What a batch does to each schedule: its events, folded in memory.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use plinth_events::{
    Event, TenantId,
    event::schedule::{ScheduleDefined, ScheduleEvent, ScheduleFired},
    names::{Reason, ScheduleName},
    time::Instant,
};
use uuid::Uuid;

use crate::Entry;

/// Which schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key<'a> {
    tenant: TenantId,
    name: &'a ScheduleName,
}

impl<'a> Key<'a> {
    /// As the table has it.
    pub(super) fn columns(&self) -> (Uuid, &'a str) {
        (self.tenant.0, self.name.as_str())
    }
}

/// What a batch does to the row of one schedule that is there behind it.
pub(super) struct Change<'a> {
    pub(super) key: Key<'a>,
    /// As it is defined now, if it was.
    pub(super) definition: Option<&'a ScheduleDefined>,
    /// When it was first defined by the batch.
    pub(super) defined_at: Option<DateTime<Utc>>,
    /// When it is due next.
    pub(super) next_fire_at: Option<Instant>,
    /// Whether it is paused and why, if it was paused or resumed.
    pub(super) paused: Option<(bool, Option<&'a Reason>)>,
    /// How it fired last, if it did.
    pub(super) fired: Option<&'a ScheduleFired>,
    /// When somebody changed it, if anybody did.
    pub(super) changed_at: Option<DateTime<Utc>>,
}

/// One change for each schedule that the batch leaves behind, and the schedules that were deleted in it, also if they
/// are defined again.
pub(super) fn fold(entries: &[Entry]) -> (Vec<Change<'_>>, BTreeSet<Key<'_>>) {
    let (mut changes, mut deleted) = (HashMap::new(), BTreeSet::new());
    for entry in entries {
        let Event::Schedule(event) = &entry.event else { continue };
        let key = Key { tenant: entry.tenant, name: event.name() };
        if let ScheduleEvent::ScheduleDeleted(_) = event {
            changes.remove(&key);
            deleted.insert(key);
        } else if !matches!(event, ScheduleEvent::ScheduleBackfilled(_)) {
            changes.entry(key).or_insert_with(|| Change::none(key)).add(event, entry.recorded_at_millis());
        }
    }
    (changes.into_values().collect(), deleted)
}

impl<'a> Change<'a> {
    fn none(key: Key<'a>) -> Self {
        Self {
            key,
            definition: None,
            defined_at: None,
            next_fire_at: None,
            paused: None,
            fired: None,
            changed_at: None,
        }
    }

    fn add(&mut self, event: &'a ScheduleEvent, recorded_at: DateTime<Utc>) {
        match event {
            ScheduleEvent::ScheduleDefined(event) => {
                (self.definition, self.next_fire_at) = (Some(event), event.next_fire_at);
                self.defined_at.get_or_insert(recorded_at);
                self.changed_at = Some(recorded_at);
            }
            ScheduleEvent::SchedulePaused(event) => {
                (self.paused, self.next_fire_at) = (Some((true, event.reason.as_ref())), None);
                self.changed_at = Some(recorded_at);
            }
            ScheduleEvent::ScheduleResumed(event) => {
                (self.paused, self.next_fire_at) = (Some((false, None)), event.next_fire_at);
                self.changed_at = Some(recorded_at);
            }
            ScheduleEvent::ScheduleFired(event) => {
                (self.fired, self.next_fire_at) = (Some(event), event.next_fire_at);
            }
            ScheduleEvent::ScheduleSkipped(event) => self.next_fire_at = event.next_fire_at,
            ScheduleEvent::ScheduleDeleted(_) | ScheduleEvent::ScheduleBackfilled(_) => {}
        }
    }
}
