//! What a person sees: the tenant's default layout with the person's own changes laid over it.
//!
//! A [`Layout`] is what one scope says of its own, folded from its events: a user's lies over the tenant's default, the
//! default lies over nothing. [`Layout::over`] is the one pure function behind the decisions, the read table and every
//! answer about layouts. A [`TrackedLayout`] knows beside that what was there before, so that changes can be taken back.

mod base;
pub mod history;
pub mod merge_patch;
mod order;
mod restore;
mod sentence;
mod touched;
mod tracked;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

pub use self::{
    base::Base,
    touched::{Property, Touched},
    tracked::{CannotUndo, Step, StepKind, TrackedLayout},
};
use crate::{
    event::dashboard::{DashboardEvent, Restored, WidgetAdded, WidgetConfigured},
    json::Config,
    names::WidgetType,
};

/// The size of a widget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Size {
    Small,
    #[default]
    Medium,
    Large,
}

impl Size {
    /// The text in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// A widget as a person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveWidget {
    /// Which widget.
    pub widget_type: WidgetType,
    /// Its place, counted from 0, hidden widgets included.
    pub position: u32,
    /// Its size.
    pub size: Size,
    /// Whether it shows.
    pub is_visible: bool,
    /// Its configuration.
    #[serde(deserialize_with = "config_of_any_size")]
    pub config: Option<Config>,
}

/// A default that grew under a user's changes may take the two together over the limit of either.
fn config_of_any_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Config>, D::Error> {
    Ok(Option::<Map<String, Value>>::deserialize(deserializer)?.map(Config))
}

/// What one scope says of its own: the default everything, a user only what the user changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layout {
    /// The order, once something was moved. It keeps the places of types that are absent at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Vec<WidgetType>>,
    /// The types that the scope added itself, in the order of adding.
    additions: Vec<WidgetType>,
    /// None of them says nothing.
    changes: BTreeMap<WidgetType, OwnWidget>,
    /// Of the default: what users cannot change.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    locked: BTreeSet<WidgetType>,
    /// Of the default: whether it is what everybody sees.
    #[serde(default)]
    enforced: bool,
}

/// A layout with its version.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VersionedLayout {
    /// How many events made it.
    pub version: u64,
    /// The layout.
    pub layout: Layout,
}

/// What a scope says about one widget beside its place; where it says nothing, what lies below shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnWidget {
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Whether it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_visible: Option<bool>,
    /// A merge patch over the configuration below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Config>,
}

impl Layout {
    /// Takes in an event of the scope.
    pub fn apply(&mut self, event: &DashboardEvent) {
        match event {
            DashboardEvent::WidgetAdded(event) => self.add(event),
            DashboardEvent::WidgetMoved(event) => self.reorder(&event.order),
            DashboardEvent::WidgetResized(event) => self.change(&event.widget_type).size = Some(event.size),
            DashboardEvent::WidgetShown(event) => self.change(&event.widget_type).is_visible = Some(true),
            DashboardEvent::WidgetHidden(event) => self.change(&event.widget_type).is_visible = Some(false),
            DashboardEvent::WidgetConfigured(event) => self.configure(event),
            DashboardEvent::WidgetRemoved(event) => self.remove(&event.widget_type),
            DashboardEvent::WidgetReset(event) => self.remove(&event.widget_type),
            DashboardEvent::LayoutReset(_) => self.reset(),
            DashboardEvent::LayoutApplied(event) => {
                event.changes.iter().for_each(|change| self.apply(&change.clone().into()));
            }
            DashboardEvent::LayoutChangeUndone(event) => self.put_back(&event.restored),
            DashboardEvent::LayoutChangeRedone(event) => self.put_back(&event.restored),
            DashboardEvent::WidgetLocked(event) => drop(self.locked.insert(event.widget_type.clone())),
            DashboardEvent::WidgetUnlocked(event) => drop(self.locked.remove(&event.widget_type)),
            DashboardEvent::LayoutEnforced(_) => self.enforced = true,
            DashboardEvent::LayoutReleased(_) => self.enforced = false,
        }
    }

    /// Whether the scope says nothing about widgets: then it has no rows.
    pub fn is_empty(&self) -> bool {
        self.order.is_none() && self.additions.is_empty() && self.changes.is_empty()
    }

    /// Whether the scope says anything about a widget.
    pub fn says_of(&self, widget_type: &WidgetType) -> bool {
        self.has_added(widget_type) || self.has_placed(widget_type) || self.changes.contains_key(widget_type)
    }

    /// Whether a widget has a place of the scope's own.
    pub fn has_placed(&self, widget_type: &WidgetType) -> bool {
        self.order.iter().flatten().any(|placed| placed == widget_type)
    }

    /// Of the default: whether users cannot change a widget, as long as it is there.
    pub fn is_locked(&self, widget_type: &WidgetType) -> bool {
        self.locked.contains(widget_type)
    }

    /// Of the default: whether it is what everybody sees.
    pub fn is_enforced(&self) -> bool {
        self.enforced
    }

    /// Whether the scope added a widget itself.
    pub fn has_added(&self, widget_type: &WidgetType) -> bool {
        self.additions.contains(widget_type)
    }

    /// What the scope says about a widget beside its place, if it says anything.
    pub fn own(&self, widget_type: &WidgetType) -> Option<&OwnWidget> {
        self.changes.get(widget_type)
    }

    /// The scope's own configuration of a widget: a merge patch over the configuration below.
    pub fn config(&self, widget_type: &WidgetType) -> Option<&Config> {
        self.own(widget_type)?.config.as_ref()
    }

    /// How large the scope's own configurations of all widgets are together.
    pub fn config_bytes(&self) -> usize {
        self.changes.values().filter_map(|own| own.config.as_ref()).map(Config::size_bytes).sum()
    }

    /// Of the default: what lies below the layouts of users.
    pub fn base(&self) -> Base {
        Base::new(self.over(&Base::default()), &self.locked, self.enforced)
    }

    /// The effective layout: this one over what lies below it, which for the tenant's default is nothing.
    pub fn over(&self, base: &Base) -> Vec<EffectiveWidget> {
        if base.is_enforced() {
            return base.widgets().to_vec();
        }
        let widgets_below: HashMap<_, _> = base.widgets().iter().map(|widget| (&widget.widget_type, widget)).collect();
        let widgets = self.order_over(base).into_iter().zip(0..);
        widgets.map(|(name, position)| self.widget(name, position, base, widgets_below.get(name).copied())).collect()
    }

    /// The effective layout after one widget was changed, made of what was `shown` before: the others are only put in order.
    pub fn over_again(&self, shown: Vec<EffectiveWidget>, changed: &WidgetType, base: &Base) -> Vec<EffectiveWidget> {
        let mut shown: HashMap<_, _> = shown.into_iter().map(|widget| (widget.widget_type.clone(), widget)).collect();
        let mut again = |(name, position): (&WidgetType, u32)| match shown.remove(name) {
            Some(widget) if name != changed => EffectiveWidget { position, ..widget },
            _ => self.widget(name, position, base, base.find(name)),
        };
        self.order_over(base).into_iter().zip(0..).map(&mut again).collect()
    }

    fn add(&mut self, added: &WidgetAdded) {
        self.remove(&added.widget_type);
        self.additions.push(added.widget_type.clone());
        *self.change(&added.widget_type) =
            OwnWidget { size: Some(added.size), is_visible: Some(added.is_visible), config: added.config.clone() };
        if let Some(order) = &added.order {
            self.reorder(order);
        }
    }

    /// Nulls stay in a user's patch, where they hide something; over nothing there is nothing to hide.
    fn configure(&mut self, configured: &WidgetConfigured) {
        let config = self.change(&configured.widget_type).config.get_or_insert_default();
        match configured.user_id {
            Some(_) => merge_patch::compose(&mut config.0, &configured.config.0),
            None => merge_patch::merge(&mut config.0, &configured.config.0),
        }
    }

    fn remove(&mut self, widget_type: &WidgetType) {
        self.additions.retain(|added| added != widget_type);
        self.changes.remove(widget_type);
        if let Some(order) = &mut self.order {
            order.retain(|placed| placed != widget_type);
        }
        self.order.take_if(|order| order.is_empty());
    }

    /// Who sees what is not part of the layout itself.
    fn reset(&mut self) {
        *self = Self { locked: mem::take(&mut self.locked), enforced: self.enforced, ..Self::default() };
    }

    fn put_back(&mut self, restored: &Restored) {
        self.order.clone_from(&restored.order);
        self.additions.clone_from(&restored.additions);
        for (widget_type, own) in &restored.widgets {
            if *own == OwnWidget::default() {
                self.changes.remove(widget_type);
            } else {
                self.changes.insert(widget_type.clone(), own.clone());
            }
        }
    }

    fn widget(
        &self,
        widget_type: &WidgetType,
        position: u32,
        base: &Base,
        below: Option<&EffectiveWidget>,
    ) -> EffectiveWidget {
        let own = self.own(widget_type).filter(|_| !base.is_locked(widget_type));
        let size = own.and_then(|own| own.size).or(below.map(|widget| widget.size));
        let is_visible = own.and_then(|own| own.is_visible).or(below.map(|widget| widget.is_visible));
        let config_below = below.and_then(|widget| widget.config.as_ref());
        EffectiveWidget {
            widget_type: widget_type.clone(),
            position,
            size: size.unwrap_or_default(),
            is_visible: is_visible.unwrap_or(true),
            config: merged(config_below, own.and_then(|own| own.config.as_ref())),
        }
    }

    fn change(&mut self, widget_type: &WidgetType) -> &mut OwnWidget {
        self.changes.entry(widget_type.clone()).or_default()
    }
}

fn merged(below: Option<&Config>, patch: Option<&Config>) -> Option<Config> {
    let Some(patch) = patch else { return below.cloned() };
    let mut config = below.cloned().unwrap_or_default();
    merge_patch::merge(&mut config.0, &patch.0);
    Some(config)
}

#[cfg(test)]
mod tests;
