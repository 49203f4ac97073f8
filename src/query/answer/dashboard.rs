//! Dashboards: layouts as they are, from the read tables, and as they were, from the log; what happened to them; and what
//! widgets are like.

use std::collections::BTreeMap;

use plinth_events::{
    AggregateKey, Event, TenantId, UserId,
    event::tenant::TenantEvent,
    layout::history::{LayoutHistory, with_provenance},
    names::WidgetType,
    query::{
        KnownAt,
        dashboard::{
            DashboardHistory, DashboardLayout, GetDashboard, GetDashboardHistory, ListWidgetTypes, WidgetTypeRow,
            WidgetTypes,
        },
        known,
    },
};
use plinth_projections::dashboard_widget;

use super::{DEFAULT_LIMIT, Queries, QueryError, page};
use crate::log::read;

/// A layout as it is now, with what a person at it may ask: where it comes from, what happened to it, what widgets are like.
pub struct DashboardOverview {
    /// The layout, with provenance.
    pub layout: DashboardLayout,
    /// The newest changes of it.
    pub history: DashboardHistory,
    /// The types that the tenant declared, all of them.
    pub types: BTreeMap<WidgetType, WidgetTypeRow>,
}

impl Queries {
    /// The effective layout of a user, or the default.
    pub async fn dashboard(&self, tenant: TenantId, query: &GetDashboard) -> Result<DashboardLayout, QueryError> {
        let GetDashboard { user_id, known_at, provenance } = *query;
        self.check_scope(tenant, user_id).await?;
        if known_at.is_none() && !provenance {
            return Ok(dashboard_widget::layout(self.database.pool(), tenant, user_id).await?);
        }
        self.settle(known_at).await?;
        let (default, own) = self.layout_histories(tenant, user_id, known_at).await?;
        if provenance {
            return Ok(with_provenance(user_id, &default, &own));
        }
        Ok(DashboardLayout::of(user_id, &default.versioned(), &own.versioned()))
    }

    /// The effective layout of a user, or the default, with so many of its newest changes: each event is read once.
    pub async fn dashboard_overview(
        &self,
        tenant: TenantId,
        user_id: Option<UserId>,
        changes: u32,
    ) -> Result<DashboardOverview, QueryError> {
        self.check_scope(tenant, user_id).await?;
        let (default, own) = self.layout_histories(tenant, user_id, None).await?;
        let types = self.declared_types(tenant, None).await?;
        let edited = if user_id.is_some() { &own } else { &default };
        let history = newest_changes(edited, &types, None, changes)?;
        Ok(DashboardOverview { layout: with_provenance(user_id, &default, &own), history, types })
    }

    /// What happened to a layout, the newest first.
    pub async fn dashboard_history(
        &self,
        tenant: TenantId,
        query: &GetDashboardHistory,
    ) -> Result<DashboardHistory, QueryError> {
        self.check_scope(tenant, query.user_id).await?;
        let history = self.layout_history(tenant, query.user_id, None).await?;
        let types = self.declared_types(tenant, None).await?;
        newest_changes(&history, &types, query.from, query.limit.unwrap_or(DEFAULT_LIMIT))
    }

    /// The types of widgets that the tenant declared, a page of them.
    pub async fn widget_types(&self, tenant: TenantId, query: &ListWidgetTypes) -> Result<WidgetTypes, QueryError> {
        self.settle(query.known_at).await?;
        let types = self.declared_types(tenant, query.known_at).await?;
        let behind = |row: &WidgetTypeRow| query.after.as_ref().is_none_or(|after| row.widget_type > *after);
        let (types, cut) = page(types.into_values().filter(behind))?;
        let next = cut.and(types.last()).map(|last| last.widget_type.clone());
        Ok(WidgetTypes { types, next })
    }

    async fn check_scope(&self, tenant: TenantId, user_id: Option<UserId>) -> Result<(), QueryError> {
        match user_id {
            Some(user) => self.check_user(tenant, user).await,
            None => Ok(()),
        }
    }

    /// Of the default and of a user's own layout, which is empty for nobody.
    async fn layout_histories(
        &self,
        tenant: TenantId,
        user_id: Option<UserId>,
        known_at: Option<KnownAt>,
    ) -> Result<(LayoutHistory, LayoutHistory), QueryError> {
        let default = self.layout_history(tenant, None, known_at).await?;
        let own = match user_id {
            Some(_) => self.layout_history(tenant, user_id, known_at).await?,
            None => LayoutHistory::default(),
        };
        Ok((default, own))
    }

    async fn layout_history(
        &self,
        tenant: TenantId,
        user_id: Option<UserId>,
        known_at: Option<KnownAt>,
    ) -> Result<LayoutHistory, QueryError> {
        let events = read::of_aggregate(self.database.pool(), &AggregateKey::Dashboard(tenant, user_id)).await?;
        Ok(LayoutHistory::of(&events, known_at)?)
    }

    async fn declared_types(
        &self,
        tenant: TenantId,
        known_at: Option<KnownAt>,
    ) -> Result<BTreeMap<WidgetType, WidgetTypeRow>, QueryError> {
        let events = read::of_aggregate(self.database.pool(), &AggregateKey::Tenant(tenant)).await?;
        let mut types = BTreeMap::new();
        for recorded in known(&events, known_at) {
            let Event::Tenant(event) = recorded.event()? else { continue };
            match event {
                TenantEvent::WidgetTypeDeclared(event) => {
                    types.insert(event.widget_type.clone(), WidgetTypeRow::new(event, recorded.position));
                }
                TenantEvent::WidgetTypeRetired(event) => drop(types.remove(&event.widget_type)),
                TenantEvent::TenantDeleted(_) => types.clear(),
                _ => {}
            }
        }
        Ok(types)
    }
}

fn newest_changes(
    history: &LayoutHistory,
    types: &BTreeMap<WidgetType, WidgetTypeRow>,
    from: Option<u64>,
    limit: u32,
) -> Result<DashboardHistory, QueryError> {
    let title = |name: &WidgetType| types.get(name).map_or_else(|| name.to_string(), |row| row.title.to_string());
    let mut newest_first = history.changes(from.unwrap_or(u64::MAX), &title);
    let (changes, cut) = page(newest_first.by_ref().take(limit as usize))?;
    let next = cut.or_else(|| newest_first.next()).map(|change| change.version);
    Ok(DashboardHistory { changes, redoable: history.is_redoable(), next })
}
