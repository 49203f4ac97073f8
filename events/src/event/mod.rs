//! Every event: a fact of the log, named in the past tense of its command.
//!
//! The data of an event is what is stored and what is published. Changes are additive; a shape that cannot be extended
//! gets a new version beside the old one, and the old fixture keeps parsing.

pub mod api_key;
pub mod bulk;
pub mod dashboard;
pub mod erased;
pub mod job;
pub mod metric;
pub mod queue;
pub mod schedule;
pub mod tenant;
pub mod user;

use std::{fmt, str::FromStr};

use schemars::{Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// An event type that this version of the contract does not know.
#[derive(Debug, thiserror::Error)]
pub enum UnknownEvent {
    /// No such type, or no such version of it.
    #[error("unknown event type {event_type} version {version}")]
    Type {
        /// The type as recorded.
        event_type: String,
        /// The version as recorded.
        version: String,
    },
    /// The data does not have the shape of its type.
    #[error("event data of type {event_type} does not parse: {source}")]
    Data {
        /// The type as recorded.
        event_type: String,
        /// Where it breaks.
        source: serde_json::Error,
    },
}

/// The kinds of aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Aggregate {
    Tenant,
    User,
    Metric,
    Dashboard,
    Job,
    Queue,
    Schedule,
    BulkAction,
    ApiKey,
}

impl Aggregate {
    /// All kinds, in the order of the contract.
    pub const ALL: &[Self] = &[
        Self::Tenant,
        Self::User,
        Self::Metric,
        Self::Dashboard,
        Self::Job,
        Self::Queue,
        Self::Schedule,
        Self::BulkAction,
        Self::ApiKey,
    ];

    /// Its token in subjects and its name in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::User => "user",
            Self::Metric => "metric",
            Self::Dashboard => "dashboard",
            Self::Job => "job",
            Self::Queue => "queue",
            Self::Schedule => "schedule",
            Self::BulkAction => "bulk-action",
            Self::ApiKey => "api-key",
        }
    }
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Aggregate {
    type Err = UnknownAggregate;

    fn from_str(text: &str) -> Result<Self, UnknownAggregate> {
        Self::ALL.iter().copied().find(|aggregate| aggregate.as_str() == text).ok_or(UnknownAggregate)
    }
}

/// A name that is no aggregate's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be tenant, user, metric, dashboard, job, queue, schedule, bulk-action or api-key")]
pub struct UnknownAggregate;

/// What `events!` makes of one aggregate's events: an enum that knows its types, versions, subjects and schemas.
macro_rules! events {
    ($(#[$doc:meta])* $enum:ident { $($name:ident = $token:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[expect(missing_docs, reason = "each variant is its data's type, documented there")]
        pub enum $enum {
            $($name($name)),+
        }

        impl $enum {
            /// Types and the tokens that end their subjects, in the order of the contract.
            pub const TYPES: &[(&'static str, &'static str)] = &[$((stringify!($name), $token)),+];

            /// Its type, such as `MetricDefined`.
            pub fn event_type(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
            }

            /// The last token of its subject, such as `defined`.
            pub fn token(&self) -> &'static str {
                match self { $(Self::$name(_) => $token),+ }
            }

            /// Its data as JSON.
            pub fn data(&self) -> serde_json::Result<String> {
                match self { $(Self::$name(data) => serde_json::to_string(data)),+ }
            }

            /// The event that a recorded type, version and data are.
            pub fn from_recorded(
                event_type: &str,
                version: &str,
                data: &str,
            ) -> Result<Self, $crate::event::UnknownEvent> {
                match (event_type, version) {
                    $((stringify!($name), "1") => serde_json::from_str(data).map(Self::$name).map_err(|source| {
                        $crate::event::UnknownEvent::Data { event_type: event_type.to_owned(), source }
                    }),)+
                    _ => Err($crate::event::UnknownEvent::Type {
                        event_type: event_type.to_owned(),
                        version: version.to_owned(),
                    }),
                }
            }

            /// The JSON Schema of the data of each type.
            pub fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, schemars::Schema)> {
                vec![$((stringify!($name), generator.subschema_for::<$name>())),+]
            }
        }

        $(impl From<$name> for $enum {
            fn from(data: $name) -> Self {
                Self::$name(data)
            }
        })+
    };
}
pub(crate) use events;

macro_rules! all_events {
    ($($aggregate:ident($events:ty)),+) => {
        /// Any event.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum Event {
            $($aggregate($events)),+
        }

        impl Event {
            /// The version of every event type so far.
            pub const VERSION: &'static str = "1";

            /// The kind of aggregate that it happened to.
            pub fn aggregate(&self) -> Aggregate {
                match self { $(Self::$aggregate(_) => Aggregate::$aggregate),+ }
            }

            /// Its type, such as `MetricDefined`.
            pub fn event_type(&self) -> &'static str {
                match self { $(Self::$aggregate(event) => event.event_type()),+ }
            }

            /// The last token of its subject, such as `defined`.
            pub fn token(&self) -> &'static str {
                match self { $(Self::$aggregate(event) => event.token()),+ }
            }

            /// Its data as JSON.
            pub fn data(&self) -> serde_json::Result<String> {
                match self { $(Self::$aggregate(event) => event.data()),+ }
            }

            /// The event that a recorded aggregate, type, version and data are.
            pub fn from_recorded(
                aggregate: Aggregate,
                event_type: &str,
                version: &str,
                data: &str,
            ) -> Result<Self, UnknownEvent> {
                match aggregate {
                    $(Aggregate::$aggregate =>
                        <$events>::from_recorded(event_type, version, data).map(Self::$aggregate)),+
                }
            }

            /// All types with their aggregate and the token that ends their subject.
            pub fn types() -> impl Iterator<Item = (Aggregate, &'static str, &'static str)> {
                std::iter::empty()
                    $(.chain(<$events>::TYPES.iter().map(|(name, token)| (Aggregate::$aggregate, *name, *token))))+
            }

            /// The JSON Schema of the data of each type.
            pub fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
                let mut schemas = Vec::new();
                $(schemas.extend(<$events>::schemas(generator));)+
                schemas
            }
        }

        $(impl From<$events> for Event {
            fn from(event: $events) -> Self {
                Self::$aggregate(event)
            }
        })+
    };
}

all_events!(
    Tenant(tenant::TenantEvent),
    User(user::UserEvent),
    Metric(metric::MetricEvent),
    Dashboard(dashboard::DashboardEvent),
    Job(job::JobEvent),
    Queue(queue::QueueEvent),
    Schedule(schedule::ScheduleEvent),
    BulkAction(bulk::BulkEvent),
    ApiKey(api_key::ApiKeyEvent)
);
