//! The commands of one transaction, and the states and events that deciding them leaves behind.

use std::{collections::HashMap, sync::Arc};

use plinth_events::{
    AggregateKey, Command, Event, EventId, JobId, envelope::Origin, limits, reply::Reply, time::Moment,
};
use uuid::Uuid;

use super::{
    admission,
    cache::Cache,
    parse::{Envelope, Task},
    states::Entry,
    steps::Step,
};
use crate::{
    domain::queue::admission::Admission,
    log::{
        append,
        commands::{Known, KnownCommands},
        head::Head,
        unique_keys::{Hold, UniqueKey},
    },
};

/// Most commands, each counted by the number of aggregates that it may change, in one transaction.
pub const BATCH_WEIGHT: usize = 1_000;

/// How much of a formula weighs as much as a command.
const FORMULA_BYTES_PER_WEIGHT: usize = 1024;

/// How much of a transaction a command takes.
pub fn weight(envelope: &Envelope) -> usize {
    let command = match &envelope.task {
        Task::Command(command) => command,
        Task::SettleJobs(jobs) => return jobs.len(),
        // itself, its job, and the job before
        Task::BulkPage(page) => return page.jobs.len(),
        Task::FinishBulkAction(..) | Task::RecordErasure(..) => return 1,
        Task::FireSchedule(_) => return 3,
    };
    match command {
        Command::BackfillSchedule(_) => limits::BACKFILL_JOBS,
        // to understand a long formula takes as long as to decide many short commands
        Command::DefineMetric(command) => {
            1 + command.formula.as_ref().map_or(0, |formula| formula.as_str().len()) / FORMULA_BYTES_PER_WEIGHT
        }
        Command::ApplyLayout(command) => command.ops.len(),
        Command::EnqueueJobs(command) => command.all().count(),
        Command::StartJobs(command) => command.jobs.len(),
        Command::CheckpointJobs(command) => command.jobs.len(),
        Command::CompleteJobs(command) => command.jobs.len(),
        Command::FailJobs(command) => command.jobs.len(),
        Command::SnoozeJobs(command) => command.jobs.len(),
        Command::CancelJobs(command) => command.jobs.len(),
        Command::RetryJobs(command) => command.jobs.len(),
        Command::RescheduleJobs(command) => command.jobs.len(),
        Command::PrioritizeJobs(command) => command.jobs.len(),
        _ => 1,
    }
}

/// What a batch has come to so far: states that differ from the cache, and everything to write.
pub struct Workspace<'a> {
    cache: &'a mut Cache,
    /// Which jobs may start.
    pub admission: Admission,
    /// Whether a decision broke off that may have left its traces in there.
    pub is_spoilt: bool,
    head: Head,
    states: HashMap<AggregateKey, Entry>,
    holds: HashMap<UniqueKey, Hold>,
    writes: append::Batch,
    steps: Vec<Step>,
    answered: KnownCommands,
}

impl<'a> Workspace<'a> {
    /// An empty one, behind the locked head. `answered` are the commands that were accepted before.
    pub fn new(
        cache: &'a mut Cache,
        admission: Admission,
        holds: HashMap<UniqueKey, Hold>,
        head: Head,
        answered: KnownCommands,
    ) -> Self {
        Self {
            cache,
            admission,
            is_spoilt: false,
            head,
            states: HashMap::new(),
            holds,
            writes: append::Batch::default(),
            steps: Vec::new(),
            answered,
        }
    }

    /// The present state of an aggregate. What was not loaded does not exist: the batch loads all keys of its commands.
    pub fn entry(&mut self, key: &AggregateKey) -> Entry {
        match self.states.get(key) {
            Some(entry) => entry.clone(),
            None => self.cache.get(key).cloned().unwrap_or_else(|| Entry::empty(key)),
        }
    }

    /// Who held a unique key last. What was not looked up nobody holds: the batch looks up all keys of its commands.
    pub fn hold(&self, key: &UniqueKey) -> Option<Hold> {
        self.writes.holds.get(key).or_else(|| self.holds.get(key)).copied()
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

    /// Notes that an invitation to start a job came too early: the job is to be offered again.
    pub fn put_back(&mut self, job: JobId) {
        self.writes.put_back.push(job);
    }

    /// Notes what a command meant to jobs and schedules.
    pub fn note(&mut self, steps: Vec<Step>) {
        self.steps.extend(steps);
    }

    /// Keeps what a command decided: the new states, and the events that made them.
    pub fn keep(
        &mut self,
        envelope: &Envelope,
        states: HashMap<AggregateKey, Entry>,
        holds: HashMap<UniqueKey, Hold>,
        events: Vec<Decided>,
    ) {
        let origin = self.writes.origins.len();
        self.writes.origins.push(envelope.origin.clone());
        self.states.extend(states);
        self.writes.holds.extend(holds);
        for decided in events {
            let origin = match &decided.began_in {
                None => origin,
                Some(beginning) => {
                    self.writes.origins.push(envelope.origin.within(beginning));
                    self.writes.origins.len() - 1
                }
            };
            self.writes.events.push(append::Pending {
                id: decided.id,
                key: decided.key,
                sequence: decided.sequence,
                command_id: envelope.command_id,
                origin,
                event: decided.event,
            });
        }
    }

    /// Keeps the answer to a command.
    pub fn answer(&mut self, envelope: &Envelope, reply: Arc<Reply>) {
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
    pub fn finish(mut self) -> (append::Batch, Outcome) {
        let position = self.position();
        self.writes.buckets = self.admission.take_changed().into_iter().map(admission::bucket).collect();
        let admission = (!self.is_spoilt).then_some(self.admission);
        (self.writes, Outcome { states: self.states, steps: self.steps, admission, position })
    }
}

/// How a batch leaves things.
pub struct Outcome {
    /// The aggregates that it changed.
    pub states: HashMap<AggregateKey, Entry>,
    /// What that meant to jobs and schedules.
    pub steps: Vec<Step>,
    /// Which jobs may start; none: to be read anew.
    pub admission: Option<Admission>,
    /// The position of its last event.
    pub position: u64,
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
    /// The context that it belongs to, beside that of its command.
    pub began_in: Option<Arc<Origin>>,
    /// What happened.
    pub event: Event,
}

impl Decided {
    /// An event with a fresh id.
    pub fn new(key: AggregateKey, sequence: u64, event: Event, began_in: Option<Arc<Origin>>) -> Self {
        Self { id: EventId(Uuid::now_v7()), key, sequence, began_in, event }
    }
}
