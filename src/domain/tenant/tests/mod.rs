//! Given events, when a command, then events or a refusal: one file a subject.

#![allow(clippy::unwrap_used)]

mod books;
mod fields;
mod registration;
mod widget_types;

use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use plinth_events::{
    RefusalCode,
    command::tenant::{LockTenantPeriod, RegisterTenant},
    event::tenant::{TenantDeleted, TenantEvent, TenantRegistered},
    names::Name,
};

use super::{Tenant, TenantCommand};
use crate::domain::{Context, Recorded};

fn given(events: Vec<TenantEvent>) -> AggregateTestExecutor<Tenant> {
    TestFramework::with(Context::sample()).given(events.into_iter().map(Recorded).collect())
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn register(text: &str) -> TenantCommand {
    TenantCommand::Register(RegisterTenant { name: name(text) })
}

fn registered(text: &str) -> TenantEvent {
    TenantRegistered { name: name(text) }.into()
}

/// The clock of these tests says 2026-07-01T12:00:00Z.
fn lock(until: &str) -> TenantCommand {
    TenantCommand::LockPeriod(LockTenantPeriod { until: until.parse().unwrap(), reason: None })
}

fn declare(body: &str) -> TenantCommand {
    TenantCommand::DeclareFields(serde_json::from_str(body).unwrap())
}

#[test]
fn only_a_registered_tenant_has_books_and_fields() {
    for command in [lock("2026-05-01T00:00:00Z"), declare(r#"{"fields":{}}"#)] {
        let refused = |history| given(history).when(command.clone()).inspect_result().unwrap_err().code;
        assert_eq!(refused(vec![]), RefusalCode::UnknownTenant);
        assert_eq!(refused(vec![registered("Acme"), TenantDeleted {}.into()]), RefusalCode::TenantDeleted);
    }
}
