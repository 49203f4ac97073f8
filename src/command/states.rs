//! The state of any aggregate, as the cache keeps it.

use plinth_events::{AggregateKey, Event};

use crate::domain::{dashboard::Dashboard, job::Job, metric::Metric, tenant::Tenant, user::User};

/// The state of an aggregate and how many events made it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its last event's place in the aggregate; 0: it does not exist.
    pub sequence: u64,
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
        };
        Self { sequence: 0, state }
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
            _ => {}
        }
    }
}
