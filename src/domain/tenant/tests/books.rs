//! Closed books.

use plinth_events::{
    RefusalCode,
    event::tenant::{TenantEvent, TenantPeriodLocked, TenantRenamed},
};

use super::{given, lock, name, registered};
use crate::domain::Recorded;

fn locked(until: &str) -> TenantEvent {
    TenantPeriodLocked { until: until.parse().unwrap(), reason: None }.into()
}

#[test]
fn the_books_are_closed_until_a_time_that_moves_forward() {
    let (may, june) = ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z");
    let history = || vec![registered("Acme"), locked(may)];
    given(vec![registered("Acme")]).when(lock(may)).then_expect_events(vec![Recorded(locked(may))]);
    given(history()).when(lock(june)).then_expect_events(vec![Recorded(locked(june))]);
    given(history()).when(lock(may)).then_expect_events(vec![]);
    let refusal = given(history()).when(lock("2026-04-30T23:59:59.999Z")).inspect_result().unwrap_err();
    assert_eq!((refusal.code, refusal.status), (RefusalCode::PeriodLocked, 409));
    assert_eq!((refusal.facts["until"].as_str(), refusal.errors[0].pointer.as_str()), (Some(may), "/until"));
}

#[test]
fn only_a_period_that_is_over_is_locked() {
    let registered = || given(vec![registered("Acme")]);
    let now = "2026-07-01T12:00:00Z";
    registered().when(lock(now)).then_expect_events(vec![Recorded(locked(now))]);
    let refusal = registered().when(lock("2026-07-01T12:00:00.001Z")).inspect_result().unwrap_err();
    assert_eq!((refusal.code, refusal.errors[0].pointer.as_str()), (RefusalCode::InvalidValue, "/until"));
}

#[test]
fn a_renamed_tenant_keeps_its_books_closed() {
    let may = "2026-05-01T00:00:00Z";
    let renamed = TenantRenamed { name: name("Acme Ltd") }.into();
    given(vec![registered("Acme"), locked(may), renamed]).when(lock(may)).then_expect_events(vec![]);
}
