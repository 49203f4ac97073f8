//! Lengths of time in units of the calendar.

use std::{cmp::Ordering, fmt, str::FromStr};

use jiff::Span;

use super::{instant::Instant, zone::Zone};
use crate::limits;

const MONTHS: i64 = 12 * limits::DURATION_YEARS as i64;
const DAYS: i64 = 366 * limits::DURATION_YEARS as i64;
const MICROS: i64 = DAYS * 86_400 * 1_000_000;

/// A length of time, longer than zero: months, days and microseconds. A year is twelve months and a week seven days, but a
/// day is not 24 hours: in a zone that changes its clocks it may be 23 or 25.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Duration {
    months: i64,
    days: i64,
    micros: i64,
}

/// Why a text is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDuration {
    /// Neither words nor ISO 8601.
    #[error("{0:?} is no duration, expected such as \"30 days\", \"1 year 2 months\", \"P30D\" or \"PT12H\"")]
    NotRead(String),
    /// Zero, or backwards.
    #[error("the duration {0:?} must be longer than zero")]
    NotPositive(String),
    /// Longer than [`limits::DURATION_YEARS`].
    #[error("the duration {0:?} must be at most {years} years", years = limits::DURATION_YEARS)]
    TooLong(String),
    /// Not a whole number of microseconds.
    #[error("the duration {0:?} must be no finer than a microsecond")]
    TooFine(String),
}

impl Duration {
    /// The point in time that is this long before another one. First the months go from the calendar of the zone (of a
    /// day that the month does not have, to its last), then the days, then the time, which clocks do not change.
    /// None outside of the years -9999 to 9999.
    pub fn before(self, instant: Instant, zone: &Zone) -> Option<Instant> {
        let calendar = Span::new().try_months(self.months).ok()?.try_days(self.days).ok()?;
        let earlier = match calendar.is_zero() {
            true => instant,
            false => zone.instant(zone.local(instant)?.checked_sub(calendar).ok()?),
        };
        Some(Instant::from_micros(earlier.micros() - self.micros))
    }

    fn of(span: Span, text: &str) -> Result<Self, InvalidDuration> {
        let micros = i128::from(span.get_hours()) * 3_600_000_000
            + i128::from(span.get_minutes()) * 60_000_000
            + i128::from(span.get_seconds()) * 1_000_000
            + i128::from(span.get_milliseconds()) * 1_000
            + i128::from(span.get_microseconds())
            + i128::from(span.get_nanoseconds() / 1_000);
        let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
        let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
        if !span.is_positive() {
            return Err(InvalidDuration::NotPositive(text.to_owned()));
        }
        if span.get_nanoseconds() % 1_000 != 0 {
            return Err(InvalidDuration::TooFine(text.to_owned()));
        }
        match i64::try_from(micros) {
            Ok(micros) if months <= MONTHS && days <= DAYS && micros <= MICROS => Ok(Self { months, days, micros }),
            _ => Err(InvalidDuration::TooLong(text.to_owned())),
        }
    }

    /// The shortest and the longest that it can be, in hours of 3,600 s (in microseconds).
    fn range(self) -> (i64, i64) {
        const HOUR: i64 = 3_600_000_000;
        let years = self.months / 12;
        let months = self.months % 12;
        let shortest = (years * 365 + months * 28 + self.days) * 24 - i64::from(self.months + self.days > 0);
        let longest = (years * 366 + months * 31 + self.days) * 24 + i64::from(self.months + self.days > 0);
        (shortest * HOUR + self.micros, longest * HOUR + self.micros)
    }

    /// Years, months and days; hours, minutes and seconds; microseconds.
    pub(crate) fn parts(self) -> [(i64, &'static str); 7] {
        let seconds = self.micros / 1_000_000;
        [
            (self.months / 12, "year"),
            (self.months % 12, "month"),
            (self.days, "day"),
            (seconds / 3_600, "hour"),
            (seconds / 60 % 60, "minute"),
            (seconds % 60, "second"),
            (self.micros % 1_000_000, "microsecond"),
        ]
    }
}

/// One is less than another if it is so at every time and in every zone. A month and 30 days are not ordered.
impl PartialOrd for Duration {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let parts = [self.months.cmp(&other.months), self.days.cmp(&other.days), self.micros.cmp(&other.micros)];
        let (less, greater) = (parts.contains(&Ordering::Less), parts.contains(&Ordering::Greater));
        match (less, greater) {
            (false, false) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Less),
            (false, true) => Some(Ordering::Greater),
            _ if self.range().1 < other.range().0 => Some(Ordering::Less),
            _ if self.range().0 > other.range().1 => Some(Ordering::Greater),
            _ => None,
        }
    }
}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        let span: Span = text.parse().map_err(|_| InvalidDuration::NotRead(text.to_owned()))?;
        Self::of(span, text)
    }
}

/// ISO 8601, the same for durations that are always equally long: `P1Y2M3DT4H5M6.5S`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [years, months, days, hours, minutes, seconds, micros] = self.parts().map(|(amount, _)| amount);
        f.write_str("P")?;
        for (amount, unit) in [(years, 'Y'), (months, 'M'), (days, 'D')] {
            write_part(f, amount, unit)?;
        }
        if self.micros == 0 {
            return Ok(());
        }
        f.write_str("T")?;
        write_part(f, hours, 'H')?;
        write_part(f, minutes, 'M')?;
        if micros == 0 {
            return write_part(f, seconds, 'S');
        }
        let fraction = format!("{micros:06}");
        write!(f, "{seconds}.{}S", fraction.trim_end_matches('0'))
    }
}

fn write_part(f: &mut fmt::Formatter<'_>, amount: i64, unit: char) -> fmt::Result {
    if amount == 0 { Ok(()) } else { write!(f, "{amount}{unit}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn duration(text: &str) -> Duration {
        text.parse().unwrap()
    }

    #[test]
    fn durations_are_read_in_words_and_in_iso_8601() {
        for (text, expected) in [
            ("30 days", "P30D"),
            ("30d", "P30D"),
            ("P30D", "P30D"),
            ("2 weeks", "P14D"),
            ("1 year 2 months", "P1Y2M"),
            ("14 months", "P1Y2M"),
            ("PT12H", "PT12H"),
            ("90 minutes", "PT1H30M"),
            ("24h", "PT24H"),
            ("1.5s", "PT1.5S"),
            ("1 day 12 hours", "P1DT12H"),
        ] {
            assert_eq!(duration(text).to_string(), expected, "{text}");
            assert_eq!(duration(expected), duration(text));
        }
    }

    #[test]
    fn durations_that_are_not_positive_too_long_or_too_fine_are_refused() {
        let error = |text: &str| text.parse::<Duration>().unwrap_err();
        for text in ["", "30", "thirty days", "30 dayz", "2026-03-01", "P", "30 days ago ago"] {
            assert!(matches!(error(text), InvalidDuration::NotRead(_)), "{text}");
        }
        for text in ["0 days", "PT0S", "-30 days", "-P30D", "30 days ago"] {
            assert!(matches!(error(text), InvalidDuration::NotPositive(_)), "{text}");
        }
        for text in ["1001 years", "12001 months", "400000 days", "9000000 hours"] {
            assert!(matches!(error(text), InvalidDuration::TooLong(_)), "{text}");
        }
        assert!(matches!(error("5 ns"), InvalidDuration::TooFine(_)));
        assert_eq!(duration("1000 years").to_string(), "P1000Y");
    }

    #[test]
    fn the_calendar_of_the_zone_is_gone_back_in() {
        let before = |text: &str, instant: &str, zone: &Zone| {
            duration(text).before(instant.parse().unwrap(), zone).unwrap().to_string()
        };
        let (utc, berlin) = (Zone::utc(), Zone::named("Europe/Berlin").unwrap());
        assert_eq!(before("30 days", "2026-03-31T12:00:00Z", &utc), "2026-03-01T12:00:00Z");
        assert_eq!(before("1 month", "2026-03-31T12:00:00Z", &utc), "2026-02-28T12:00:00Z");
        assert_eq!(before("1 month 1 day", "2026-03-31T12:00:00Z", &utc), "2026-02-27T12:00:00Z");
        // the clocks went forward on 29 March
        assert_eq!(before("1 day", "2026-03-29T10:00:00Z", &berlin), "2026-03-28T11:00:00Z");
        assert_eq!(before("24 hours", "2026-03-29T10:00:00Z", &berlin), "2026-03-28T10:00:00Z");
        // 02:30 was skipped on 29 March, and came twice on 25 October
        assert_eq!(before("1 day", "2026-03-30T00:30:00Z", &berlin), "2026-03-29T01:30:00Z");
        assert_eq!(before("1 day", "2026-10-26T01:30:00Z", &berlin), "2026-10-25T01:30:00Z");
    }

    #[test]
    fn durations_are_ordered_where_every_calendar_agrees() {
        assert!(duration("30 days") < duration("45 days"));
        assert!(duration("1 month") > duration("27 days"));
        assert!(duration("1 year") < duration("13 months"));
        assert!(duration("20 hours") < duration("1 day"));
        assert_eq!(duration("1 month").partial_cmp(&duration("30 days")), None);
        assert_eq!(duration("1 day").partial_cmp(&duration("24 hours")), None);
    }
}
