//! Days of the calendar.

use std::{fmt, str::FromStr};

use jiff::civil;

use super::{instant::Instant, zone::Zone};

const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// A day, written `YYYY-MM-DD`, of the years 1 to 9999. It stands for its midnight in the evaluation zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

/// A text that is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no day, expected YYYY-MM-DD such as 2026-03-01")]
pub struct InvalidDate(pub String);

impl Date {
    /// The point in time that it stands for.
    pub fn midnight(self, zone: &Zone) -> Instant {
        zone.instant(self.0.at(0, 0, 0, 0))
    }

    /// Seconds from 1970 to its midnight in UTC.
    pub(crate) fn seconds(self) -> i64 {
        self.0.duration_since(EPOCH).as_secs()
    }

    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
        let year = i16::try_from(number(&[*y1, *y2, *y3, *y4])?).ok().filter(|year| *year > 0)?;
        let (month, day) = (i8::try_from(number(&[*m1, *m2])?).ok()?, i8::try_from(number(&[*d1, *d2])?).ok()?);
        civil::Date::new(year, month, day).ok().map(Self)
    }
}

impl From<civil::Date> for Date {
    fn from(date: civil::Date) -> Self {
        Self(date)
    }
}

/// A number of ASCII digits, few enough to fit.
pub(super) fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        Self::read(text.as_bytes()).ok_or_else(|| InvalidDate(text.to_owned()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_day_stands_for_its_midnight_in_the_zone() {
        let day: Date = "2026-03-01".parse().unwrap();
        assert_eq!(day.midnight(&Zone::utc()).to_string(), "2026-03-01T00:00:00Z");
        assert_eq!(day.midnight(&Zone::named("Europe/Berlin").unwrap()).to_string(), "2026-02-28T23:00:00Z");
    }

    #[test]
    fn only_days_of_the_calendar_are_read() {
        for text in ["0001-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
        for text in ["0000-01-01", "2026-02-29", "2026-13-01", "2026-00-01", "2026-1-1", "20260301", "2026-03-01Z", ""]
        {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
