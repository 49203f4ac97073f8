//! Every refusal that the examples do not show, and the borders of those they do.

use plinth_events::RefusalCode;

use super::*;

#[test]
fn a_definition_without_an_actor_names_the_header() {
    let nobody = Context { actor: None, actor_is_user: false, ..context(EARLY) };
    let refusal = Story::default().decide(nobody, define("one", A)).unwrap_err();
    assert_eq!((refusal.code, refusal.status), (RefusalCode::UnknownActor, 422));
    assert_eq!(refusal.detail, "a definition needs an author: the header Plinth-Actor is missing");
}

#[test]
fn an_actor_who_is_no_user_is_refused_by_every_command() {
    let stranger = || Context { actor_is_user: false, ..context(EARLY) };
    let commands: [MetricCommand; 3] = [define("three", C).into(), deprecate(C, None).into(), withdraw(2).into()];
    for command in commands {
        let refusal = two_versions().decide(stranger(), command).unwrap_err();
        assert_eq!((refusal.code, refusal.status), (RefusalCode::UnknownActor, 422));
        assert_eq!(refusal.detail, format!("Plinth-Actor {ACTOR} is not a user of the tenant"));
    }
}

#[test]
fn a_deprecation_and_a_withdrawal_need_no_actor() {
    let nobody = || Context { actor: None, actor_is_user: false, ..context(EARLY) };
    assert_eq!(two_versions().decide(nobody(), deprecate(C, None)).unwrap(), [deprecated(C, false)]);
    assert_eq!(two_versions().decide(nobody(), withdraw(2)).unwrap(), [withdrawn(2)]);
}

#[test]
fn times_default_to_the_recording_in_milliseconds() {
    let now = "2026-03-01T00:00:00.123456Z";
    let cut = "2026-03-01T00:00:00.123Z";
    let define_now = DefineMetric { effective_at: None, reason: None, ..define("one", A) };
    let events = Story::default().decide(context(now), define_now).unwrap();
    let [MetricEvent::MetricDefined(defined)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((defined.effective_at, defined.retroactive), (at(cut), false));

    let deprecate_now = DeprecateMetric { deprecated_at: None, ..deprecate(A, None) };
    assert_eq!(one_version().decide(context(now), deprecate_now).unwrap(), [deprecated(cut, false)]);
}

#[test]
fn only_a_time_before_the_millisecond_of_the_recording_needs_a_reason() {
    let now = "2026-03-01T00:00:00.123456Z";
    let unexplained = |time| DefineMetric { reason: None, ..define("one", time) };
    let refusal = Story::default().refuses(now, unexplained("2026-03-01T00:00:00.122Z"));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::ReasonRequired, 422));
    assert_eq!(refusal.errors[0].pointer, "/reason");
    assert!(Story::default().decide(context(now), unexplained("2026-03-01T00:00:00.123Z")).is_ok());
}

#[test]
fn a_deprecation_in_the_past_is_retroactive() {
    one_version().accepts(LATER, deprecate(C, None), &[deprecated(C, true)]);
}

#[test]
fn ten_years_ahead_are_allowed_and_no_more() {
    let (now, ten_years) = ("2026-03-01T00:00:00Z", "2036-03-01T00:00:00Z");
    let more = "2036-03-01T00:00:00.001Z";
    assert!(one_version().decide(context(now), define("two", ten_years)).is_ok());
    assert!(one_version().decide(context(now), deprecate(ten_years, None)).is_ok());

    let refusal = one_version().refuses(now, define("two", more));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::TooFarAhead, 422));
    assert_eq!(refusal.errors[0].pointer, "/effectiveAt");
    let refusal = one_version().refuses(now, deprecate(more, None));
    assert_eq!((refusal.code, refusal.errors[0].pointer.as_str()), (RefusalCode::TooFarAhead, "/deprecatedAt"));
}

#[test]
fn a_new_metric_is_at_version_0() {
    let expecting = |version| DefineMetric { expected_version: Some(version), ..define("one", A) };
    assert!(Story::default().decide(context(EARLY), expecting(0)).is_ok());
    assert_eq!(Story::default().refuses(EARLY, expecting(1)).facts["current"], 0);
}

#[test]
fn another_name_or_description_is_a_change() {
    let described = DefineMetric { description: "no order for 30 days".parse().unwrap(), ..define("one", A) };
    assert!(one_version().decide(context(EARLY), described).is_ok());
    assert!(one_version().decide(context(EARLY), define("One", A)).is_ok());
}

#[test]
fn an_effective_version_cannot_be_withdrawn_with_a_deprecation_before_it() {
    let story = two_versions().accepts(EARLY, define("three", LATER), &[defined(3, "three", LATER, false)]);
    let february = "2026-02-01T00:00:00Z";
    let refusal = story.refuses(C, deprecate(february, Some(Scheduled::Withdraw)));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::AlreadyEffective, 409));
    assert_eq!(refusal.facts["versions"], serde_json::json!([2]));

    let kept = story.accepts(C, deprecate(february, Some(Scheduled::Keep)), &[deprecated(february, true)]);
    assert_eq!(kept.governing(february), Governs::Deprecated(at(february)));
    assert_eq!(kept.governing(B), Governs::Version(2));
}

#[test]
fn a_metric_whose_only_version_is_withdrawn_is_not_effective() {
    let story = one_version().accepts(EARLY, withdraw(1), &[withdrawn(1)]);
    let refusal = story.refuses(LATER, deprecate(LATER, None));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::NotEffective, 409));
    assert!(refusal.facts["firstEffectiveAt"].is_null());
}

#[test]
fn only_a_known_version_can_be_withdrawn_and_only_once() {
    let refusal = Story::default().refuses(EARLY, withdraw(1));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::UnknownMetric, 404));
    for version in [0, 3] {
        let refusal = two_versions().refuses(EARLY, withdraw(version));
        assert_eq!((refusal.code, refusal.status), (RefusalCode::UnknownVersion, 404));
    }
    let story = two_versions().accepts(EARLY, withdraw(2), &[withdrawn(2)]);
    let refusal = story.refuses(EARLY, withdraw(2));
    assert_eq!((refusal.code, refusal.status), (RefusalCode::AlreadyWithdrawn, 409));
}
