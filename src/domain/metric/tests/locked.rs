//! Books that are closed: nothing takes effect before their end any more, so nothing there changes.

use plinth_events::RefusalCode;
use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;

/// The books are closed until B, and it is later.
fn closed_until_b() -> MetricContext {
    MetricContext { common: context(LATER), locked_until: Some(at(B)), fields: Fields::default() }
}

#[test]
fn nothing_takes_effect_before_the_end_of_the_period() {
    let before = "2026-02-28T23:59:59.999Z";
    let commands: [(MetricCommand, &str); 2] =
        [(define("two", before).into(), "/effectiveAt"), (deprecate(before, None).into(), "/deprecatedAt")];
    for (command, pointer) in commands {
        let refusal = one_version().decide_with(closed_until_b(), command).unwrap_err();
        assert_eq!((refusal.code, refusal.status), (RefusalCode::PeriodLocked, 409));
        assert_eq!((refusal.facts["until"].as_str(), refusal.errors[0].pointer.as_str()), (Some(B), pointer));
    }
}

#[test]
fn from_the_end_of_the_period_on_all_is_as_before() {
    let events = one_version().decide_with(closed_until_b(), define("two", B)).unwrap();
    assert_eq!(events, [defined(2, "two", B, true)]);
    let events = one_version().decide_with(closed_until_b(), deprecate(B, None)).unwrap();
    assert_eq!(events, [deprecated(B, true)]);
    let now = DefineMetric { effective_at: None, ..define("two", B) };
    assert_eq!(one_version().decide_with(closed_until_b(), now).unwrap(), [defined(2, "two", LATER, false)]);
}

#[test]
fn a_reason_opens_no_books() {
    let unexplained = DefineMetric { reason: None, ..define("two", A) };
    let refusal = one_version().decide_with(closed_until_b(), unexplained).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::PeriodLocked);
}

/// A time in days from A on.
fn day(days: i64) -> String {
    at(A).plus_millis(days * 86_400_000).to_string()
}

fn command() -> impl Strategy<Value = MetricCommand> {
    prop_oneof![
        (0..100_i64, 0..3_u8).prop_map(|(days, name)| define(&name.to_string(), &day(days)).into()),
        (0..100_i64).prop_map(|days| deprecate(&day(days), None).into()),
        (0..100_i64).prop_map(|days| deprecate(&day(days), Some(Scheduled::Withdraw)).into()),
        (0..100_i64).prop_map(|days| deprecate(&day(days), Some(Scheduled::Keep)).into()),
        (1..9_u32).prop_map(|version| withdraw(version).into()),
    ]
}

proptest! {
    #[test]
    fn what_governed_in_a_locked_period_never_changes(
        commands in vec(command(), 1..30), now in 0..60_i64, locked in 0..60_i64, closed_after: Index,
    ) {
        let (now, locked) = (now.max(locked), at(&day(locked)));
        let governing = |story: &Story| {
            let past = (-1..100).map(day).filter(|day| at(day) < locked);
            past.map(|day| story.governing(&day)).map(Governs::version).collect::<Vec<_>>()
        };
        let closed_after = closed_after.index(commands.len());
        let (mut story, mut closed) = (Story::default(), None);
        for (index, command) in commands.into_iter().enumerate() {
            if index == closed_after {
                closed = Some(governing(&story));
            }
            let context = MetricContext { common: context(&day(now)), locked_until: closed.is_some().then_some(locked), fields: Fields::default() };
            story.events.extend(story.decide_with(context, command).unwrap_or_default());
            prop_assert!(closed.as_ref().is_none_or(|closed| *closed == governing(&story)));
        }
    }
}
