//! The table `DashboardWidget`: the effective layout of the tenant's default and of every user who changed something.
//!
//! A change of the default shows in the layouts of all these users, so what each scope says of its own is kept beside
//! the rows, folded as [`plinth_events::layout`] says, and the rows that differ after an event are written again.

mod scopes;
mod store;

use plinth_events::{
    Event, TenantId, UserId, event::dashboard::DashboardEvent, layout::VersionedLayout,
    query::dashboard::DashboardLayout,
};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{Entry, ProjectionError};

/// Brings rows and layouts up to date, and forgets the layouts of deleted users and tenants.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let touched = Touched::by(entries);
    if !touched.tenants.is_empty() {
        let mut scopes = store::load(connection, &touched).await?;
        for (entry, event) in changes(entries) {
            scopes.apply(entry, event);
        }
        store::save(connection, &scopes).await?;
    }
    store::forget(connection, entries).await
}

/// The effective layout of a user, or the tenant's default. A user whom nobody knows sees the default.
pub async fn layout(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    user_id: Option<UserId>,
) -> Result<DashboardLayout, ProjectionError> {
    let (mut default, mut own) = (VersionedLayout::default(), VersionedLayout::default());
    for (scope, layout) in store::layouts(executor, tenant, user_id).await? {
        match scope {
            Some(_) => own = layout,
            None => default = layout,
        }
    }
    Ok(DashboardLayout::of(user_id, &default, &own))
}

fn changes(entries: &[Entry]) -> impl Iterator<Item = (&Entry, &DashboardEvent)> {
    entries.iter().filter_map(|entry| match &entry.event {
        Event::Dashboard(event) => Some((entry, event)),
        _ => None,
    })
}

/// What a batch may change; the same id may stand there more than once.
#[derive(Default)]
struct Touched {
    /// Tenants with a change in any layout.
    tenants: Vec<Uuid>,
    /// Those of them whose default changes, and with it every other layout.
    whole_tenants: Vec<Uuid>,
    /// Users who change something themselves.
    users: Vec<Uuid>,
}

impl Touched {
    fn by(entries: &[Entry]) -> Self {
        let mut touched = Self::default();
        for (entry, event) in changes(entries) {
            touched.tenants.push(entry.tenant.0);
            match event.user_id() {
                Some(user) => touched.users.push(user.0),
                None => touched.whole_tenants.push(entry.tenant.0),
            };
        }
        touched
    }
}
