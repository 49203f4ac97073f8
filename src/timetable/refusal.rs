//! What is wrong with a cron pattern or the name of a time zone: where, and what would be right.

use chrono_tz::TZ_VARIANTS;
use plinth_events::{
    Refusal, RefusalCode,
    names::{CronPattern, TimeZoneName},
};

use super::parse;

/// The fields of a pattern and what each of them takes. The first one may be left out.
const FIELDS: [(&str, &str); 6] = [
    ("second", "0-59"),
    ("minute", "0-59"),
    ("hour", "0-23"),
    ("day of the month", "1-31, L (the last), 15W (the weekday next to the 15th) or ?"),
    ("month", "1-12 or JAN-DEC"),
    (
        "day of the week",
        "0-7 or SUN-SAT, 5#2 (the second Friday), 5L (the last Friday), +5 (and that day of the month) or ?",
    ),
];
/// From this similarity on, from 0 to 1, a name is taken for what was meant.
const SIMILAR: f64 = 0.75;

/// Why a pattern that does not parse is refused.
pub(super) fn bad_pattern(pattern: &CronPattern) -> Refusal {
    let fields: Vec<&str> = pattern.as_str().split_whitespace().collect();
    let what = match fields.len() {
        5 | 6 => bad_field(&fields),
        count => format!(
            "it has {count} fields, not 5 or 6: [second] minute hour day-of-month month day-of-week, or one of @yearly, \
             @monthly, @weekly, @daily, @hourly"
        ),
    };
    Refusal::new(RefusalCode::InvalidValue, format!("cron {pattern} is not a cron pattern: {what}")).at("/cron")
}

/// Which field does not even parse alone.
fn bad_field(fields: &[&str]) -> String {
    let is_bad = |place: usize| {
        let mut alone = vec!["*"; fields.len()];
        alone[place] = fields[place];
        parse(&alone.join(" ")).is_none()
    };
    let rules = &FIELDS[FIELDS.len() - fields.len()..];
    let bad = (0..fields.len()).find(|place| is_bad(*place));
    bad.map_or_else(
        || "its fields do not fit together".to_owned(),
        |place| {
            let (name, allowed) = rules[place];
            format!(
                "its {name} is {}, allowed are * and {allowed}, as lists 1,2, ranges 1-5, steps */2 and 1-5/2",
                fields[place]
            )
        },
    )
}

/// Why a pattern is refused that parses and is of no use.
pub(super) fn never_fires(pattern: &CronPattern) -> Refusal {
    let detail = format!("cron {pattern} never fires: no month has such a day");
    Refusal::new(RefusalCode::InvalidValue, detail).at("/cron")
}

/// Why a time zone is refused.
pub(super) fn unknown_zone(zone: &TimeZoneName) -> Refusal {
    let meant = nearest(zone.as_str()).map_or_else(String::new, |name| format!(", did you mean {name}?"));
    let detail = format!("there is no time zone {zone} in the IANA database{meant}");
    Refusal::new(RefusalCode::InvalidValue, detail).at("/timeZone")
}

/// The name most like this one: as a whole, or the place in it.
fn nearest(zone: &str) -> Option<&'static str> {
    let zone = zone.to_lowercase();
    let likeness = |name: &'static str| {
        let lower = name.to_lowercase();
        let place = lower.rsplit('/').next().unwrap_or_default();
        (strsim::jaro_winkler(&zone, &lower).max(strsim::jaro_winkler(&zone, place)), name)
    };
    let names = TZ_VARIANTS.iter().map(|zone| likeness(zone.name()));
    let best = names.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (best.0 >= SIMILAR).then_some(best.1)
}

/// All of them in one.
pub(super) fn all(refusals: impl Iterator<Item = Refusal>) -> Refusal {
    let together = refusals.reduce(|mut first, next| {
        first.errors.extend(next.errors);
        first
    });
    together.unwrap_or_else(|| Refusal::new(RefusalCode::InvalidValue, "the schedule has no fire times"))
}
