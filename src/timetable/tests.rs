//! Fire times on ordinary days and when the clock is put forward and back, and against a model that looks at the clock
//! every minute.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Datelike, Duration, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use plinth_events::RefusalCode;
use proptest::{prelude::*, sample::select};

use super::*;

const BERLIN: &str = "Europe/Berlin";
const NEW_YORK: &str = "America/New_York";

fn timetable(cron: &str, zone: &str) -> Timetable {
    Timetable::new(&cron.parse().unwrap(), &zone.parse().unwrap()).unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The fire times from one time up to another.
fn fires(cron: &str, zone: &str, from: &str, until: &str) -> Vec<String> {
    let until = at(until);
    timetable(cron, zone).fires_from(at(from)).take_while(|time| *time < until).map(|time| time.to_string()).collect()
}

fn count(cron: &str, zone: &str, from: &str, until: &str) -> usize {
    fires(cron, zone, from, until).len()
}

fn refusal(cron: &str, zone: &str) -> Refusal {
    Timetable::new(&cron.parse().unwrap(), &zone.parse().unwrap()).unwrap_err()
}

#[test]
fn a_pattern_of_five_fields_fires_at_second_zero_and_one_of_six_says_which() {
    let from = ("2026-03-01T12:00:00.500Z", "2026-03-01T12:01:01Z");
    assert_eq!(fires("* * * * *", "UTC", from.0, from.1), ["2026-03-01T12:01:00Z"]);
    let seconds = fires("*/20 * * * * *", "UTC", from.0, from.1);
    assert_eq!(seconds, ["2026-03-01T12:00:20Z", "2026-03-01T12:00:40Z", "2026-03-01T12:01:00Z"]);
    assert_eq!(fires("@daily", BERLIN, "2026-07-01T00:00:00Z", "2026-07-02T00:00:00Z"), ["2026-07-01T22:00:00Z"]);
}

#[test]
fn a_time_that_the_clock_jumps_over_fires_once_right_after_the_jump() {
    let march = fires("30 2 * * *", BERLIN, "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z");
    assert_eq!(march, ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
    let march = fires("30 2 * * *", NEW_YORK, "2026-03-07T00:00:00Z", "2026-03-10T00:00:00Z");
    assert_eq!(march, ["2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]);
}

#[test]
fn times_that_the_clock_jumps_over_together_fire_once_together() {
    let (from, until) = ("2026-03-28T23:30:00Z", "2026-03-29T03:00:00Z");
    assert_eq!(fires("0,15,30 2 * * *", BERLIN, from, until), ["2026-03-29T01:00:00Z"]);
    let hours = fires("0 1-4 * * *", BERLIN, from, until);
    assert_eq!(hours, ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"]);
}

#[test]
fn a_time_that_comes_twice_fires_the_first_time_only() {
    let october = fires("30 2 * * *", BERLIN, "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z");
    assert_eq!(october, ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    let november = fires("0,30 1 * * *", NEW_YORK, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
    assert_eq!(november, ["2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z"]);
    assert_eq!(
        timetable("30 1 * * *", NEW_YORK).next_after(at("2026-11-01T06:10:00Z")),
        Some(at("2026-11-02T06:30:00Z"))
    );
}

#[test]
fn a_pattern_that_goes_by_passing_time_keeps_its_pace() {
    for (zone, short, long) in [
        (BERLIN, "2026-03-28T23:00:00Z", "2026-10-24T22:00:00Z"),
        (NEW_YORK, "2026-03-08T05:00:00Z", "2026-11-01T04:00:00Z"),
    ] {
        for (begins, hours) in [(short, 23), (long, 25)] {
            let ends = at(begins).plus_millis(hours * 3_600_000).to_string();
            assert_eq!(count("*/30 * * * *", zone, begins, &ends), hours as usize * 2, "{zone} {begins}");
            assert_eq!(count("@hourly", zone, begins, &ends), hours as usize, "{zone} {begins}");
            assert_eq!(count("30 12 * * *", zone, begins, &ends), 1, "{zone} {begins}");
        }
    }
}

#[test]
fn a_day_that_was_left_out_fires_when_the_next_one_begins() {
    let december = fires("0 12 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z");
    assert_eq!(december, ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"]);
}

#[test]
fn a_bad_pattern_is_refused_with_the_field_and_what_it_takes() {
    for (cron, what) in [
        ("61 * * * *", "its minute is 61, allowed are * and 0-59"),
        ("0 24 * * *", "its hour is 24, allowed are * and 0-23"),
        ("0 0 0 * *", "its day of the month is 0, allowed are * and 1-31"),
        ("0 0 * JAN-MARCH *", "its month is JAN-MARCH, allowed are * and 1-12 or JAN-DEC"),
        ("0 0 * * 8", "its day of the week is 8, allowed are * and 0-7 or SUN-SAT"),
        ("60 0 0 * * *", "its second is 60, allowed are * and 0-59"),
        ("*/0 * * * *", "its minute is */0"),
        ("5-1 * * * *", "its minute is 5-1"),
        (",, * * * *", "its minute is ,,"),
        ("* * * *", "it has 4 fields, not 5 or 6: [second] minute hour day-of-month month day-of-week"),
        ("0 0 0 1 1 * 2027", "it has 7 fields"),
        ("@reboot", "or one of @yearly, @monthly, @weekly, @daily, @hourly"),
    ] {
        let refusal = refusal(cron, "UTC");
        assert_eq!((refusal.code, refusal.errors[0].pointer.as_str()), (RefusalCode::InvalidValue, "/cron"));
        assert!(refusal.detail.contains(what), "{}", refusal.detail);
    }
}

#[test]
fn a_pattern_that_never_fires_is_refused() {
    for cron in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
        assert_eq!(refusal(cron, BERLIN).detail, format!("cron {cron} never fires: no month has such a day"));
    }
    assert_eq!(fires("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z"), ["2028-02-29T00:00:00Z"]);
}

#[test]
fn an_unknown_time_zone_is_refused_with_the_nearest_name() {
    for (zone, meant) in [("Europe/Berln", BERLIN), ("berlin", BERLIN), ("New York", NEW_YORK), ("Utc", "UTC")] {
        let refusal = refusal("0 0 * * *", zone);
        let detail = format!("there is no time zone {zone} in the IANA database, did you mean {meant}?");
        assert_eq!((refusal.detail, refusal.errors[0].pointer.as_str()), (detail, "/timeZone"));
    }
    assert_eq!(refusal("0 0 * * *", "§§§").detail, "there is no time zone §§§ in the IANA database");
    let both: Vec<String> = refusal("x", "§").errors.into_iter().map(|error| error.pointer).collect();
    assert_eq!(both, ["/cron", "/timeZone"]);
}

/// One field of a pattern, and the values that it stands for.
#[derive(Debug, Clone)]
struct Field {
    text: String,
    values: Vec<u32>,
}

fn field(least: u32, greatest: u32) -> impl Strategy<Value = Field> {
    let all = move || least..=greatest;
    let one = all().prop_map(|value| Field { text: value.to_string(), values: vec![value] });
    let list =
        (all(), all()).prop_map(|(one, other)| Field { text: format!("{one},{other}"), values: vec![one, other] });
    let range = (all(), all()).prop_map(|(one, other)| {
        let (from, until) = (one.min(other), one.max(other));
        Field { text: format!("{from}-{until}"), values: (from..=until).collect() }
    });
    let steps = (1_u32..=6)
        .prop_map(move |step| Field { text: format!("*/{step}"), values: all().step_by(step as usize).collect() });
    prop_oneof![3 => one, 2 => list, 1 => range, 1 => steps, 2 => Just(Field { text: "*".to_owned(), values: all().collect() })]
}

/// A pattern whose day is of the month, of the week, or any.
#[derive(Debug, Clone)]
struct Pattern {
    minute: Field,
    hour: Field,
    day: Field,
    weekday: Field,
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let any_day = |least: u32, greatest: u32| Field { text: "*".to_owned(), values: (least..=greatest).collect() };
    let days = prop_oneof![
        field(1, 31).prop_map(move |day| (day, any_day(0, 6))),
        field(0, 6).prop_map(move |weekday| (any_day(1, 31), weekday)),
    ];
    (field(0, 59), field(0, 23), days).prop_map(|(minute, hour, (day, weekday))| Pattern { minute, hour, day, weekday })
}

impl Pattern {
    fn text(&self) -> String {
        format!("{} {} {} * {}", self.minute.text, self.hour.text, self.day.text, self.weekday.text)
    }

    fn matches(&self, shown: NaiveDateTime) -> bool {
        self.minute.values.contains(&shown.minute())
            && self.hour.values.contains(&shown.hour())
            && self.day.values.contains(&shown.day())
            && self.weekday.values.contains(&shown.weekday().num_days_from_sunday())
    }

    /// Looks at the clock every minute.
    fn fires(&self, zone: Tz, from: DateTime<Utc>, minutes: i64) -> Vec<Instant> {
        let by_passing_time = [&self.minute, &self.hour].iter().any(|field| field.text.starts_with('*'));
        let shown = |time: DateTime<Utc>| zone.from_utc_datetime(&time.naive_utc()).naive_local();
        // what the clock showed so far, from well before the first fire time that counts
        let mut latest = shown(from - Duration::minutes(1_441));
        let mut fires = Vec::new();
        for minute in -1_440..minutes {
            let time = from + Duration::minutes(minute);
            let now = shown(time);
            let is_new = now > latest;
            let skipped = (1..(now - latest).num_minutes()).any(|m| self.matches(latest + Duration::minutes(m)));
            let fires_now = if by_passing_time { self.matches(now) } else { is_new && (self.matches(now) || skipped) };
            if fires_now && minute >= 0 {
                fires.push(time.into());
            }
            latest = latest.max(now);
        }
        fires
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn fire_times_are_those_of_a_model_that_looks_at_the_clock_every_minute(
        pattern in pattern(),
        // ordinary days, and the days of both changes of the clock
        (zone, day) in select(vec![
            (BERLIN, "2026-03-28T12:00:00Z"), (BERLIN, "2026-10-24T12:00:00Z"), (BERLIN, "2026-07-01T00:00:00Z"),
            (NEW_YORK, "2026-03-07T18:00:00Z"), (NEW_YORK, "2026-10-31T18:00:00Z"), ("UTC", "2028-02-28T12:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T00:00:00Z"), ("Australia/Lord_Howe", "2026-10-03T00:00:00Z"),
        ]),
        minutes in 0_i64..720,
    ) {
        let from = at(day).utc() + Duration::minutes(minutes);
        let window = 36 * 60;
        let until = Instant::from(from + Duration::minutes(window));
        let table = Timetable::new(&pattern.text().parse().unwrap(), &zone.parse().unwrap());
        // such as the 31st of no month: not within a model of one day
        prop_assume!(table.is_ok());
        let fires: Vec<Instant> = table.unwrap().fires_from(from.into()).take_while(|time| *time < until).collect();
        prop_assert!(fires.is_sorted_by(|one, next| one < next));
        prop_assert_eq!(fires, pattern.fires(zone.parse().unwrap(), from, window), "{} {}", pattern.text(), zone);
    }
}
