//! The rules: one file per aggregate, with its state, its decisions and their tests.
//!
//! A decision is a pure function of state, command and context. Nothing here does I/O, looks at a clock or draws a
//! random number: time, ids and randomness come in with the [`Context`].

pub mod api_key;
pub mod bulk_action;
pub mod dashboard;
pub mod job;
pub mod metric;
pub mod queue;
pub mod schedule;
pub mod tenant;
pub mod user;

use chrono::Months;
use plinth_events::{
    Refusal, RefusalCode, TenantId, UserId, limits,
    time::{Instant, Moment},
};

/// What a decision may know beside the state and the command.
#[derive(Debug, Clone)]
pub struct Context {
    /// Whose aggregate it is.
    pub tenant: TenantId,
    /// Who does it.
    pub actor: Option<UserId>,
    /// Whether the actor is a registered user of the tenant.
    pub actor_is_user: bool,
    /// The time at which the decision's first event will be recorded.
    pub now: Moment,
    /// Random bits, different for every command.
    pub seed: u64,
}

impl Context {
    /// For tests in which it matters neither who does it nor when.
    #[cfg(test)]
    #[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    pub fn sample() -> Self {
        let now = "2026-07-01T12:00:00Z".parse().unwrap();
        Self { tenant: TenantId(uuid::Uuid::from_u128(1)), actor: None, actor_is_user: false, now, seed: 0 }
    }

    /// The time of recording as a business time.
    pub fn now_millis(&self) -> Instant {
        self.now.into()
    }

    /// A business time may lie ahead of the recording, but not further than the limit. `key` is its key in the body.
    pub fn check_not_too_far_ahead(&self, key: &str, time: Instant) -> Result<(), Refusal> {
        let latest = self.now.utc().checked_add_months(Months::new(limits::AHEAD_MONTHS)).map(Instant::from);
        match latest {
            Some(latest) if time > latest => {
                let detail = format!("{key} {time} is too far ahead, the latest time allowed is {latest}");
                Err(Refusal::new(RefusalCode::TooFarAhead, detail).at(&format!("/{key}")))
            }
            _ => Ok(()),
        }
    }
}

/// Makes a cqrs-es aggregate of a state with `decide(&self, &Command, &Services)` and `evolve(&mut self, Event)`.
macro_rules! aggregate {
    ($state:ty, $type:literal, $command:ty => $event:ty, $services:ty) => {
        impl cqrs_es::DomainEvent for crate::domain::Recorded<$event> {
            fn event_type(&self) -> String {
                self.0.event_type().to_owned()
            }

            fn event_version(&self) -> String {
                plinth_events::Event::VERSION.to_owned()
            }
        }

        impl cqrs_es::Aggregate for $state {
            const TYPE: &'static str = $type;
            type Command = $command;
            type Event = crate::domain::Recorded<$event>;
            type Error = plinth_events::Refusal;
            type Services = $services;

            async fn handle(
                &mut self,
                command: Self::Command,
                services: &Self::Services,
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Self::Error> {
                for event in self.decide(&command, services)? {
                    sink.write(crate::domain::Recorded(event), self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Self::Event) {
                self.evolve(event.0);
            }
        }
    };
}
pub(crate) use aggregate;

/// An event of the contract as cqrs-es wants it: the traits of one crate on the types of another.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Recorded<E>(pub E);

/// What a decision comes to: what happened, or why not.
pub type Decision<E> = Result<Vec<E>, Refusal>;
