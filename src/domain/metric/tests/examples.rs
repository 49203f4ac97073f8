//! The examples of the contract, by their numbers.

use plinth_events::RefusalCode;

use super::*;

fn until(from: &str, until: &str) -> (String, Option<String>) {
    (from.to_owned(), Some(until.to_owned()))
}

fn open(from: &str) -> (String, Option<String>) {
    (from.to_owned(), None)
}

#[test]
fn example_1_a_version_governs_from_its_time_until_the_next() {
    let story = two_versions();
    assert_eq!(story.governing("2026-02-15T00:00:00Z"), Governs::Version(1));
    assert_eq!(story.governing(B), Governs::Version(2));
    assert_eq!(story.governing("2026-02-28T23:59:59.999999Z"), Governs::Version(1));
    assert_eq!(story.governing("2025-12-31T23:59:59Z"), Governs::NotYet(Some(at(A))));
}

#[test]
fn example_2_a_version_fits_in_between_and_was_not_known_before() {
    let february = "2026-02-01T00:00:00Z";
    let story = two_versions().accepts(LATER, define("three", february), &[defined(3, "three", february, true)]);
    assert_eq!(story.governing("2026-02-10T00:00:00Z"), Governs::Version(3));
    assert_eq!(story.governing("2026-03-10T00:00:00Z"), Governs::Version(2));
    assert_eq!(story.before(1).governing("2026-02-10T00:00:00Z"), Governs::Version(1));
    assert_eq!(story.window(1), until(A, february));
    assert_eq!(story.window(3), until(february, B));
    assert_eq!(story.window(2), open(B));
}

#[test]
fn example_3_of_two_versions_at_the_same_time_the_later_one_governs() {
    let story = two_versions().accepts(EARLY, define("three", B), &[defined(3, "three", B, false)]);
    assert_eq!(story.governing(B), Governs::Version(3));
    assert_eq!(story.window(2), until(B, B));
    assert_eq!(story.before(1).governing(B), Governs::Version(2));
}

#[test]
fn example_4_a_deprecated_metric_governs_until_then() {
    let story = one_version_until_c();
    assert_eq!(story.governing("2026-05-15T00:00:00Z"), Governs::Version(1));
    assert_eq!(story.governing(C), Governs::Deprecated(at(C)));
    assert_eq!(story.window(1), until(A, C));
}

#[test]
fn example_5_a_version_after_a_deprecation_leaves_a_gap_or_not() {
    let september = "2026-09-01T00:00:00Z";
    let gap = one_version_until_c().accepts(EARLY, define("two", september), &[defined(2, "two", september, false)]);
    assert_eq!(gap.governing("2026-07-15T00:00:00Z"), Governs::Deprecated(at(C)));
    assert_eq!(gap.governing(september), Governs::Version(2));

    let seamless = one_version_until_c().accepts(EARLY, define("two", C), &[defined(2, "two", C, false)]);
    assert_eq!(seamless.governing(C), Governs::Version(2));
    assert_eq!(seamless.window(1), until(A, C));

    let before = one_version_until_c().accepts(EARLY, define("two", B), &[defined(2, "two", B, false)]);
    assert_eq!(before.governing("2026-04-15T00:00:00Z"), Governs::Version(2));
    assert_eq!(before.governing(C), Governs::Deprecated(at(C)));
}

#[test]
fn example_6_scheduled_versions_are_withdrawn_or_kept_as_the_command_says() {
    let next_year = "2027-01-01T00:00:00Z";
    let story = one_version().accepts(EARLY, define("two", next_year), &[defined(2, "two", next_year, false)]);

    let refusal = story.refuses(LATER, deprecate(LATER, None));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::ScheduledVersionsExist, 409));
    assert_eq!(refusal.facts["scheduledVersions"], serde_json::json!([2]));

    let both = [withdrawn(2), deprecated(LATER, false)];
    let ended = story.clone().accepts(LATER, deprecate(LATER, Some(Scheduled::Withdraw)), &both);
    assert_eq!(ended.governing(next_year), Governs::Deprecated(at(LATER)));
    assert_eq!(ended.window(2), until(next_year, next_year));

    let paused = story.accepts(LATER, deprecate(LATER, Some(Scheduled::Keep)), &[deprecated(LATER, false)]);
    assert_eq!(paused.governing("2026-12-15T00:00:00Z"), Governs::Deprecated(at(LATER)));
    assert_eq!(paused.governing(next_year), Governs::Version(2));
}

#[test]
fn example_7_only_what_governs_can_be_deprecated() {
    let refusal = one_version_until_c().refuses(LATER, deprecate(LATER, None));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::AlreadyDeprecated, 409));
    assert_eq!(refusal.facts["deprecatedAt"], C);

    let refusal = one_version().refuses(EARLY, deprecate(EARLY, None));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::NotEffective, 409));
    assert_eq!(refusal.facts["firstEffectiveAt"], A);

    let refusal = Story::default().refuses(LATER, deprecate(LATER, None));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::UnknownMetric, 404));
}

#[test]
fn example_8_an_effective_version_stays_and_a_withdrawn_number_is_not_used_again() {
    let refusal = two_versions().refuses(B, withdraw(2));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::AlreadyEffective, 409));

    let story = two_versions().accepts("2026-02-28T23:59:59.999Z", withdraw(2), &[withdrawn(2)]);
    story.accepts(LATER, define("three", LATER), &[defined(3, "three", LATER, false)]);
}

#[test]
fn example_9_of_two_defines_that_expect_the_same_version_one_is_accepted() {
    let expecting = |name| DefineMetric { expected_version: Some(1), ..define(name, B) };
    let story = one_version().accepts(EARLY, expecting("two"), &[defined(2, "two", B, false)]);
    let refusal = story.refuses(EARLY, expecting("three"));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::VersionConflict, 409));
    assert_eq!(refusal.facts["current"], 2);
    assert_eq!(refusal.detail, "metric at_risk_customer is at version 2, expected 1");
    story.accepts(EARLY, define("three", B), &[defined(3, "three", B, false)]);
}

#[test]
fn example_10_a_definition_that_says_what_governs_already_is_refused() {
    let refusal = two_versions().refuses(EARLY, define("one", "2026-02-01T00:00:00Z"));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::NoChange, 409));
    assert_eq!(refusal.facts["version"], 1);
    two_versions().accepts(EARLY, define("one", C), &[defined(3, "one", C, false)]);
    one_version_until_c().accepts(EARLY, define("one", C), &[defined(2, "one", C, false)]);
}
