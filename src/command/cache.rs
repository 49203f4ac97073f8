//! The states of aggregates that were used lately: bounded, and as of a known position of the log.
//!
//! Only the writer uses it, and only it knows when the cache is as new as the log: after [`Cache::catch_up`] under the
//! lock of the head.

use std::{collections::HashMap, num::NonZeroUsize};

use lru::LruCache;
use plinth_events::AggregateKey;
use sqlx::PgConnection;

use super::{admission, batch::Outcome, states::Entry};
use crate::{
    domain::queue::admission::Admission,
    log::{LogError, load},
};

/// More events of other replicas than this are not applied one by one: the cache starts anew.
const CATCH_UP_EVENTS: u64 = 5_000;

/// States of aggregates as of one position of the log.
#[derive(Debug)]
pub struct Cache {
    entries: LruCache<AggregateKey, Entry>,
    /// Everything up to here is in the entries; none: nothing is known, and the cache is empty.
    position: Option<u64>,
    /// Which jobs may start; none: unknown, or lent to a batch.
    admission: Option<Admission>,
}

impl Cache {
    /// An empty cache that holds at most so many aggregates.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { entries: LruCache::new(capacity), position: None, admission: None }
    }

    /// The state of an aggregate, if it is here.
    pub fn get(&mut self, key: &AggregateKey) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// The same, without counting as a use.
    pub fn peek(&self, key: &AggregateKey) -> Option<&Entry> {
        self.entries.peek(key)
    }

    /// Forgets everything: what was written is not known any more.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.position = None;
        self.admission = None;
    }

    /// Brings what is here up to date with what other replicas wrote up to the head.
    pub async fn catch_up(&mut self, connection: &mut PgConnection, head: u64) -> Result<(), LogError> {
        match self.position {
            Some(position) if position == head => {}
            Some(position) if position < head && head - position <= CATCH_UP_EVENTS => {
                for loaded in load::between(connection, position, head).await? {
                    self.take_in(loaded);
                }
            }
            _ => self.clear(),
        }
        self.position = Some(head);
        Ok(())
    }

    /// Lends out what is known of queues and running jobs, caught up; [`Cache::commit`] or [`Cache::give_back`] brings it
    /// back. If the batch comes to nothing it is lost, and read anew for the next one.
    pub async fn lend_admission(&mut self, connection: &mut PgConnection) -> Result<Admission, LogError> {
        match self.admission.take() {
            Some(admission) => Ok(admission),
            None => admission::read(connection).await,
        }
    }

    /// Takes back what a batch left as it was.
    pub fn give_back(&mut self, admission: Option<Admission>) {
        self.admission = admission;
    }

    /// Loads those of the aggregates that are not here.
    pub async fn load(&mut self, connection: &mut PgConnection, keys: &[AggregateKey]) -> Result<(), LogError> {
        // each once: commands of a batch share keys, and an event that came twice would be taken in twice
        let mut missing: HashMap<AggregateKey, Entry> =
            keys.iter().filter(|key| !self.entries.contains(key)).map(|key| (key.clone(), Entry::empty(key))).collect();
        if missing.is_empty() {
            return Ok(());
        }
        for loaded in load::aggregates(connection, missing.keys()).await? {
            if let Some(entry) = missing.get_mut(&loaded.key) {
                entry.take_in(loaded);
            }
        }
        for (key, entry) in missing {
            self.entries.put(key, entry);
        }
        Ok(())
    }

    /// Takes in how a committed batch left things.
    pub fn commit(&mut self, Outcome { states, admission, position, .. }: Outcome) {
        for (key, entry) in states {
            self.entries.put(key, entry);
        }
        self.admission = admission;
        self.position = Some(position);
    }

    /// An entry was loaded at some time after `position`, so it may know the event already, or lack one before it.
    fn take_in(&mut self, loaded: load::Loaded) {
        if let Some(admission) = &mut self.admission {
            admission.evolve(loaded.key.tenant(), &loaded.event, loaded.recorded_at);
        }
        let Some(entry) = self.entries.peek_mut(&loaded.key) else { return };
        if loaded.sequence == entry.sequence + 1 {
            entry.take_in(loaded);
        } else if loaded.sequence > entry.sequence {
            self.entries.pop(&loaded.key);
        }
    }
}
