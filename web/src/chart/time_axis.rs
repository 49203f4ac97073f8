//! From times to places: an axis of time with readable ticks, in UTC.

use chrono::{DateTime, Datelike, DurationRound, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use maud::{Markup, html};

/// An axis of time, its places in hundredths of the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeAxis {
    pub(super) from: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
}

/// How far ticks are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Seconds(i64),
    Months(u32),
}

const DAY: i64 = 86_400;
const STEPS: [Step; 23] = [
    Step::Seconds(1),
    Step::Seconds(5),
    Step::Seconds(15),
    Step::Seconds(30),
    Step::Seconds(60),
    Step::Seconds(5 * 60),
    Step::Seconds(15 * 60),
    Step::Seconds(30 * 60),
    Step::Seconds(3_600),
    Step::Seconds(3 * 3_600),
    Step::Seconds(6 * 3_600),
    Step::Seconds(12 * 3_600),
    Step::Seconds(DAY),
    Step::Seconds(2 * DAY),
    Step::Seconds(7 * DAY),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(60),
    Step::Months(120),
    Step::Months(1_200),
];

/// As many labels fit side by side on a narrow screen.
const MOST_TICKS: i64 = 6;

impl TimeAxis {
    /// Where a time is, in hundredths of the width; below 0 and above 100 outside.
    pub(super) fn place(self, time: DateTime<Utc>) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "less than a pixel")]
        let share = |span: TimeDelta| span.num_milliseconds() as f64;
        let width = share(self.until - self.from).max(1.0);
        100.0 * share(time - self.from) / width
    }

    /// Where a time is if it is on the axis, else the end that it is beyond.
    pub(super) fn place_within(self, time: DateTime<Utc>) -> f64 {
        self.place(time).clamp(0.0, 100.0)
    }

    /// The line of labels below a chart.
    pub(super) fn labels(self) -> Markup {
        let step = self.step();
        html! {
            svg.chart-times aria-hidden="true" {
                @for time in self.ticks(step) {
                    @let place = self.place(time);
                    text x={ (written(place)) "%" } y="50%" .at-start[place < 4.0] .at-end[place > 96.0] {
                        (time.format(step.format()).to_string())
                    }
                }
            }
        }
    }

    /// The places of the ticks.
    pub(super) fn places(self) -> impl Iterator<Item = f64> {
        self.ticks(self.step()).into_iter().map(move |time| self.place(time))
    }

    fn step(self) -> Step {
        let seconds = (self.until - self.from).num_seconds();
        let fits = |step: &&Step| seconds / step.about_seconds() <= MOST_TICKS;
        *STEPS.iter().find(fits).unwrap_or(&Step::Months(1_200))
    }

    fn ticks(self, step: Step) -> Vec<DateTime<Utc>> {
        let times = std::iter::successors(step.at_or_before(self.from), |time| step.after(*time));
        let most = usize::try_from(2 * MOST_TICKS).unwrap_or_default();
        times.take(most).skip_while(|time| *time < self.from).take_while(|time| *time <= self.until).collect()
    }
}

impl Step {
    fn about_seconds(self) -> i64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Months(months) => i64::from(months) * 30 * DAY,
        }
    }

    fn at_or_before(self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Seconds(seconds) => time.duration_trunc(TimeDelta::seconds(seconds)).ok(),
            Self::Months(months) => {
                let month = time.year() * 12 + time.month0().cast_signed();
                let month = month - month.rem_euclid(months.cast_signed());
                let first = NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12).cast_unsigned() + 1, 1)?;
                Some(first.and_time(NaiveTime::MIN).and_utc())
            }
        }
    }

    fn after(self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Seconds(seconds) => time.checked_add_signed(TimeDelta::seconds(seconds)),
            Self::Months(months) => time.checked_add_months(Months::new(months)),
        }
    }

    fn format(self) -> &'static str {
        match self {
            Self::Seconds(..60) => "%H:%M:%S",
            Self::Seconds(..DAY) => "%H:%M",
            Self::Seconds(_) => "%-d %b",
            Self::Months(..12) => "%b %Y",
            Self::Months(_) => "%Y",
        }
    }
}

/// A place as it stands in SVG: a hundredth of a hundredth is less than a pixel.
pub(super) fn written(place: f64) -> String {
    format!("{place:.2}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn labels(from: &str, until: &str) -> Vec<String> {
        let axis = TimeAxis { from: from.parse().unwrap(), until: until.parse().unwrap() };
        let step = axis.step();
        axis.ticks(step).into_iter().map(|time| time.format(step.format()).to_string()).collect()
    }

    #[test]
    fn ticks_are_at_round_times() {
        assert_eq!(labels("2026-03-01T09:02:00Z", "2026-03-01T10:02:00Z"), ["09:15", "09:30", "09:45", "10:00"]);
        assert_eq!(
            labels("2026-03-01T09:00:10Z", "2026-03-01T09:01:00Z"),
            ["09:00:15", "09:00:30", "09:00:45", "09:01:00"]
        );
        assert_eq!(
            labels("2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z"),
            ["1 Mar", "2 Mar", "3 Mar", "4 Mar", "5 Mar", "6 Mar"]
        );
    }

    #[test]
    fn months_and_years_begin_on_the_first() {
        assert_eq!(
            labels("2025-11-20T00:00:00Z", "2026-05-10T00:00:00Z"),
            ["Dec 2025", "Jan 2026", "Feb 2026", "Mar 2026", "Apr 2026", "May 2026"]
        );
        assert_eq!(labels("2019-05-01T00:00:00Z", "2024-05-01T00:00:00Z"), ["2020", "2021", "2022", "2023", "2024"]);
    }

    #[test]
    fn an_axis_without_length_has_places_all_the_same() {
        let time: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
        let axis = TimeAxis { from: time, until: time };
        assert_eq!(axis.place_within(time), 0.0);
        assert!(axis.ticks(axis.step()).len() <= 2);
    }

    #[test]
    fn the_longest_axis_has_few_ticks() {
        assert!(labels("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z").len() <= 12);
    }
}
