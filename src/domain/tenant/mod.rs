//! A tenant: registered, renamed, deleted; its closed books, which fields its records have, and what its widgets are like.
//! Its id is never used again after the deletion.
//!
//! Whether other commands of the tenant may go on is not decided here: who carries them out asks
//! [`Tenant::is_active`].

mod books;
mod fields;
mod registration;
#[cfg(test)]
mod tests;
mod widget_types;

use plinth_events::{
    Refusal, RefusalCode, TenantId,
    command::{
        metric::DeclareFields,
        tenant::{DeleteTenant, LockTenantPeriod, RegisterTenant},
        widget_type::{DeclareWidgetType, RetireWidgetType},
    },
    event::{erased::ErasedCounts, tenant::TenantEvent},
    names::Name,
    time::Instant,
};
use serde::{Deserialize, Serialize};

pub use self::{books::period_locked, fields::Fields, widget_types::WidgetTypes};
use super::{Context, Decision, aggregate};

/// Where a tenant stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Tenant {
    /// Never registered.
    #[default]
    Unknown,
    /// Registered.
    Active(Registered),
    /// Gone for good.
    Deleted,
}

/// What a registered tenant said so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    name: Name,
    /// Until when its books are closed, if they are.
    locked_until: Option<Instant>,
    /// Which fields its records have.
    fields: Fields,
    /// What its widgets are like.
    widget_types: WidgetTypes,
}

/// What can be asked of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub enum TenantCommand {
    /// Register or rename it.
    Register(RegisterTenant),
    /// Delete it.
    Delete(DeleteTenant),
    /// Say that what it had said is erased.
    NoteErasure(ErasedCounts),
    /// Close its books until a time.
    LockPeriod(LockTenantPeriod),
    /// Say which fields its records have.
    DeclareFields(DeclareFields),
    /// Say what its widgets of a type are like.
    DeclareWidgetType(DeclareWidgetType),
    /// Say nothing about widgets of a type any more.
    RetireWidgetType(RetireWidgetType),
}

aggregate!(Tenant, "tenant", TenantCommand => TenantEvent, Context);

impl Tenant {
    /// Whether the tenant is registered and not deleted.
    pub fn is_active(&self) -> bool {
        self.active().is_some()
    }

    /// Until when its books are closed, if they are: before that time nothing takes effect any more.
    pub fn locked_until(&self) -> Option<Instant> {
        self.active()?.locked_until
    }

    /// Which fields its records have, as far as it said so.
    pub fn fields(&self) -> Fields {
        self.active().map(|tenant| tenant.fields.clone()).unwrap_or_default()
    }

    /// What its widgets are like, as far as it said so.
    pub fn widget_types(&self) -> WidgetTypes {
        self.active().map(|tenant| tenant.widget_types.clone()).unwrap_or_default()
    }

    /// What a command comes to.
    pub fn decide(&self, command: &TenantCommand, context: &Context) -> Decision<TenantEvent> {
        match command {
            TenantCommand::Register(command) => self.register(command, context.tenant),
            TenantCommand::Delete(DeleteTenant {}) => self.delete(context.tenant),
            TenantCommand::NoteErasure(counts) => self.note_erasure(*counts, context.tenant),
            TenantCommand::LockPeriod(command) => self.registered(context.tenant)?.lock_period(command, context),
            TenantCommand::DeclareFields(command) => self.registered(context.tenant)?.declare_fields(command),
            TenantCommand::DeclareWidgetType(command) => self.registered(context.tenant)?.declare_widget_type(command),
            TenantCommand::RetireWidgetType(command) => self.registered(context.tenant)?.retire_widget_type(command),
        }
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: TenantEvent) {
        match event {
            TenantEvent::TenantRegistered(event) => *self = Self::Active(Registered::new(event.name)),
            TenantEvent::TenantDeleted(_) | TenantEvent::TenantErased(_) => *self = Self::Deleted,
            event => {
                // all else happens to registered tenants only
                if let Self::Active(tenant) = self {
                    tenant.evolve(event);
                }
            }
        }
    }

    fn active(&self) -> Option<&Registered> {
        match self {
            Self::Active(tenant) => Some(tenant),
            Self::Unknown | Self::Deleted => None,
        }
    }

    fn registered(&self, tenant: TenantId) -> Result<&Registered, Refusal> {
        match self {
            Self::Unknown => Err(unknown(tenant)),
            Self::Active(registered) => Ok(registered),
            Self::Deleted => Err(deleted(tenant)),
        }
    }
}

impl Registered {
    fn new(name: Name) -> Self {
        Self { name, locked_until: None, fields: Fields::default(), widget_types: WidgetTypes::default() }
    }

    fn evolve(&mut self, event: TenantEvent) {
        match event {
            TenantEvent::TenantRenamed(event) => self.name = event.name,
            TenantEvent::TenantPeriodLocked(event) => self.locked_until = Some(event.until),
            TenantEvent::FieldsDeclared(event) => self.fields = Fields::of(&event),
            TenantEvent::WidgetTypeDeclared(event) => self.widget_types.declare(event),
            TenantEvent::WidgetTypeRetired(event) => self.widget_types.retire(&event.widget_type),
            TenantEvent::TenantRegistered(_) | TenantEvent::TenantDeleted(_) | TenantEvent::TenantErased(_) => {}
        }
    }
}

fn unknown(tenant: TenantId) -> Refusal {
    Refusal::new(RefusalCode::UnknownTenant, format!("tenant {tenant} is unknown"))
}

fn deleted(tenant: TenantId) -> Refusal {
    Refusal::new(RefusalCode::TenantDeleted, format!("tenant {tenant} was deleted, its id is never used again"))
}
