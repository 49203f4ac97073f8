//! Two resolutions of time: business times in milliseconds, recording times in microseconds.

use std::{borrow::Cow, fmt, str::FromStr};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Text that is not an RFC 3339 time with an offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 time with an offset, such as 2026-03-01T00:00:00Z")]
pub struct NotATime;

macro_rules! time {
    ($(#[$doc:meta])* $name:ident, $normalise:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(DateTime<Utc>);

        impl $name {
            /// The time as chrono has it.
            pub fn utc(self) -> DateTime<Utc> {
                self.0
            }
        }

        impl From<DateTime<Utc>> for $name {
            fn from(time: DateTime<Utc>) -> Self {
                let normalise: fn(DateTime<Utc>) -> DateTime<Utc> = $normalise;
                Self(normalise(time))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
        }

        impl FromStr for $name {
            type Err = NotATime;

            fn from_str(text: &str) -> Result<Self, NotATime> {
                DateTime::parse_from_rfc3339(text).map(|time| time.to_utc().into()).map_err(|_| NotATime)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": "date-time" })
            }
        }
    };
}

time!(
    /// A business time: milliseconds, finer digits are cut off (never rounded), so that log and tables agree.
    Instant,
    |time| DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
);
time!(
    /// A recording time (microseconds in the log) or a question about one (as fine as it was asked).
    Moment,
    |time| time
);

impl Instant {
    /// This time plus a number of milliseconds; stays where it is when that leaves the calendar.
    pub fn plus_millis(self, millis: i64) -> Self {
        self.0.checked_add_signed(TimeDelta::milliseconds(millis)).map_or(self, Self::from)
    }
}

impl From<Moment> for Instant {
    fn from(moment: Moment) -> Self {
        moment.0.into()
    }
}
