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

impl Queries {
    /// The effective layout of a user, or the default.
    pub async fn dashboard(&self, tenant: TenantId, query: &GetDashboard) -> Result<DashboardLayout, QueryError> {
        let GetDashboard { user_id, known_at, provenance } = *query;
        self.check_scope(tenant, user_id).await?;
        if known_at.is_none() && !provenance {
            return Ok(dashboard_widget::layout(self.database.pool(), tenant, user_id).await?);
        }
        self.settle(known_at).await?;
        let default = self.layout_history(tenant, None, known_at).await?;
        let own = match user_id {
            Some(_) => self.layout_history(tenant, user_id, known_at).await?,
            None => LayoutHistory::default(),
        };
        if provenance {
            return Ok(with_provenance(user_id, &default, &own));
        }
        Ok(DashboardLayout::of(user_id, &default.versioned(), &own.versioned()))
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
        let title = |name: &WidgetType| types.get(name).map_or_else(|| name.to_string(), |row| row.title.to_string());
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT) as usize;
        let mut newest_first = history.changes(query.from.unwrap_or(u64::MAX), &title);
        let (changes, cut) = page(newest_first.by_ref().take(limit))?;
        let next = cut.or_else(|| newest_first.next()).map(|change| change.version);
        Ok(DashboardHistory { changes, redoable: history.is_redoable(), next })
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
