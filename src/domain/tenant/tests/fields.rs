//! Declared fields.

use plinth_events::event::tenant::TenantEvent;

use super::{declare, given, registered};
use crate::domain::{Recorded, tenant::Tenant};

#[test]
fn fields_are_declared_in_place_of_those_before() {
    let (first, second) = (r#"{"fields":{"a":"instant"}}"#, r#"{"fields":{"b":"decimal"},"undeclared":"refused"}"#);
    let declared = |body: &str| TenantEvent::FieldsDeclared(serde_json::from_str(body).unwrap());
    let first_event = declared(r#"{"fields":{"a":"instant"},"undeclared":"allowed"}"#);
    let history = || vec![registered("Acme"), first_event.clone()];
    given(vec![registered("Acme")]).when(declare(first)).then_expect_events(vec![Recorded(first_event.clone())]);
    given(history()).when(declare(first)).then_expect_events(vec![]);
    given(history()).when(declare(second)).then_expect_events(vec![Recorded(declared(second))]);
    given(vec![registered("Acme")]).when(declare(r#"{"fields":{}}"#)).then_expect_events(vec![]);
    let mut tenant = Tenant::default();
    history().into_iter().for_each(|event| tenant.evolve(event));
    tenant.evolve(declared(second));
    assert_eq!(tenant.fields().fields.keys().map(ToString::to_string).collect::<Vec<_>>(), ["b"]);
}
