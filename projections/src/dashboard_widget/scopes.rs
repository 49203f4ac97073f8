//! The layouts that a batch may change, folded event by event in memory: rows come out the same however the events are
//! grouped into batches. No SQL here.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use chrono::NaiveDateTime;
use plinth_events::{
    TenantId, UserId,
    event::dashboard::DashboardEvent,
    layout::{Base, EffectiveWidget, Layout},
    names::WidgetType,
};
use uuid::Uuid;

use crate::Entry;

/// Whose layout: a user's, or the tenant's default. Of a tenant the default comes first.
pub(super) type Key = (TenantId, Option<UserId>);

/// All layouts that a batch may change.
#[derive(Default)]
pub(super) struct Scopes(pub(super) BTreeMap<Key, Scope>);

/// What one scope says of its own, and the rows that come of it.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) layout: Layout,
    /// How many events made it.
    pub(super) version: u64,
    /// Whether the layout is to be written.
    pub(super) changed: bool,
    pub(super) rows: BTreeMap<WidgetType, Row>,
    /// Rows that went at some time of the batch; they may have come back since.
    pub(super) gone: BTreeSet<WidgetType>,
}

/// A row of the table.
pub(super) struct Row {
    pub(super) widget: EffectiveWidget,
    pub(super) created_at: NaiveDateTime,
    pub(super) updated_at: NaiveDateTime,
    /// Whether the row is to be written.
    pub(super) changed: bool,
}

impl Scopes {
    pub(super) fn scope(&mut self, tenant: TenantId, user_id: Option<UserId>) -> &mut Scope {
        self.0.entry((tenant, user_id)).or_default()
    }

    pub(super) fn apply(&mut self, entry: &Entry, event: &DashboardEvent) {
        let (tenant, user_id) = (entry.tenant, event.user_id());
        let recorded_at = entry.recorded_at_millis().naive_utc();
        let scope = self.scope(tenant, user_id);
        scope.layout.apply(event);
        scope.version = entry.sequence;
        scope.changed = true;
        let base = self.scope(tenant, None).layout.base();
        if user_id.is_some() {
            return self.scope(tenant, user_id).refresh(&base, recorded_at);
        }
        self.scope(tenant, None).refresh(&Base::default(), recorded_at);
        let users = (tenant, Some(UserId(Uuid::nil())))..=(tenant, Some(UserId(Uuid::max())));
        for (_, scope) in self.0.range_mut(users) {
            scope.refresh(&base, recorded_at);
        }
    }
}

impl Scope {
    /// Makes the rows what the layout shows now over what lies below it.
    fn refresh(&mut self, base: &Base, at: NaiveDateTime) {
        let mut old = mem::take(&mut self.rows);
        let widgets = if self.layout.is_empty() { Vec::new() } else { self.layout.over(base) };
        for widget in widgets {
            let row = match old.remove(&widget.widget_type) {
                Some(row) if row.widget == widget => row,
                Some(row) => Row { widget, updated_at: at, changed: true, ..row },
                None => Row { widget, created_at: at, updated_at: at, changed: true },
            };
            self.rows.insert(row.widget.widget_type.clone(), row);
        }
        self.gone.extend(old.into_keys());
    }
}
