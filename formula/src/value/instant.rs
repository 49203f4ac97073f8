//! Points in time, in microseconds.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, civil::DateTime};

use super::date::{Date, number};

const MICROS: i64 = 1_000_000;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A point in time: microseconds since 1970 in UTC. It is written as RFC 3339, in the years 1 to 9999 of UTC; digits finer
/// than a microsecond are cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// A text that is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no point in time, expected RFC 3339 with an offset such as 2026-03-01T00:00:00Z")]
pub struct InvalidInstant(pub String);

impl Instant {
    /// When the year 1 begins in UTC.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// The last microsecond of the year 9999 in UTC.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The point in time so many microseconds after 1970 began in UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970 began in UTC.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)` by its places. No library is as strict, and what is accepted
    /// here must be what the function `metric_instant` accepts in Postgres.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let (time, rest) = rest.split_at_checked(9)?;
        let seconds = Date::read(date)?.seconds() + time_of_day(time)?;
        let (micros, zone) = fraction(rest)?;
        let offset = offset(zone)?;
        let instant = Self((seconds - offset) * MICROS + micros);
        (Self::MIN..=Self::MAX).contains(&instant).then_some(instant)
    }
}

impl FromStr for Instant {
    type Err = InvalidInstant;

    fn from_str(text: &str) -> Result<Self, InvalidInstant> {
        Self::read(text.as_bytes()).ok_or_else(|| InvalidInstant(text.to_owned()))
    }
}

fn time_of_day(text: &[u8]) -> Option<i64> {
    let [b'T' | b't', hour @ .., _, _, _, _, _, _] = text else { return None };
    let [_, _, _, b':', m1, m2, b':', s1, s2] = text else { return None };
    let (hour, minute, second) = (number(hour)?, number(&[*m1, *m2])?, number(&[*s1, *s2])?);
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3_600 + minute * 60 + second)
}

/// The microseconds, and what stands behind the fraction.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', rest @ ..] = text else { return Some((0, text)) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let kept = digits.min(6);
    let micros = (kept..6).fold(number(&rest[..kept])?, |micros, _| micros * 10);
    Some((micros, &rest[digits..]))
}

/// Seconds east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    match text {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let seconds = (hours < 24 && minutes < 60).then_some(hours * 3_600 + minutes * 60)?;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

/// Microseconds from 1970 to a time that clocks show, as if they were in UTC.
pub(crate) fn civil_micros(local: DateTime) -> i64 {
    let time = local.time();
    let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    (Date::from(local.date()).seconds() + seconds) * MICROS + i64::from(time.subsec_nanosecond() / 1_000)
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match EPOCH.checked_add(SignedDuration::from_micros(self.0)) {
            Ok(utc) => write!(f, "{utc}Z"),
            // no record and no formula can say it
            Err(_) => write!(f, "{} microseconds after 1970", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn rfc_3339_with_an_offset_is_read() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2026-03-01t12:30:00.5z", "2026-03-01T12:30:00.5Z"),
            ("2026-03-01T12:30:00.1234569+02:00", "2026-03-01T10:30:00.123456Z"),
            ("2026-01-01T00:00:00-23:59", "2026-01-01T23:59:00Z"),
            ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
            ("2024-02-29T00:00:00-00:00", "2024-02-29T00:00:00Z"),
        ] {
            assert_eq!(text.parse::<Instant>().unwrap().to_string(), expected, "{text}");
        }
        assert_eq!("9999-12-31T23:59:59.999999Z".parse(), Ok(Instant::MAX));
        assert_eq!("0001-01-01T00:00:00Z".parse(), Ok(Instant::MIN));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2026-03-01",
            "2026-03-01T12:30:00",
            "2026-03-01 12:30:00Z",
            "2026-03-01T12:30Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T23:59:60Z",
            "2026-03-01T12:60:00Z",
            "2026-02-29T00:00:00Z",
            "2026-3-01T12:30:00Z",
            "2026-03-01T12:30:00.Z",
            "2026-03-01T12:30:00+0200",
            "2026-03-01T12:30:00+24:00",
            "2026-03-01T12:30:00Z ",
            "2026-03-01T12:30:00Z[UTC]",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-00:01",
            "0001-01-01T00:00:00+00:01",
            "+2026-03-01T12:30:00Z",
            "2026-03-01T-1:30:00Z",
            "２026-03-01T12:30:00Z",
        ] {
            assert!(text.parse::<Instant>().is_err(), "{text}");
        }
    }
}
