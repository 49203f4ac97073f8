//! That a tenant is there, under which name, that it is deleted, and that what it had said is erased.

use plinth_events::{
    Refusal, RefusalCode, TenantId,
    command::tenant::RegisterTenant,
    event::{
        erased::ErasedCounts,
        tenant::{TenantDeleted, TenantErased, TenantEvent, TenantRegistered, TenantRenamed},
    },
};

use super::{Tenant, deleted};
use crate::domain::Decision;

impl Tenant {
    pub(super) fn register(&self, command: &RegisterTenant, tenant: TenantId) -> Decision<TenantEvent> {
        let name = command.name.clone();
        match self {
            Self::Unknown => Ok(vec![TenantRegistered { name }.into()]),
            Self::Active(registered) if registered.name == name => Ok(Vec::new()),
            Self::Active(_) => Ok(vec![TenantRenamed { name }.into()]),
            Self::Deleted => Err(deleted(tenant)),
        }
    }

    pub(super) fn delete(&self, tenant: TenantId) -> Decision<TenantEvent> {
        self.registered(tenant)?;
        Ok(vec![TenantDeleted {}.into()])
    }

    pub(super) fn note_erasure(&self, counts: ErasedCounts, tenant: TenantId) -> Decision<TenantEvent> {
        match self {
            Self::Deleted => Ok(vec![TenantErased { counts }.into()]),
            Self::Unknown | Self::Active(_) => Err(not_deleted(tenant)),
        }
    }
}

fn not_deleted(tenant: TenantId) -> Refusal {
    Refusal::new(RefusalCode::UnknownTenant, format!("tenant {tenant} is not deleted, so nothing of it is erased"))
}
