//! Declared types of widgets.

use plinth_events::{
    RefusalCode,
    command::widget_type::RetireWidgetType,
    event::tenant::{TenantEvent, WidgetTypeRetired},
    limits,
};

use super::{given, registered};
use crate::domain::{
    Recorded,
    tenant::{Tenant, TenantCommand},
};

fn declare_type(widget: &str, title: &str) -> TenantCommand {
    let body = format!(r#"{{"widgetType":"{widget}","title":"{title}","configSchema":{{"type":"object"}}}}"#);
    TenantCommand::DeclareWidgetType(serde_json::from_str(&body).unwrap())
}

fn type_declared(widget: &str, title: &str) -> TenantEvent {
    let TenantCommand::DeclareWidgetType(command) = declare_type(widget, title) else { unreachable!() };
    TenantEvent::WidgetTypeDeclared(serde_json::from_value(serde_json::to_value(command).unwrap()).unwrap())
}

#[test]
fn a_type_of_widgets_is_declared_in_place_of_what_was_said_before_and_retired() {
    let retire =
        |widget: &str| TenantCommand::RetireWidgetType(RetireWidgetType { widget_type: widget.parse().unwrap() });
    let sales = || type_declared("sales", "Sales");
    let history = || vec![registered("Acme"), sales()];
    given(vec![registered("Acme")]).when(declare_type("sales", "Sales")).then_expect_events(vec![Recorded(sales())]);
    given(history()).when(declare_type("sales", "Sales")).then_expect_events(vec![]);
    let again = type_declared("sales", "Revenue");
    given(history()).when(declare_type("sales", "Revenue")).then_expect_events(vec![Recorded(again)]);
    let retired = TenantEvent::from(WidgetTypeRetired { widget_type: "sales".parse().unwrap() });
    given(history()).when(retire("sales")).then_expect_events(vec![Recorded(retired.clone())]);
    given(history()).when(retire("tasks")).then_expect_events(vec![]);
    given([history(), vec![retired]].concat()).when(retire("sales")).then_expect_events(vec![]);
    for command in [declare_type("sales", "Sales"), retire("sales")] {
        let refusal = given(vec![]).when(command).inspect_result().unwrap_err();
        assert_eq!(refusal.code, RefusalCode::UnknownTenant);
    }
}

#[test]
fn only_so_many_types_of_widgets_are_declared() {
    let declared = (0..limits::WIDGET_TYPES).map(|index| type_declared(&format!("w{index}"), "Widget"));
    let history: Vec<TenantEvent> = [registered("Acme")].into_iter().chain(declared).collect();
    let refusal = given(history.clone()).when(declare_type("x", "X")).inspect_result().unwrap_err();
    assert_eq!((refusal.code, refusal.errors[0].pointer.as_str()), (RefusalCode::TooLarge, "/widgetType"));
    let again = Recorded(type_declared("w0", "Other"));
    given(history).when(declare_type("w0", "Other")).then_expect_events(vec![again]);
}

#[test]
fn a_tenant_with_declared_types_survives_being_stored() {
    let mut tenant = Tenant::default();
    [registered("Acme"), type_declared("sales", "Sales")].into_iter().for_each(|event| tenant.evolve(event));
    let stored = serde_json::to_string(&tenant).unwrap();
    assert_eq!(serde_json::from_str::<Tenant>(&stored).unwrap(), tenant);
}
