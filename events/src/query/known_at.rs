//! What was known when: what a question about the past is asked with.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Unexpected, Visitor},
};

use crate::{envelope::RecordedEvent, inline_schema::inline_schema, time::Moment};

/// What was known: up to a time, or up to a position of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum KnownAt {
    /// Everything recorded up to and including this position.
    Position(u64),
    /// Everything recorded up to and including this time.
    Time(Moment),
}

/// The events, in order, as far as they were known; all of them without `known_at`.
pub fn known(events: &[RecordedEvent], known_at: Option<KnownAt>) -> impl Iterator<Item = &RecordedEvent> {
    events.iter().take_while(move |recorded| match known_at {
        None => true,
        Some(KnownAt::Position(position)) => recorded.position <= position,
        Some(KnownAt::Time(time)) => recorded.recorded_at <= time,
    })
}

/// Text that says nothing about what was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a position of the log, or an RFC 3339 time with an offset, such as 2026-03-01T00:00:00Z")]
pub struct NotKnownAt;

impl FromStr for KnownAt {
    type Err = NotKnownAt;

    fn from_str(text: &str) -> Result<Self, NotKnownAt> {
        let position = text.parse().map(Self::Position);
        position.or_else(|_| text.parse().map(Self::Time)).map_err(|_| NotKnownAt)
    }
}

impl<'de> Deserialize<'de> for KnownAt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KnownAtVisitor)
    }
}

struct KnownAtVisitor;

impl Visitor<'_> for KnownAtVisitor {
    type Value = KnownAt;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a position of the log or an RFC 3339 time with an offset")
    }

    fn visit_u64<E: de::Error>(self, position: u64) -> Result<KnownAt, E> {
        Ok(KnownAt::Position(position))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<KnownAt, E> {
        text.parse().map(KnownAt::Time).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

inline_schema!(KnownAt, { "type": ["integer", "string"], "minimum": 0, "maximum": u64::MAX, "format": "date-time" });

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_known_is_a_time_or_a_position() {
        assert_eq!("1042".parse(), Ok(KnownAt::Position(1042)));
        let time = "2026-03-01T00:00:00+01:00";
        assert_eq!(time.parse(), Ok(KnownAt::Time(time.parse().unwrap())));
        assert_eq!("yesterday".parse::<KnownAt>(), Err(NotKnownAt));
    }
}
