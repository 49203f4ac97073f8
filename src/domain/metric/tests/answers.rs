//! What accepted commands answer, and what the state keeps.

use plinth_events::reply::{MetricDeprecation, MetricVersion};

use super::*;
use crate::domain::metric::MetricAnswer;

/// The answer to the command that the last few events came from.
fn answer(story: &Story, events: usize) -> MetricAnswer {
    story.metric().answer(&story.events[story.events.len() - events..]).unwrap()
}

#[test]
fn a_definition_answers_with_the_window_of_its_version() {
    let february = "2026-02-01T00:00:00Z";
    let story = two_versions().accepts(EARLY, define("three", february), &[defined(3, "three", february, false)]);
    let window = MetricVersion { version: 3, effective_at: at(february), deprecated_at: Some(at(B)) };
    assert_eq!(answer(&story, 1), MetricAnswer::Version(window));
    let json = serde_json::json!({ "version": 3, "effectiveAt": february, "deprecatedAt": B });
    assert_eq!(serde_json::to_value(answer(&story, 1)).unwrap(), json);
}

#[test]
fn a_withdrawal_answers_with_an_empty_window() {
    let story = two_versions().accepts(EARLY, withdraw(2), &[withdrawn(2)]);
    let window = MetricVersion { version: 2, effective_at: at(B), deprecated_at: Some(at(B)) };
    assert_eq!(answer(&story, 1), MetricAnswer::Version(window));
}

#[test]
fn a_deprecation_answers_with_the_versions_withdrawn_with_it() {
    let end = "2026-02-01T00:00:00Z";
    let command = deprecate(end, Some(Scheduled::Withdraw));
    let story = two_versions().accepts(EARLY, command, &[withdrawn(2), deprecated(end, false)]);
    let deprecation = MetricDeprecation { deprecated_at: at(end), withdrawn_versions: vec![2] };
    assert_eq!(answer(&story, 2), MetricAnswer::Deprecation(deprecation));
}

#[test]
fn without_events_there_is_no_answer() {
    assert_eq!(two_versions().metric().answer(&[]), None);
}

#[test]
fn the_state_survives_serialisation() {
    let metric = two_versions().metric();
    let text = serde_json::to_string(&metric).unwrap();
    assert_eq!(serde_json::from_str::<Metric>(&text).unwrap(), metric);
}
