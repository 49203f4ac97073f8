//! The time zone that days, months and dates are of.

use std::fmt;

use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};

use super::instant::{Instant, civil_micros};

/// A time zone of the database that is built in, so that a formula means the same on every machine.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A name that the built-in database of time zones does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {0:?}, expected a name of the IANA database such as Europe/Berlin")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// The zone of this name.
    ///
    /// # Errors
    /// When the database has none.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let unknown = |_| UnknownZone(name.to_owned());
        let rules = TimeZoneDatabase::bundled().get(name).map_err(unknown)?;
        Ok(Self { name: rules.iana_name().unwrap_or(name).to_owned(), rules })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When the clocks of the zone show a time. A time that they skip counts by the offset from before, one that they
    /// show twice is the second of both: what Postgres does.
    pub(crate) fn instant(&self, local: DateTime) -> Instant {
        let offset = match self.rules.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } => before,
            AmbiguousOffset::Fold { after, .. } => after,
        };
        Instant::from_micros(civil_micros(local) - i64::from(offset.seconds()) * 1_000_000)
    }

    /// What the clocks of the zone show; none outside of the years -9999 to 9999.
    pub(crate) fn local(&self, instant: Instant) -> Option<DateTime> {
        jiff::Timestamp::from_microsecond(instant.micros()).ok().map(|timestamp| self.rules.to_datetime(timestamp))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
