//! Registration, deletion and erasure.

use plinth_events::{
    RefusalCode,
    command::tenant::DeleteTenant,
    event::{
        erased::ErasedCounts,
        tenant::{TenantDeleted, TenantErased, TenantEvent, TenantRenamed},
    },
};

use super::{given, name, register, registered};
use crate::domain::{
    Recorded,
    tenant::{Tenant, TenantCommand},
};

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
fn only_of_a_deleted_tenant_it_is_said_that_it_is_erased() {
    let counts = ErasedCounts { events: 3, answers: 2, messages: 4 };
    let (note, erased) = (TenantCommand::NoteErasure(counts), TenantEvent::from(TenantErased { counts }));
    let deleted = vec![registered("Acme"), TenantDeleted {}.into()];
    given(deleted.clone()).when(note.clone()).then_expect_events(vec![Recorded(erased.clone())]);
    // as it is folded later, when its name is gone
    let refusal = given(vec![TenantDeleted {}.into(), erased]).when(register("Acme")).inspect_result().unwrap_err();
    assert_eq!(refusal.code, RefusalCode::TenantDeleted);
    let refusal = given(vec![registered("Acme")]).when(note).inspect_result().unwrap_err();
    assert_eq!(refusal.code, RefusalCode::UnknownTenant);
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
