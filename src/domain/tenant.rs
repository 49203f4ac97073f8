//! A tenant: registered, renamed, deleted; its closed books, which fields its records have, and what its widgets are like.
//! Its id is never used again after the deletion.
//!
//! Whether other commands of the tenant may go on is not decided here: who carries them out asks
//! [`Tenant::is_active`].

use std::{ops::Deref, sync::Arc};

use plinth_events::{
    Refusal, RefusalCode, TenantId,
    command::{
        metric::DeclareFields,
        tenant::{DeleteTenant, LockTenantPeriod, RegisterTenant},
        widget_type::{DeclareWidgetType, RetireWidgetType},
    },
    event::{
        erased::ErasedCounts,
        tenant::{
            FieldsDeclared, TenantDeleted, TenantErased, TenantEvent, TenantPeriodLocked, TenantRegistered,
            TenantRenamed, WidgetTypeDeclared, WidgetTypeRetired,
        },
    },
    limits,
    names::Name,
    time::Instant,
};
use plinth_formula::Catalogue;
use serde::{Deserialize, Serialize};

use super::{Context, Decision, aggregate, widget_types::WidgetTypes};
use crate::formulas::catalogue;

/// Where a tenant stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Tenant {
    /// Never registered.
    #[default]
    Unknown,
    /// Registered.
    Active {
        /// Under this name.
        name: Name,
        /// Until when its books are closed, if they are.
        locked_until: Option<Instant>,
        /// Which fields its records have.
        fields: Fields,
        /// What its widgets are like.
        widget_types: WidgetTypes,
    },
    /// Gone for good.
    Deleted,
}

/// Which fields the records of a tenant have: shared, since every command of the tenant gets a copy of its state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Catalogue", into = "Catalogue")]
pub struct Fields(Arc<Catalogue>);

impl From<Catalogue> for Fields {
    fn from(catalogue: Catalogue) -> Self {
        Self(Arc::new(catalogue))
    }
}

impl From<Fields> for Catalogue {
    fn from(fields: Fields) -> Self {
        Arc::unwrap_or_clone(fields.0)
    }
}

impl Deref for Fields {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        &self.0
    }
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
        matches!(self, Self::Active { .. })
    }

    /// Until when its books are closed, if they are: before that time nothing takes effect any more.
    pub fn locked_until(&self) -> Option<Instant> {
        match self {
            Self::Active { locked_until, .. } => *locked_until,
            Self::Unknown | Self::Deleted => None,
        }
    }

    /// Which fields its records have, as far as it said so.
    pub fn fields(&self) -> Fields {
        match self {
            Self::Active { fields, .. } => fields.clone(),
            Self::Unknown | Self::Deleted => Fields::default(),
        }
    }

    /// What its widgets are like, as far as it said so.
    pub fn widget_types(&self) -> WidgetTypes {
        match self {
            Self::Active { widget_types, .. } => widget_types.clone(),
            Self::Unknown | Self::Deleted => WidgetTypes::default(),
        }
    }

    /// What a command comes to.
    pub fn decide(&self, command: &TenantCommand, context: &Context) -> Decision<TenantEvent> {
        match command {
            TenantCommand::Register(command) => self.register(command, context.tenant),
            TenantCommand::Delete(DeleteTenant {}) => self.delete(context.tenant),
            TenantCommand::NoteErasure(counts) => self.note_erasure(*counts, context.tenant),
            TenantCommand::LockPeriod(command) => self.lock_period(command, context),
            TenantCommand::DeclareFields(command) => self.declare_fields(command, context.tenant),
            TenantCommand::DeclareWidgetType(command) => self.declare_widget_type(command, context.tenant),
            TenantCommand::RetireWidgetType(command) => self.retire_widget_type(command, context.tenant),
        }
    }

    fn note_erasure(&self, counts: ErasedCounts, tenant: TenantId) -> Decision<TenantEvent> {
        match self {
            Self::Deleted => Ok(vec![TenantErased { counts }.into()]),
            Self::Unknown | Self::Active { .. } => Err(not_deleted(tenant)),
        }
    }

    fn register(&self, command: &RegisterTenant, tenant: TenantId) -> Decision<TenantEvent> {
        let name = command.name.clone();
        match self {
            Self::Unknown => Ok(vec![TenantRegistered { name }.into()]),
            Self::Active { name: current, .. } if *current == name => Ok(Vec::new()),
            Self::Active { .. } => Ok(vec![TenantRenamed { name }.into()]),
            Self::Deleted => Err(deleted(tenant)),
        }
    }

    fn delete(&self, tenant: TenantId) -> Decision<TenantEvent> {
        match self {
            Self::Unknown => Err(unknown(tenant)),
            Self::Active { .. } => Ok(vec![TenantDeleted {}.into()]),
            Self::Deleted => Err(deleted(tenant)),
        }
    }

    /// The books are never opened again, so a time to come is taken for a mistake.
    fn lock_period(&self, command: &LockTenantPeriod, context: &Context) -> Decision<TenantEvent> {
        let LockTenantPeriod { until, reason } = command;
        let locked_until = match self {
            Self::Unknown => return Err(unknown(context.tenant)),
            Self::Deleted => return Err(deleted(context.tenant)),
            Self::Active { locked_until, .. } => *locked_until,
        };
        match locked_until {
            Some(locked) if locked == *until => Ok(Vec::new()),
            Some(locked) if locked > *until => Err(period_locked(locked, "until", *until)),
            _ if *until > context.now_millis() => {
                let now = context.now_millis();
                let detail = format!("the period until {until} is not over, the latest time allowed is {now}");
                Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/until"))
            }
            _ => Ok(vec![TenantPeriodLocked { until: *until, reason: reason.clone() }.into()]),
        }
    }

    fn declare_fields(&self, command: &DeclareFields, tenant: TenantId) -> Decision<TenantEvent> {
        let DeclareFields { fields, undeclared } = command.clone();
        match self {
            Self::Unknown => Err(unknown(tenant)),
            Self::Deleted => Err(deleted(tenant)),
            Self::Active { fields: declared, .. } if **declared == catalogue(&fields, undeclared) => Ok(Vec::new()),
            Self::Active { .. } => Ok(vec![FieldsDeclared { fields, undeclared }.into()]),
        }
    }

    /// That its schema is one was seen before.
    fn declare_widget_type(&self, command: &DeclareWidgetType, tenant: TenantId) -> Decision<TenantEvent> {
        let declared = self.declared_widget_types(tenant)?;
        let DeclareWidgetType { widget_type, title, description, config_schema, default_size, default_config } =
            command.clone();
        let event = WidgetTypeDeclared { widget_type, title, description, config_schema, default_size, default_config };
        match declared.find(&event.widget_type) {
            Some(before) if *before == event => Ok(Vec::new()),
            None if declared.len() >= limits::WIDGET_TYPES => {
                let detail = format!("{} types of widgets are declared, that is how many may be", declared.len());
                Err(Refusal::new(RefusalCode::TooLarge, detail).at("/widgetType"))
            }
            _ => Ok(vec![event.into()]),
        }
    }

    fn retire_widget_type(&self, command: &RetireWidgetType, tenant: TenantId) -> Decision<TenantEvent> {
        let RetireWidgetType { widget_type } = command.clone();
        let is_declared = self.declared_widget_types(tenant)?.find(&widget_type).is_some();
        Ok(is_declared.then(|| WidgetTypeRetired { widget_type }.into()).into_iter().collect())
    }

    fn declared_widget_types(&self, tenant: TenantId) -> Result<&WidgetTypes, Refusal> {
        match self {
            Self::Unknown => Err(unknown(tenant)),
            Self::Deleted => Err(deleted(tenant)),
            Self::Active { widget_types, .. } => Ok(widget_types),
        }
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: TenantEvent) {
        match (&mut *self, event) {
            (Self::Active { name, .. }, TenantEvent::TenantRenamed(event)) => *name = event.name,
            (Self::Active { locked_until, .. }, TenantEvent::TenantPeriodLocked(event)) => {
                *locked_until = Some(event.until);
            }
            (Self::Active { fields, .. }, TenantEvent::FieldsDeclared(event)) => {
                *fields = catalogue(&event.fields, event.undeclared).into();
            }
            (Self::Active { widget_types, .. }, TenantEvent::WidgetTypeDeclared(event)) => widget_types.declare(event),
            (Self::Active { widget_types, .. }, TenantEvent::WidgetTypeRetired(event)) => {
                widget_types.retire(&event.widget_type);
            }
            (_, TenantEvent::TenantRegistered(event)) => {
                let (fields, widget_types) = (Fields::default(), WidgetTypes::default());
                *self = Self::Active { name: event.name, locked_until: None, fields, widget_types };
            }
            (_, TenantEvent::TenantDeleted(_) | TenantEvent::TenantErased(_)) => *self = Self::Deleted,
            // these happen to registered tenants only
            (
                _,
                TenantEvent::TenantRenamed(_)
                | TenantEvent::TenantPeriodLocked(_)
                | TenantEvent::FieldsDeclared(_)
                | TenantEvent::WidgetTypeDeclared(_)
                | TenantEvent::WidgetTypeRetired(_),
            ) => {}
        }
    }
}

/// The books are closed until a time that is later than the one under this key of the body.
pub fn period_locked(until: Instant, key: &str, time: Instant) -> Refusal {
    let detail = format!("{key} {time} lies in the period until {until}, which is locked");
    Refusal::new(RefusalCode::PeriodLocked, detail).at(&format!("/{key}")).fact("until", until.to_string())
}

fn unknown(tenant: TenantId) -> Refusal {
    Refusal::new(RefusalCode::UnknownTenant, format!("tenant {tenant} is unknown"))
}

fn not_deleted(tenant: TenantId) -> Refusal {
    Refusal::new(RefusalCode::UnknownTenant, format!("tenant {tenant} is not deleted, so nothing of it is erased"))
}

fn deleted(tenant: TenantId) -> Refusal {
    Refusal::new(RefusalCode::TenantDeleted, format!("tenant {tenant} was deleted, its id is never used again"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};

    use super::*;
    use crate::domain::Recorded;

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

    fn locked(until: &str) -> TenantEvent {
        TenantPeriodLocked { until: until.parse().unwrap(), reason: None }.into()
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

    #[test]
    fn only_a_registered_tenant_has_books_and_fields() {
        for command in [lock("2026-05-01T00:00:00Z"), declare(r#"{"fields":{}}"#)] {
            let refused = |history| given(history).when(command.clone()).inspect_result().unwrap_err().code;
            assert_eq!(refused(vec![]), RefusalCode::UnknownTenant);
            assert_eq!(refused(vec![registered("Acme"), TenantDeleted {}.into()]), RefusalCode::TenantDeleted);
        }
    }

    fn declare(body: &str) -> TenantCommand {
        TenantCommand::DeclareFields(serde_json::from_str(body).unwrap())
    }

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
        given(vec![registered("Acme")])
            .when(declare_type("sales", "Sales"))
            .then_expect_events(vec![Recorded(sales())]);
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
}
