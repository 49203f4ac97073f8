//! Events of metrics.

use chrono::{DateTime, NaiveDateTime};
use plinth_events::{
    Event,
    event::metric::{MetricDefined, MetricDeprecated, MetricVersionWithdrawn},
    time::Instant,
};

/// A time, in milliseconds since 1970.
pub(crate) fn at(millis: i64) -> Instant {
    DateTime::from_timestamp_millis(millis).unwrap().into()
}

/// The same as the tables have it.
pub(crate) fn naive(millis: i64) -> NaiveDateTime {
    at(millis).utc().naive_utc()
}

/// A version was added.
pub(crate) fn defined(code: &str, version: u32, millis: i64) -> Event {
    let event = MetricDefined {
        code: code.parse().unwrap(),
        version,
        name: format!("Version {version}").parse().unwrap(),
        description: "no order for a while".parse().unwrap(),
        formula: serde_json::from_str(r#"{"field":"lastOrderDate","operator":">","value":"30 days"}"#).unwrap(),
        meaning: None,
        effective_at: at(millis),
        reason: None,
        retroactive: false,
    };
    Event::Metric(event.into())
}

/// The metric ended.
pub(crate) fn deprecated(code: &str, millis: i64) -> Event {
    let (code, reason) = (code.parse().unwrap(), "merged".parse().unwrap());
    Event::Metric(MetricDeprecated { code, deprecated_at: at(millis), reason, retroactive: false }.into())
}

/// A version was taken back.
pub(crate) fn withdrawn(code: &str, version: u32) -> Event {
    let (code, reason) = (code.parse().unwrap(), "a mistake".parse().unwrap());
    Event::Metric(MetricVersionWithdrawn { code, version, reason }.into())
}
