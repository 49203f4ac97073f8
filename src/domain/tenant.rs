//! A tenant: registered, renamed, deleted. Its id is never used again after the deletion.
//!
//! Whether other commands of the tenant may go on is not decided here: who carries them out asks
//! [`Tenant::is_active`].

use plinth_events::{
    Refusal, RefusalCode, TenantId,
    command::tenant::{DeleteTenant, RegisterTenant},
    event::tenant::{TenantDeleted, TenantEvent, TenantRegistered, TenantRenamed},
    names::Name,
};
use serde::{Deserialize, Serialize};

use super::{Context, Decision, aggregate};

/// Where a tenant stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tenant {
    /// Never registered.
    #[default]
    Unknown,
    /// Registered under this name.
    Active(Name),
    /// Gone for good.
    Deleted,
}

/// What can be asked of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub enum TenantCommand {
    /// Register or rename it.
    Register(RegisterTenant),
    /// Delete it.
    Delete(DeleteTenant),
}

aggregate!(Tenant, "tenant", TenantCommand => TenantEvent, Context);

impl Tenant {
    /// Whether the tenant is registered and not deleted.
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Active(_))
    }

    /// What a command comes to.
    pub fn decide(&self, command: &TenantCommand, context: &Context) -> Decision<TenantEvent> {
        match command {
            TenantCommand::Register(command) => self.register(command, context.tenant),
            TenantCommand::Delete(DeleteTenant {}) => self.delete(context.tenant),
        }
    }

    fn register(&self, command: &RegisterTenant, tenant: TenantId) -> Decision<TenantEvent> {
        let name = command.name.clone();
        match self {
            Self::Unknown => Ok(vec![TenantRegistered { name }.into()]),
            Self::Active(current) if *current == name => Ok(Vec::new()),
            Self::Active(_) => Ok(vec![TenantRenamed { name }.into()]),
            Self::Deleted => Err(deleted(tenant)),
        }
    }

    fn delete(&self, tenant: TenantId) -> Decision<TenantEvent> {
        match self {
            Self::Unknown => Err(Refusal::new(RefusalCode::UnknownTenant, format!("tenant {tenant} is unknown"))),
            Self::Active(_) => Ok(vec![TenantDeleted {}.into()]),
            Self::Deleted => Err(deleted(tenant)),
        }
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: TenantEvent) {
        *self = match event {
            TenantEvent::TenantRegistered(event) => Self::Active(event.name),
            TenantEvent::TenantRenamed(event) => Self::Active(event.name),
            TenantEvent::TenantDeleted(_) => Self::Deleted,
        };
    }
}

fn deleted(tenant: TenantId) -> Refusal {
    Refusal::new(RefusalCode::TenantDeleted, format!("tenant {tenant} was deleted, its id is never used again"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use uuid::Uuid;

    use super::*;
    use crate::domain::Recorded;

    fn given(events: Vec<TenantEvent>) -> AggregateTestExecutor<Tenant> {
        let context = Context {
            tenant: TenantId(Uuid::from_u128(1)),
            actor: None,
            actor_is_user: false,
            now: "2026-07-01T12:00:00Z".parse().unwrap(),
            seed: 0,
        };
        TestFramework::with(context).given(events.into_iter().map(Recorded).collect())
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

    const DELETE: TenantCommand = TenantCommand::Delete(DeleteTenant {});

    #[test]
    fn a_new_tenant_is_registered() {
        given(vec![]).when(register("Acme")).then_expect_events(vec![Recorded(registered("Acme"))]);
    }

    #[test]
    fn registering_again_with_the_same_name_changes_nothing() {
        given(vec![registered("Acme")]).when(register("Acme")).then_expect_events(vec![]);
    }

    #[test]
    fn registering_again_with_another_name_renames() {
        let renamed = TenantEvent::from(TenantRenamed { name: name("Acme Ltd") });
        given(vec![registered("Acme")]).when(register("Acme Ltd")).then_expect_events(vec![Recorded(renamed.clone())]);
        given(vec![registered("Acme"), renamed]).when(register("Acme Ltd")).then_expect_events(vec![]);
    }

    #[test]
    fn a_registered_tenant_is_deleted() {
        let deleted = TenantEvent::from(TenantDeleted {});
        given(vec![registered("Acme")]).when(DELETE).then_expect_events(vec![Recorded(deleted)]);
    }

    #[test]
    fn an_unknown_tenant_cannot_be_deleted() {
        let refusal = given(vec![]).when(DELETE).inspect_result().unwrap_err();
        assert_eq!((refusal.code, refusal.status), (RefusalCode::UnknownTenant, 404));
    }

    #[test]
    fn a_deleted_tenant_stays_deleted() {
        for command in [register("Acme"), DELETE] {
            let history = vec![registered("Acme"), TenantDeleted {}.into()];
            let refusal = given(history).when(command).inspect_result().unwrap_err();
            assert_eq!((refusal.code, refusal.status), (RefusalCode::TenantDeleted, 410));
        }
    }

    #[test]
    fn a_tenant_is_active_between_registration_and_deletion() {
        let mut tenant = Tenant::default();
        assert!(!tenant.is_active());
        tenant.evolve(registered("Acme"));
        assert!(tenant.is_active());
        tenant.evolve(TenantDeleted {}.into());
        assert!(!tenant.is_active());
    }
}
