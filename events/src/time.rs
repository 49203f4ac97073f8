//! Two resolutions of time: business times in milliseconds, recording times in microseconds.

use std::{borrow::Cow, fmt, str::FromStr};

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::inline_schema::inline_schema;

/// Text that is not an RFC 3339 time with an offset, or one of a year that cannot be written as such again.
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
                parse(text).map(Self::from).ok_or(NotATime)
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

        inline_schema!($name, { "type": "string", "format": "date-time" });
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

/// The separator is a T (chrono takes a space too), and in UTC the year has four digits and is not 0.
fn parse(text: &str) -> Option<DateTime<Utc>> {
    let separated = matches!(text.as_bytes().get(10), Some(b'T' | b't'));
    let time = without_leap_second(DateTime::parse_from_rfc3339(text).ok()?.to_utc())?;
    (separated && (1..=9999).contains(&time.year())).then_some(time)
}

/// A leap second is the second after it, as it is to Postgres.
fn without_leap_second(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let nanos = time.timestamp_subsec_nanos();
    DateTime::from_timestamp(time.timestamp() + i64::from(nanos / 1_000_000_000), nanos % 1_000_000_000)
}

impl Instant {
    /// This time plus a number of milliseconds; stays where it is when that leaves the calendar.
    pub fn plus_millis(self, millis: i64) -> Self {
        self.0.checked_add_signed(TimeDelta::milliseconds(millis)).map_or(self, Self::from)
    }
}

impl Moment {
    /// This time plus a number of microseconds; stays where it is when that leaves the calendar.
    pub fn plus_micros(self, micros: i64) -> Self {
        self.0.checked_add_signed(TimeDelta::microseconds(micros)).map_or(self, Self::from)
    }
}

impl From<Moment> for Instant {
    fn from(moment: Moment) -> Self {
        moment.0.into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;

    fn instant(text: &str) -> String {
        text.parse::<Instant>().unwrap().to_string()
    }

    fn moment(text: &str) -> String {
        text.parse::<Moment>().unwrap().to_string()
    }

    proptest! {
        #[test]
        fn cutting_to_milliseconds_never_rounds(seconds in -62_135_596_800_i64..253_402_300_799, nanos in 0_u32..1_000_000_000) {
            let time = DateTime::from_timestamp(seconds, nanos).unwrap();
            let cut = Instant::from(time).utc();
            prop_assert!(cut <= time);
            prop_assert!(time - cut < TimeDelta::milliseconds(1));
            prop_assert_eq!(cut.timestamp_subsec_nanos() % 1_000_000, 0);
            prop_assert_eq!(Instant::from(cut).utc(), cut);
        }

        #[test]
        fn times_are_written_as_they_are_read(seconds in -62_135_596_800_i64..253_402_300_799, nanos in 0_u32..1_000_000_000) {
            let time = Moment::from(DateTime::from_timestamp(seconds, nanos).unwrap());
            prop_assert_eq!(time.to_string().parse::<Moment>().unwrap(), time);
            let time = Instant::from(time);
            prop_assert_eq!(time.to_string().parse::<Instant>().unwrap(), time);
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "[0-9TZ:.+ -]{0,40}") {
            let _ = text.parse::<Instant>();
        }
    }

    #[test]
    fn finer_digits_of_business_times_are_cut_off_before_and_after_1970() {
        assert_eq!(instant("2026-03-01T00:00:00.9999999Z"), "2026-03-01T00:00:00.999Z");
        assert_eq!(instant("1969-12-31T23:59:59.9999Z"), "1969-12-31T23:59:59.999Z");
        assert_eq!(instant("1969-12-31T23:59:59.0001Z"), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn recording_times_and_questions_keep_their_digits() {
        assert_eq!(moment("2026-03-01T00:00:00.000001Z"), "2026-03-01T00:00:00.000001Z");
        assert_eq!(moment("2026-03-01T00:00:00.000000001Z"), "2026-03-01T00:00:00.000000001Z");
    }

    #[test]
    fn offsets_are_turned_into_utc() {
        assert_eq!(instant("2026-03-01T00:30:00+01:00"), "2026-02-28T23:30:00Z");
        assert_eq!(instant("2026-03-01t00:30:00-05:30"), "2026-03-01T06:00:00Z");
    }

    #[test]
    fn a_leap_second_is_the_second_after_it() {
        assert_eq!(instant("2016-12-31T23:59:60.5Z"), "2017-01-01T00:00:00.500Z");
        assert_eq!(moment("2016-12-31T23:59:60.5Z"), "2017-01-01T00:00:00.500Z");
    }

    #[test]
    fn a_time_has_date_time_and_offset() {
        for text in [
            "",
            "2026-03-01",
            "2026-03-01T00:00:00",
            "2026-03-01 00:00:00Z",
            "2026-03-01T00:00:00+0100",
            "2026-02-29T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "1772323200",
            "+12026-03-01T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Instant>(), Err(NotATime), "{text}");
        }
    }

    #[test]
    fn a_time_whose_year_in_utc_could_not_be_written_again_is_refused() {
        for text in
            ["9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z", "0001-01-01T00:00:00+00:01", "0000-12-31T00:00:00Z"]
        {
            assert_eq!(text.parse::<Moment>(), Err(NotATime), "{text}");
        }
        assert_eq!(instant("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
    }

    #[test]
    fn adding_milliseconds_stays_in_the_calendar() {
        let time: Instant = "2026-03-01T00:00:00Z".parse().unwrap();
        assert_eq!(time.plus_millis(1_500).to_string(), "2026-03-01T00:00:01.500Z");
        assert_eq!(time.plus_millis(i64::MAX), time);
    }
}
