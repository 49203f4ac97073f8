//! The fire times of a cron pattern in a time zone: pure, and the same for those who decide and those who show them.
//!
//! A pattern goes by the hands of the clock, unless its second, minute or hour starts with `*`: then it goes by the
//! time that passes. The difference shows when the clock is put forward or back:
//!
//! | | a time that the clock jumps over | a time that comes twice |
//! |---|---|---|
//! | by the hands, `30 2 * * *` | right after the jump, once | the first time |
//! | by the time that passes, `*/15 * * * *` | not at all | both times |

mod refusal;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use plinth_events::{
    Refusal,
    names::{CronPattern, TimeZoneName},
    time::Instant,
};

/// The longest time that any clock was put forward by: the whole day that was left out at the date line.
const LONGEST_JUMP_MINUTES: i64 = 24 * 60;

/// When a pattern fires in a time zone.
#[derive(Debug, Clone)]
pub struct Timetable {
    cron: Cron,
    zone: Tz,
    goes_by_passing_time: bool,
}

impl Timetable {
    /// Refused with everything that is wrong with either: what does not parse, a zone that is not there, a pattern that
    /// never fires.
    pub fn new(pattern: &CronPattern, zone: &TimeZoneName) -> Result<Self, Refusal> {
        match (parse(pattern.as_str()), zone.as_str().parse()) {
            (Some(cron), Ok(zone)) => {
                let timetable = Self { goes_by_passing_time: goes_by_passing_time(&cron), cron, zone };
                match timetable.next_after(Instant::from(DateTime::UNIX_EPOCH)) {
                    Some(_) => Ok(timetable),
                    None => Err(refusal::never_fires(pattern)),
                }
            }
            (cron, found) => {
                let bad_pattern = cron.is_none().then(|| refusal::bad_pattern(pattern));
                let bad_zone = found.is_err().then(|| refusal::unknown_zone(zone));
                Err(refusal::all(bad_pattern.into_iter().chain(bad_zone)))
            }
        }
    }

    /// The first fire time after a time; none: never again.
    pub fn next_after(&self, time: Instant) -> Option<Instant> {
        let local = time.utc().with_timezone(&self.zone);
        if self.goes_by_passing_time {
            return self.cron.find_next_occurrence(&local, false).ok().map(|next| next.to_utc().into());
        }
        let mut shown = local.naive_local();
        loop {
            shown = self.cron.find_next_occurrence(&shown, false).ok()?;
            let next = self.first_moment(shown)?.to_utc().into();
            // what the clock showed twice is over when it comes for the second time
            if next > time {
                return Some(next);
            }
        }
    }

    /// The fire times after a time, in order.
    pub fn fires_after(&self, time: Instant) -> impl Iterator<Item = Instant> {
        std::iter::successors(self.next_after(time), |fired| self.next_after(*fired))
    }

    /// The fire times from a time on, in order.
    pub fn fires_from(&self, time: Instant) -> impl Iterator<Item = Instant> {
        self.fires_after(time.plus_millis(-1))
    }

    /// What the clock in the zone shows at a time.
    pub fn local(&self, time: Instant) -> DateTime<Tz> {
        time.utc().with_timezone(&self.zone)
    }

    /// When the clock shows a time first, or right after it jumped over it.
    fn first_moment(&self, shown: NaiveDateTime) -> Option<DateTime<Tz>> {
        let at = |shown: &NaiveDateTime| self.zone.from_local_datetime(shown).earliest();
        at(&shown).or_else(|| {
            let minute = shown.with_second(0)?;
            (1..=LONGEST_JUMP_MINUTES).find_map(|minutes| at(&(minute + TimeDelta::minutes(minutes))))
        })
    }
}

/// Croner takes `,,` for a field without any value, and then searches for very long.
fn parse(pattern: &str) -> Option<Cron> {
    let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
    let has_empty_item = pattern.split_whitespace().flat_map(|field| field.split(',')).any(str::is_empty);
    if has_empty_item { None } else { parser.parse(pattern).ok() }
}

/// The fields of the time are all but the last three: day, month, day of the week.
fn goes_by_passing_time(cron: &Cron) -> bool {
    let fields = cron.pattern.to_string();
    fields.split_whitespace().rev().skip(3).any(|field| field.starts_with('*'))
}
