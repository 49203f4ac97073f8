//! The history of a metric in examples, and against a model that reads like the contract.

#![allow(clippy::unwrap_used)]

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{json, value::to_raw_value};
use uuid::Uuid;

use super::*;
use crate::{
    envelope::Origin,
    event::Aggregate,
    ids::{CommandId, EventId, TenantId},
    timeline::{Status, Window},
};

const ACTOR: UserId = UserId(Uuid::from_u128(7));

fn time(text: &str) -> Moment {
    text.parse().unwrap()
}

/// A day of July at midnight.
fn july(day: u64) -> DateTime<Utc> {
    format!("2026-07-{day:02}T00:00:00Z").parse().unwrap()
}

/// The event at a position, recorded on that day of July at midnight.
fn recorded(position: u64, event_type: &str, data: serde_json::Value) -> RecordedEvent {
    RecordedEvent {
        position,
        id: EventId(Uuid::from_u128(position.into())),
        tenant_id: TenantId(Uuid::from_u128(1)),
        aggregate_type: Aggregate::Metric,
        aggregate_id: "1/at_risk_customer".to_owned(),
        sequence: position,
        event_type: event_type.to_owned(),
        version: "1".to_owned(),
        recorded_at: july(position).into(),
        command_id: CommandId(Uuid::from_u128(position.into())),
        origin: Origin { actor: Some(ACTOR), ..Origin::default() },
        data: to_raw_value(&data).unwrap(),
    }
}

fn defined(position: u64, version: u32, effective_at: &str) -> RecordedEvent {
    let name = format!("At Risk Customer {version}");
    let data = json!({ "code": "at_risk_customer", "version": version, "name": name, "description": "",
        "effectiveAt": effective_at });
    recorded(position, "MetricDefined", data)
}

fn deprecated(position: u64, deprecated_at: &str) -> RecordedEvent {
    let data = json!({ "code": "at_risk_customer", "deprecatedAt": deprecated_at, "reason": "merged" });
    recorded(position, "MetricDeprecated", data)
}

fn withdrawn(position: u64, version: u32) -> RecordedEvent {
    let data = json!({ "code": "at_risk_customer", "version": version, "reason": "a mistake" });
    recorded(position, "MetricVersionWithdrawn", data)
}

fn history(events: &[RecordedEvent], known_at: Option<KnownAt>) -> History {
    History::of("at_risk_customer".parse().unwrap(), events, known_at).unwrap()
}

#[test]
fn the_row_has_the_window_and_the_envelope_of_its_version() {
    let events = [defined(3, 1, "2026-01-01T00:00:00Z"), defined(5, 2, "2026-03-01T00:00:00Z")];
    let row = history(&events, None).as_of(time("2026-02-15T00:00:00Z").utc()).unwrap();
    assert_eq!((row.version, row.name.as_str(), row.position), (1, "At Risk Customer 1", 3));
    assert_eq!(row.effective_at.to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(row.deprecated_at.unwrap().to_string(), "2026-03-01T00:00:00Z");
    assert_eq!((row.created_by_id, row.created_at), (Some(ACTOR), time("2026-07-03T00:00:00Z")));
}

#[test]
fn what_was_recorded_later_was_not_known() {
    let events = [
        defined(1, 1, "2026-01-01T00:00:00Z"),
        defined(2, 2, "2026-03-01T00:00:00Z"),
        defined(3, 3, "2026-02-01T00:00:00Z"),
    ];
    let version =
        |known_at| history(&events, known_at).as_of(time("2026-02-10T00:00:00Z").utc()).map(|row| row.version).unwrap();
    assert_eq!(version(None), 3);
    assert_eq!(version(Some(KnownAt::Position(2))), 1);
    assert_eq!(version(Some(KnownAt::Position(3))), 3);
    assert_eq!(version(Some(KnownAt::Time(time("2026-07-02T23:59:59.999999Z")))), 1);
    assert_eq!(version(Some(KnownAt::Time(time("2026-07-03T00:00:00Z")))), 3);
}

#[test]
fn before_the_first_version_the_refusal_names_its_time() {
    let history = history(&[defined(1, 1, "2026-01-01T00:00:00Z")], None);
    let refusal = history.as_of(time("2025-12-31T23:59:59.999999Z").utc()).unwrap_err();
    assert_eq!((refusal.code, refusal.status), (RefusalCode::NotEffective, 404));
    assert_eq!(refusal.facts["firstEffectiveAt"], "2026-01-01T00:00:00Z");
}

#[test]
fn from_the_deprecation_on_the_refusal_names_its_time() {
    let history = history(&[defined(1, 1, "2026-01-01T00:00:00Z"), deprecated(2, "2026-06-01T00:00:00Z")], None);
    assert_eq!(history.as_of(time("2026-05-01T00:00:00Z").utc()).unwrap().version, 1);
    let refusal = history.as_of(time("2026-06-01T00:00:00Z").utc()).unwrap_err();
    assert_eq!((refusal.code, refusal.status), (RefusalCode::Deprecated, 410));
    assert_eq!(refusal.facts["deprecatedAt"], "2026-06-01T00:00:00Z");
    assert_eq!(history.versions(july(31)).unwrap().len(), 1);
}

#[test]
fn a_metric_that_was_not_known_yet_is_unknown() {
    let history = history(&[defined(1, 1, "2026-01-01T00:00:00Z")], Some(KnownAt::Position(0)));
    assert_eq!(history.as_of(time("2026-02-01T00:00:00Z").utc()).unwrap_err().code, RefusalCode::UnknownMetric);
    assert_eq!(history.versions(july(31)).unwrap_err().code, RefusalCode::UnknownMetric);
}

#[test]
fn a_withdrawn_version_is_listed_as_such() {
    let events = [defined(1, 1, "2026-01-01T00:00:00Z"), defined(2, 2, "2027-01-01T00:00:00Z"), withdrawn(3, 2)];
    let rows = history(&events, None).versions(july(31)).unwrap();
    assert_eq!(rows.iter().map(|row| (row.version, row.withdrawn)).collect::<Vec<_>>(), [(1, false), (2, true)]);
    assert_eq!((rows[0].deprecated_at, rows[1].deprecated_at), (None, Some(rows[1].effective_at)));
}

/// How a metric's versions stand on a day of July.
fn statuses(events: &[RecordedEvent], day: u64) -> Vec<Status> {
    history(events, None).versions(july(day)).unwrap().iter().map(|row| row.status).collect()
}

#[test]
fn a_version_is_scheduled_then_effective_then_superseded_or_deprecated() {
    let events = [
        defined(1, 1, "2026-07-10T00:00:00Z"),
        defined(2, 2, "2026-07-20T00:00:00Z"),
        deprecated(3, "2026-07-30T00:00:00Z"),
    ];
    assert_eq!(statuses(&events, 9), [Status::Scheduled, Status::Scheduled]);
    assert_eq!(statuses(&events, 10), [Status::Effective, Status::Scheduled]);
    assert_eq!(statuses(&events, 20), [Status::Superseded, Status::Effective]);
    assert_eq!(statuses(&events, 30), [Status::Superseded, Status::Deprecated]);
}

#[test]
fn a_version_is_effective_until_the_last_microsecond() {
    let events = [defined(1, 1, "2026-07-10T00:00:00Z"), defined(2, 2, "2026-07-20T00:00:00Z")];
    let status = |text: &str| history(&events, None).versions(time(text).utc()).unwrap()[0].status;
    assert_eq!(status("2026-07-09T23:59:59.999999Z"), Status::Scheduled);
    assert_eq!(status("2026-07-19T23:59:59.999999Z"), Status::Effective);
}

#[test]
fn a_version_that_never_governs_has_no_window_and_says_why() {
    let day = "2026-07-10T00:00:00Z";
    let events = [defined(1, 1, day), defined(2, 2, day), defined(3, 3, "2026-07-20T00:00:00Z"), withdrawn(4, 3)];
    assert_eq!(statuses(&events, 31), [Status::NeverEffective, Status::Effective, Status::Withdrawn]);
    let rows = history(&events, None).versions(july(31)).unwrap();
    assert_eq!(rows.iter().map(|row| row.window.is_some()).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn a_version_that_takes_over_at_the_deprecation_supersedes_it() {
    let day = "2026-07-20T00:00:00Z";
    let events = [defined(1, 1, "2026-07-10T00:00:00Z"), deprecated(2, day), defined(3, 2, day)];
    assert_eq!(statuses(&events, 20), [Status::Superseded, Status::Effective]);
    let points = history(&events, None).timeline(july(20)).unwrap();
    let shown: Vec<_> = points.iter().map(|point| (point.version, point.status, point.position)).collect();
    let expected =
        [(Some(1), Status::Superseded, 1), (None, Status::NeverEffective, 2), (Some(2), Status::Effective, 3)];
    assert_eq!(shown, expected);
}

#[test]
fn what_came_in_between_says_between_which_versions() {
    let events = [
        defined(1, 1, "2026-07-10T00:00:00Z"),
        defined(2, 2, "2026-07-20T00:00:00Z"),
        defined(3, 3, "2026-07-15T00:00:00Z"),
        defined(4, 4, "2026-07-05T00:00:00Z"),
        deprecated(5, "2026-07-30T00:00:00Z"),
        defined(6, 5, "2026-07-25T00:00:00Z"),
    ];
    let rows = history(&events, None).versions(july(31)).unwrap();
    let between: Vec<_> = rows.iter().map(|row| row.inserted_between).collect();
    let expected = [None, None, Some([Some(1), Some(2)]), Some([None, Some(1)]), Some([Some(2), None])];
    assert_eq!(between, expected);
    let february = history(&events, None).as_of(july(16)).unwrap();
    let window = Window { from: rows[2].effective_at, until: Some(rows[1].effective_at) };
    assert_eq!((february.version, february.window), (3, Some(window)));
}

/// Everything that can be asked about a day of July, as known at some time, as text.
fn answers(events: &[RecordedEvent], day: u64, known_at: KnownAt) -> String {
    let history = history(events, Some(known_at));
    let governing = history.as_of(july(day)).map_err(|refusal| refusal.problem());
    let rest = (history.versions(july(day)).ok(), history.timeline(july(day)).ok());
    serde_json::to_string(&(governing, rest)).unwrap()
}

/// Metrics with times in July, so that they often meet, and at most one event a day.
fn events() -> impl Strategy<Value = Vec<RecordedEvent>> {
    vec((0..4_u8, 1..31_u64, any::<Index>()), 1..28).prop_map(|steps| {
        let mut versions = 0;
        let step = |(position, (kind, day, index)): (u64, (u8, u64, Index))| {
            let at = Instant::from(july(day)).to_string();
            match kind {
                0 => deprecated(position, &at),
                1 if versions > 0 => withdrawn(position, 1 + index.index(versions as usize) as u32),
                _ => {
                    versions += 1;
                    defined(position, versions, &at)
                }
            }
        };
        (1..).zip(steps).map(step).collect()
    })
}

/// The position of the point that governs on a day, as the contract words the rule, over a plain list.
fn naive(events: &[RecordedEvent], day: u64, known_at: u64) -> Option<u64> {
    let known = || events.iter().filter(|event| event.position <= known_at);
    let field = |event: &RecordedEvent, key: &str| {
        serde_json::from_str::<serde_json::Value>(event.data.get()).unwrap()[key].clone()
    };
    let is_withdrawn = |version: &serde_json::Value| {
        known().any(|event| event.event_type == "MetricVersionWithdrawn" && field(event, "version") == *version)
    };
    let points = known().filter_map(|event| match event.event_type.as_str() {
        "MetricDefined" if is_withdrawn(&field(event, "version")) => None,
        "MetricDefined" => Some((field(event, "effectiveAt"), event.position)),
        "MetricDeprecated" => Some((field(event, "deprecatedAt"), event.position)),
        _ => None,
    });
    let past = points.filter(|(at, _)| time(at.as_str().unwrap()).utc() <= july(day));
    past.max_by_key(|(at, position)| (at.as_str().unwrap().to_owned(), *position)).map(|(_, position)| position)
}

proptest! {
    #[test]
    fn an_answer_known_at_a_time_never_changes_afterwards(events in events(), day in 1..31_u64, index: Index) {
        let known_at = 1 + index.index(events.len()) as u64;
        let before = &events[..known_at as usize];
        for known_at in [KnownAt::Position(known_at), KnownAt::Time(july(known_at).into())] {
            prop_assert_eq!(answers(&events, day, known_at), answers(before, day, known_at));
        }
    }

    #[test]
    fn a_position_and_the_time_of_its_recording_know_the_same(events in events(), day in 1..31_u64, index: Index) {
        let position = 1 + index.index(events.len()) as u64;
        let by_time = answers(&events, day, KnownAt::Time(july(position).into()));
        prop_assert_eq!(by_time, answers(&events, day, KnownAt::Position(position)));
    }

    #[test]
    fn the_one_point_whose_window_holds_a_time_is_the_one_that_the_rule_names(
        events in events(), day in 1..31_u64, index: Index,
    ) {
        let known_at = 1 + index.index(events.len()) as u64;
        let history = history(&events, Some(KnownAt::Position(known_at)));
        let points = history.timeline(july(day)).unwrap_or_default();
        let at = Instant::from(july(day));
        let holds = |window: Window| window.from <= at && window.until.is_none_or(|until| at < until);
        let held: Vec<u64> =
            points.iter().filter(|point| point.window.is_some_and(holds)).map(|point| point.position).collect();
        let effective: Vec<u64> =
            points.iter().filter(|point| point.status == Status::Effective).map(|point| point.position).collect();
        let expected = Vec::from_iter(naive(&events, day, known_at));
        prop_assert_eq!(&held, &expected);
        prop_assert_eq!(&effective, &expected);
        if let Ok(row) = history.as_of(july(day)) {
            prop_assert_eq!(vec![row.position], expected);
        }
    }
}
