//! The state of any aggregate, as the cache keeps it.

use std::sync::Arc;

use plinth_events::{AggregateKey, Event, envelope::Origin, event::job::JobEvent, time::Moment};

use crate::{
    domain::{
        api_key::ApiKey, bulk_action::BulkAction, dashboard::Dashboard, job::Job, metric::Metric, queue::Queue,
        schedule::Schedule, tenant::Tenant, user::User,
    },
    log::load::Loaded,
};

/// The state of an aggregate and how many events made it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its last event's place in the aggregate; 0: it does not exist.
    pub sequence: u64,
    /// The context in which a job was enqueued, if it was in one: its events belong to it.
    pub began_in: Option<Arc<Origin>>,
    /// When the running attempt of a job began.
    pub started_at: Option<Moment>,
    /// The state.
    pub state: State,
}

/// The state of an aggregate of any kind.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub enum State {
    Tenant(Tenant),
    User(User),
    Metric(Box<Metric>),
    Dashboard(Box<Dashboard>),
    Job(Box<Job>),
    Queue(Box<Queue>),
    Schedule(Box<Schedule>),
    BulkAction(BulkAction),
    ApiKey(ApiKey),
}

impl Entry {
    /// The state of an aggregate to which nothing has happened.
    pub fn empty(key: &AggregateKey) -> Self {
        let state = match key {
            AggregateKey::Tenant(..) => State::Tenant(Tenant::default()),
            AggregateKey::User(..) => State::User(User::default()),
            AggregateKey::Metric(..) => State::Metric(Box::default()),
            AggregateKey::Dashboard(..) => State::Dashboard(Box::default()),
            AggregateKey::Job(..) => State::Job(Box::default()),
            AggregateKey::Queue(..) => State::Queue(Box::default()),
            AggregateKey::Schedule(..) => State::Schedule(Box::default()),
            AggregateKey::BulkAction(..) => State::BulkAction(BulkAction::default()),
            AggregateKey::ApiKey(..) => State::ApiKey(ApiKey::default()),
        };
        Self { sequence: 0, began_in: None, started_at: None, state }
    }

    /// Takes in the next event, as it stands in the log.
    pub fn take_in(&mut self, loaded: Loaded) {
        self.began_in = self.began_in.take().or(loaded.began_in);
        self.note_attempt(&loaded.event, loaded.recorded_at);
        let sequence = loaded.sequence;
        self.evolve(loaded.event);
        // those before it may be erased
        self.sequence = sequence;
    }

    /// Notes when an attempt begins, and that it is over.
    pub fn note_attempt(&mut self, event: &Event, recorded_at: Moment) {
        match event {
            Event::Job(JobEvent::JobStarted(_)) => self.started_at = Some(recorded_at),
            Event::Job(event) if event.ends_an_attempt() => self.started_at = None,
            _ => {}
        }
    }

    /// Takes in the next event. Events of another kind of aggregate cannot come here: the key says the kind.
    pub fn evolve(&mut self, event: Event) {
        self.sequence += 1;
        match (&mut self.state, event) {
            (State::Tenant(state), Event::Tenant(event)) => state.evolve(event),
            (State::User(state), Event::User(event)) => state.evolve(event),
            (State::Metric(state), Event::Metric(event)) => state.evolve(event),
            (State::Dashboard(state), Event::Dashboard(event)) => state.evolve(event),
            (State::Job(state), Event::Job(event)) => state.evolve(event),
            (State::Queue(state), Event::Queue(event)) => state.evolve(event),
            (State::Schedule(state), Event::Schedule(event)) => state.evolve(event),
            (State::BulkAction(state), Event::BulkAction(event)) => state.evolve(event),
            (State::ApiKey(state), Event::ApiKey(event)) => state.evolve(event),
            _ => {}
        }
    }
}
