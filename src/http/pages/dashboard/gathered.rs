//! What the pages of a dashboard show: a layout, where it comes from, what its widgets are like and what is in them.

use std::collections::{BTreeMap, BTreeSet};

use plinth_events::{
    Scope as Allowed, TenantId, UserId,
    layout::EffectiveWidget,
    names::WidgetType,
    query::dashboard::{
        DashboardChange, DashboardHistory, DashboardLayout, PropertySource, Source, WidgetProvenance, WidgetTypeRow,
    },
};
use plinth_web::{
    components::{People, Time},
    dashboard::{Change, DashboardView, Live, Offer, Origin, Scope, Step, WidgetOrigins, WidgetView},
};
use serde_json::{Map, Value};

use super::content::Contents;
use crate::{
    http::{
        access::Principal,
        pages::{people::people, visitor::Visitor},
        problem::Problem,
        site::Site,
    },
    query::answer::DashboardOverview,
};

/// How far back a change is looked for that can be undone.
const CHANGES: u32 = 100;
/// Where the page hears of changes.
const EVENTS: &str = "/api/events?aggregate=dashboard";

/// Whose layout a page is about, and what the person may do with it.
#[derive(Debug, Clone, Copy)]
pub struct Whose {
    pub tenant: TenantId,
    pub scope: Scope,
    /// None: the tenant's default.
    pub user_id: Option<UserId>,
    pub can_edit: bool,
    pub can_edit_default: bool,
    can_listen: bool,
}

impl Whose {
    /// A program of the tenant's, which is no user, has no layout of its own and sees the default.
    pub fn of(principal: &Principal, scope: Scope) -> Self {
        let user_id = principal.user.filter(|_| scope == Scope::Mine);
        let can_edit_default = principal.scopes.contains(&Allowed::LayoutTenant);
        Self {
            tenant: principal.tenant,
            scope: if user_id.is_some() { Scope::Mine } else { Scope::Default },
            user_id,
            can_edit: user_id.is_some() || can_edit_default,
            can_edit_default,
            can_listen: principal.scopes.contains(&Allowed::EventsRead),
        }
    }
}

/// A layout with what is known about it.
pub struct Gathered {
    pub whose: Whose,
    pub layout: DashboardLayout,
    /// The newest changes of it.
    pub history: DashboardHistory,
    types: BTreeMap<WidgetType, WidgetTypeRow>,
    people: People,
}

impl Gathered {
    /// Everything about the layout of a scope as it is now.
    pub async fn read<S>(visitor: &Visitor<S>, scope: Scope) -> Result<Self, Problem> {
        let whose = Whose::of(visitor, scope);
        let Whose { tenant, user_id, .. } = whose;
        let found = visitor.site.queries.dashboard_overview(tenant, user_id, CHANGES).await?;
        let DashboardOverview { layout, history, types } = found;
        let made_by = sources(&layout).filter_map(|source| source.by);
        let changed_by = history.changes.iter().filter_map(|change| change.by);
        let users: BTreeSet<UserId> = made_by.chain(changed_by).collect();
        let people = people(visitor, users).await?;
        Ok(Self { whose, layout, history, types, people })
    }

    /// The layout with these widgets, which may be those of a draft, and what was changed since somebody looked.
    pub async fn view(
        &self,
        site: &Site,
        widgets: &[EffectiveWidget],
        news: Vec<Change>,
    ) -> Result<DashboardView, Problem> {
        let contents = Contents::read(site, self.whose.tenant, widgets).await?;
        let Whose { scope, can_edit, can_edit_default, .. } = self.whose;
        let is_enforced = self.layout.enforced;
        let undo = self.history.changes.iter().find(|change| change.undoable);
        Ok(DashboardView {
            scope,
            widgets: widgets.iter().map(|widget| self.widget(widget, &contents)).collect(),
            version: self.layout.layout_version,
            default_version: self.layout.default_version,
            is_personal: self.layout.personal,
            is_enforced,
            can_edit: can_edit && (scope == Scope::Default || !is_enforced),
            can_edit_default,
            undo: undo.map(|change| Step { version: change.version, sentence: change.sentence.clone() }),
            can_redo: self.history.redoable,
            live: self.whose.can_listen.then(|| Live { address: EVENTS.to_owned(), user_id: self.whose.user_id }),
            news,
        })
    }

    /// A change of the layout, as it is told.
    pub fn told(&self, change: &DashboardChange) -> Change {
        told(change, self.whose.scope, &self.people)
    }

    /// What people call a type of widgets.
    pub fn title(&self, widget_type: &WidgetType) -> String {
        self.types.get(widget_type).map_or_else(|| spelled_out(widget_type), |row| row.title.to_string())
    }

    /// The types that are not in a layout.
    pub fn offers(&self, widgets: &[EffectiveWidget]) -> Vec<Offer> {
        let is_missing = |row: &&WidgetTypeRow| widgets.iter().all(|widget| widget.widget_type != row.widget_type);
        let missing = self.types.values().filter(is_missing).map(|row| Offer {
            widget_type: row.widget_type.clone(),
            title: row.title.to_string(),
            description: row.description.as_ref().map(ToString::to_string),
        });
        missing.collect()
    }

    /// What the configuration of a widget must be like.
    pub fn schema(&self, widget_type: &WidgetType) -> Option<Value> {
        let schema = self.types.get(widget_type)?.config_schema.as_ref()?;
        serde_json::to_value(schema).ok()
    }

    fn widget(&self, widget: &EffectiveWidget, contents: &Contents) -> WidgetView {
        let EffectiveWidget { widget_type, size, is_visible, config, .. } = widget;
        let declared = self.types.get(widget_type);
        let provenance = self.layout.provenance.as_ref().and_then(|known| known.get(widget_type));
        let config = config.as_ref().map_or_else(Map::new, |config| config.0.clone());
        WidgetView {
            widget_type: widget_type.clone(),
            title: self.title(widget_type),
            description: declared.and_then(|row| row.description.as_ref()).map(ToString::to_string),
            size: *size,
            is_visible: *is_visible,
            config_schema: self.schema(widget_type),
            is_locked: self.layout.locked.contains(widget_type),
            is_removable: self.is_removable(provenance),
            origins: provenance.map(|provenance| self.origins(provenance)),
            content: contents.of(&config),
            config,
        }
    }

    /// Of the default every widget can be removed, of one's own layout what the default has nothing to do with.
    fn is_removable(&self, provenance: Option<&WidgetProvenance>) -> bool {
        let is_own = |of: &WidgetProvenance| of.size.from == Source::Own && of.is_visible.from == Source::Own;
        self.whose.scope == Scope::Default || provenance.is_none_or(is_own)
    }

    fn origins(&self, provenance: &WidgetProvenance) -> WidgetOrigins {
        let origin = |source: &PropertySource| Origin {
            is_own: source.from == Source::Own,
            since: Time::at(source.since.utc()),
            by: source.by.map(|user| self.people.name(Some(user)).to_owned()),
        };
        WidgetOrigins {
            place: origin(&provenance.position),
            size: origin(&provenance.size),
            visibility: origin(&provenance.is_visible),
            settings: origin(&provenance.config),
        }
    }
}

/// A change of the layout of a scope, as it is told.
pub fn told(change: &DashboardChange, of: Scope, people: &People) -> Change {
    Change {
        by: people.name(change.by).to_owned(),
        sentence: change.sentence.clone(),
        at: Time::at(change.recorded_at.utc()),
        of,
    }
}

fn sources(layout: &DashboardLayout) -> impl Iterator<Item = &PropertySource> {
    let widgets = layout.provenance.iter().flat_map(BTreeMap::values);
    widgets.flat_map(|widget| [&widget.position, &widget.size, &widget.is_visible, &widget.config])
}

/// The name of a type that nobody declared, as people write it: `at_risk_customers` is `At risk customers`.
fn spelled_out(widget_type: &WidgetType) -> String {
    let words = widget_type.as_str().replace('_', " ");
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
