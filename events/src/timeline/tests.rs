//! The rule in examples, and against a model that reads like the contract.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::event::metric::{MetricDefined, MetricDeprecated, MetricVersionWithdrawn};

fn at(millis: i64) -> Instant {
    DateTime::from_timestamp_millis(millis).unwrap().into()
}

fn defined(version: u32, millis: i64) -> MetricEvent {
    MetricDefined {
        code: "at_risk_customer".parse().unwrap(),
        version,
        name: "At Risk Customer".parse().unwrap(),
        description: "".parse().unwrap(),
        formula: None,
        meaning: None,
        effective_at: at(millis),
        reason: None,
        retroactive: false,
    }
    .into()
}

fn deprecated(millis: i64) -> MetricEvent {
    let code = "at_risk_customer".parse().unwrap();
    let reason = "merged".parse().unwrap();
    MetricDeprecated { code, deprecated_at: at(millis), reason, retroactive: false }.into()
}

fn withdrawn(version: u32) -> MetricEvent {
    let code = "at_risk_customer".parse().unwrap();
    MetricVersionWithdrawn { code, version, reason: "a mistake".parse().unwrap() }.into()
}

fn timeline(events: &[MetricEvent]) -> Timeline {
    let mut timeline = Timeline::default();
    events.iter().for_each(|event| timeline.apply(event));
    timeline
}

fn window(from: i64, until: impl Into<Option<i64>>) -> Option<Window> {
    Some(Window { from: at(from), until: until.into().map(at) })
}

#[test]
fn a_later_version_ends_the_window_of_the_earlier_one() {
    let timeline = timeline(&[defined(1, 10), defined(2, 30), defined(3, 20)]);
    assert_eq!(timeline.window(1), window(10, 20));
    assert_eq!(timeline.window(3), window(20, 30));
    assert_eq!(timeline.window(2), window(30, None));
    assert_eq!(timeline.window(4), None);
}

#[test]
fn a_version_superseded_at_the_same_instant_never_governs() {
    let timeline = timeline(&[defined(1, 10), defined(2, 10)]);
    assert_eq!(timeline.window(1), window(10, 10));
    assert_eq!(timeline.governing(at(10).utc()), Governs::Version(2));
}

#[test]
fn a_withdrawn_version_counts_in_numbers_only() {
    let timeline = timeline(&[defined(1, 10), defined(2, 20), withdrawn(2)]);
    assert_eq!(timeline.latest_version(), 2);
    assert_eq!(timeline.window(2), window(20, 20));
    assert_eq!(timeline.window(1), window(10, None));
    assert_eq!(timeline.governing(at(20).utc()), Governs::Version(1));
    assert_eq!(timeline.scheduled_after(at(15)), [0; 0]);
}

#[test]
fn nothing_falls_back_across_a_deprecation() {
    let timeline = timeline(&[defined(1, 10), deprecated(30), deprecated(20)]);
    assert_eq!(timeline.governing(at(19).utc()), Governs::Version(1));
    assert_eq!(timeline.governing(at(40).utc()), Governs::Deprecated(at(20)));
}

#[test]
fn before_the_first_version_the_answer_names_its_time() {
    let timeline = timeline(&[defined(1, 10), deprecated(15), withdrawn(1), defined(2, 20)]);
    assert_eq!(timeline.governing(at(14).utc()), Governs::NotYet(Some(at(20))));
    assert_eq!(Timeline::default().governing(at(14).utc()), Governs::NotYet(None));
}

/// The rule as the contract words it, over a plain list in the order of recording.
struct Model {
    points: Vec<(i64, Option<u32>)>,
    withdrawn: Vec<u32>,
}

impl Model {
    fn new(events: &[MetricEvent]) -> Self {
        let mut model = Self { points: Vec::new(), withdrawn: Vec::new() };
        for event in events {
            match event {
                MetricEvent::MetricDefined(event) => {
                    model.points.push((event.effective_at.utc().timestamp_millis(), Some(event.version)));
                }
                MetricEvent::MetricDeprecated(event) => {
                    model.points.push((event.deprecated_at.utc().timestamp_millis(), None));
                }
                MetricEvent::MetricVersionWithdrawn(event) => model.withdrawn.push(event.version),
            }
        }
        model
    }

    /// Outer none: nothing yet. Inner none: deprecated.
    fn governing(&self, as_of: i64) -> Option<Option<u32>> {
        let points = self.points.iter().enumerate();
        points
            .filter(|(_, (time, _))| *time <= as_of)
            .filter(|(_, (_, value))| value.is_none_or(|version| !self.withdrawn.contains(&version)))
            .max_by_key(|(sequence, (time, _))| (*time, *sequence))
            .map(|(_, (_, value))| *value)
    }
}

/// Histories of times from 0 to 19, so that they often meet.
fn history() -> impl Strategy<Value = Vec<MetricEvent>> {
    prop::collection::vec((0..4_u8, 0..20_i64, any::<prop::sample::Index>()), 0..20).prop_map(|steps| {
        let (mut events, mut versions) = (Vec::new(), 0);
        for (kind, time, index) in steps {
            match kind {
                0 => events.push(deprecated(time)),
                1 if versions > 0 => events.push(withdrawn(1 + index.index(versions as usize) as u32)),
                _ => {
                    versions += 1;
                    events.push(defined(versions, time));
                }
            }
        }
        events
    })
}

proptest! {
    #[test]
    fn the_timeline_says_what_the_rule_says(events in history(), as_of in -1..21_i64) {
        let governing = match timeline(&events).governing(at(as_of).utc()) {
            Governs::NotYet(_) => None,
            Governs::Version(version) => Some(Some(version)),
            Governs::Deprecated(_) => Some(None),
        };
        prop_assert_eq!(governing, Model::new(&events).governing(as_of));
    }

    #[test]
    fn windows_partition_time(events in history(), as_of in -1..21_i64) {
        let timeline = timeline(&events);
        let holds = |window: Window| window.from <= at(as_of) && window.until.is_none_or(|until| until > at(as_of));
        let open: Vec<u32> =
            timeline.windows().filter(|(_, window)| holds(*window)).map(|(version, _)| version).collect();
        let governing = Model::new(&events).governing(as_of).flatten();
        prop_assert_eq!(open, Vec::from_iter(governing));
    }

    #[test]
    fn stretches_partition_time_and_say_what_governs(events in history(), as_of in -1..21_i64) {
        let timeline = timeline(&events);
        let stretches = timeline.stretches();
        prop_assert!(stretches[0].from.is_none() && stretches[stretches.len() - 1].until.is_none());
        prop_assert!(stretches.windows(2).all(|pair| pair[0].until == pair[1].from && pair[0].from < pair[0].until));
        let is_past = |from: Option<Instant>| from.is_none_or(|from| from <= at(as_of));
        let stretch = stretches.iter().rev().find(|stretch| is_past(stretch.from)).unwrap();
        let governing = timeline.governing(at(as_of).utc()).version();
        prop_assert_eq!((stretch.standing == Standing::Effective).then_some(stretch.version), governing);
        let after = stretch.until.and_then(|until| timeline.governing(until.utc()).version());
        prop_assert_eq!(stretch.next, after);
    }

    #[test]
    fn every_version_keeps_its_number_and_its_start(events in history()) {
        let timeline = timeline(&events);
        let mut versions: Vec<u32> = timeline.windows().map(|(version, _)| version).collect();
        versions.sort_unstable();
        prop_assert_eq!(versions, Vec::from_iter(1..=timeline.latest_version()));
        for event in &events {
            if let MetricEvent::MetricDefined(event) = event {
                prop_assert_eq!(timeline.window(event.version).unwrap().from, event.effective_at);
            }
        }
    }
}
