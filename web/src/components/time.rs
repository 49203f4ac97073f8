//! Times: exact for programs and pointers, readable for people.

use chrono::{DateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};
use maud::{Markup, Render, html};

/// A time, and how a person would say it. The caller says it, because only the caller knows what time it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// RFC 3339, in UTC.
    pub exact: String,
    /// For people: `3 minutes ago`, `12 Mar 2026, 09:30 UTC`.
    pub readable: String,
}

impl Time {
    /// A time with its readable form.
    pub fn new(exact: impl ToString, readable: impl Into<String>) -> Self {
        Self { exact: exact.to_string(), readable: readable.into() }
    }

    /// A time by the calendar and the clock: `12 Mar 2026, 09:30 UTC`; a midnight by the calendar alone.
    pub fn at(time: DateTime<Utc>) -> Self {
        let form = if time.time() == NaiveTime::MIN { "%-d %b %Y" } else { "%-d %b %Y, %H:%M UTC" };
        Self::new(exact(time), time.format(form).to_string())
    }

    /// A time to the second, or to the millisecond where it has any: `12 Mar 2026, 09:30:12.345 UTC`.
    pub fn precise(time: DateTime<Utc>) -> Self {
        let has_millis = time.timestamp_subsec_millis() > 0;
        let form = if has_millis { "%-d %b %Y, %H:%M:%S%.3f UTC" } else { "%-d %b %Y, %H:%M:%S UTC" };
        Self::new(exact(time), time.format(form).to_string())
    }

    /// A time as seen from another one: `3 min ago`, `in 2 h`; by the calendar if they are a day or more apart.
    pub fn from_now(time: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let apart = (now - time).abs();
        let span = match apart {
            _ if apart >= TimeDelta::days(1) => return Self::at(time),
            _ if apart >= TimeDelta::hours(1) => format!("{} h", apart.num_hours()),
            _ if apart >= TimeDelta::minutes(1) => format!("{} min", apart.num_minutes()),
            _ if apart >= TimeDelta::seconds(1) => format!("{} s", apart.num_seconds()),
            _ => return Self::new(exact(time), "now"),
        };
        Self::new(exact(time), if time > now { format!("in {span}") } else { format!("{span} ago") })
    }
}

fn exact(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Render for Time {
    fn render(&self) -> Markup {
        html! { time datetime=(self.exact) title=(self.exact) { (self.readable) } }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_time_is_told_as_seen_from_now_until_it_is_a_day_away() {
        let now: DateTime<Utc> = "2026-03-12T09:30:00Z".parse().unwrap();
        let told = |seconds| Time::from_now(now + TimeDelta::seconds(seconds), now).readable;
        assert_eq!([0, -12, -119, -7_199, 3_600].map(told), ["now", "12 s ago", "1 min ago", "1 h ago", "in 1 h"]);
        assert_eq!(told(-86_400), "11 Mar 2026, 09:30 UTC");
    }
}
