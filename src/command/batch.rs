//! The commands of one transaction, and the states and events that deciding them leaves behind.

use std::collections::HashMap;

use plinth_events::{AggregateKey, Command, Event, EventId, time::Moment};
use uuid::Uuid;

use super::{
    cache::Cache,
    parse::{Envelope, Task},
    states::Entry,
};
use crate::log::{
    append,
    commands::{Known, KnownCommands},
    head::Head,
};

/// Most commands, each counted by the number of aggregates that it may change, in one transaction.
pub const BATCH_WEIGHT: usize = 1_000;

/// How much of a transaction a command takes.
pub fn weight(envelope: &Envelope) -> usize {
    let command = match &envelope.task {
        Task::Command(command) => command,
        Task::ExpireLeases(jobs) => return jobs.len(),
    };
    match command {
        Command::EnqueueJobs(command) => command.jobs.len(),
        Command::StartJobs(command) => command.jobs.len(),
        Command::CompleteJobs(command) => command.jobs.len(),
        Command::FailJobs(command) => command.jobs.len(),
        Command::SnoozeJobs(command) => command.jobs.len(),
        Command::CancelJobs(command) => command.jobs.len(),
        Command::RetryJobs(command) => command.jobs.len(),
        _ => 1,
    }
}

/// What a batch has come to so far: states that differ from the cache, and everything to write.
pub struct Workspace<'a> {
    cache: &'a mut Cache,
    head: Head,
    states: HashMap<AggregateKey, Entry>,
    writes: append::Batch,
    answered: KnownCommands,
}

impl<'a> Workspace<'a> {
    /// An empty one, behind the locked head. `answered` are the commands that were accepted before.
    pub fn new(cache: &'a mut Cache, head: Head, answered: KnownCommands) -> Self {
        Self { cache, head, states: HashMap::new(), writes: append::Batch::default(), answered }
    }

    /// The present state of an aggregate. What was not loaded does not exist: the batch loads all keys of its commands.
    pub fn entry(&mut self, key: &AggregateKey) -> Entry {
        match self.states.get(key) {
            Some(entry) => entry.clone(),
            None => self.cache.get(key).cloned().unwrap_or_else(|| Entry::empty(key)),
        }
    }

    /// When the next event is recorded, behind so many of the command being decided.
    pub fn now_after(&self, events: usize) -> Moment {
        append::Batch::recorded_at(&self.head, self.writes.events.len() + events).into()
    }

    /// The position that the last event so far gets.
    pub fn position(&self) -> u64 {
        self.head.position + self.writes.events.len() as u64
    }

    /// The answer to the same command, accepted before or earlier in this batch.
    pub fn answered(&self, envelope: &Envelope) -> Option<&Known> {
        self.answered.get(&(envelope.tenant, envelope.command_id))
    }

    /// Keeps what a command decided: the new states, and the events that made them.
    pub fn keep(&mut self, envelope: &Envelope, states: HashMap<AggregateKey, Entry>, events: Vec<Decided>) {
        let origin = self.writes.origins.len();
        self.writes.origins.push(envelope.origin.clone());
        self.states.extend(states);
        self.writes.events.extend(events.into_iter().map(|decided| append::Pending {
            id: decided.id,
            key: decided.key,
            sequence: decided.sequence,
            command_id: envelope.command_id,
            origin,
            event: decided.event,
        }));
    }

    /// Keeps the answer to a command.
    pub fn answer(&mut self, envelope: &Envelope, reply: String) {
        let known = Known { body_hash: envelope.body_hash.to_vec(), reply: reply.clone() };
        self.answered.insert((envelope.tenant, envelope.command_id), known);
        self.writes.answers.push(append::Answer {
            tenant: envelope.tenant,
            command_id: envelope.command_id,
            body_hash: envelope.body_hash,
            reply,
        });
    }

    /// What to write, and what the cache takes in once it is committed.
    pub fn finish(self) -> (append::Batch, HashMap<AggregateKey, Entry>, u64) {
        let position = self.position();
        (self.writes, self.states, position)
    }
}

/// An event that a command decided.
#[derive(Debug)]
pub struct Decided {
    /// Its id.
    pub id: EventId,
    /// Which aggregate it happened to.
    pub key: AggregateKey,
    /// Its place in the aggregate.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
}

impl Decided {
    /// An event with a fresh id.
    pub fn new(key: AggregateKey, sequence: u64, event: Event) -> Self {
        Self { id: EventId(Uuid::now_v7()), key, sequence, event }
    }
}
