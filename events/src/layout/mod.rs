//! What a person sees: the tenant's default layout with the person's own changes laid over it.
//!
//! A [`Layout`] is what one scope says of its own, folded from its events: a user's lies over the tenant's default, the
//! default lies over nothing. [`Layout::over`] is the one pure function behind the decisions, the read table and every
//! answer about layouts.

pub mod merge_patch;

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::{
    event::dashboard::{DashboardEvent, WidgetAdded, WidgetConfigured},
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
    changes: BTreeMap<WidgetType, Change>,
}

/// What a scope says about one widget; where it says nothing, what lies below shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<Size>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_visible: Option<bool>,
    /// A merge patch over the configuration below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    config: Option<Config>,
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
            DashboardEvent::LayoutReset(_) => *self = Self::default(),
        }
    }

    /// Whether the scope says nothing: then it has no rows.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The scope's own configuration of a widget: a merge patch over the configuration below.
    pub fn config(&self, widget_type: &WidgetType) -> Option<&Config> {
        self.changes.get(widget_type)?.config.as_ref()
    }

    /// The effective layout: this one over the effective layout below it, which for the tenant's default is empty.
    pub fn over(&self, below: &[EffectiveWidget]) -> Vec<EffectiveWidget> {
        let widgets_below: HashMap<_, _> = below.iter().map(|widget| (&widget.widget_type, widget)).collect();
        let order = self.order_over(below);
        let widgets = order.into_iter().zip(0..);
        widgets.map(|(name, position)| self.widget(name, position, widgets_below.get(name).copied())).collect()
    }

    fn order_over<'a>(&'a self, below: &'a [EffectiveWidget]) -> Vec<&'a WidgetType> {
        let types_below = || below.iter().map(|widget| &widget.widget_type);
        let present: HashSet<&WidgetType> = types_below().chain(&self.additions).collect();
        let mut order: Vec<_> = self.order.iter().flatten().filter(|name| present.contains(name)).collect();
        insert_missing(&mut order, types_below());
        for added in &self.additions {
            if !order.contains(&added) {
                order.push(added);
            }
        }
        order
    }

    fn widget(&self, widget_type: &WidgetType, position: u32, below: Option<&EffectiveWidget>) -> EffectiveWidget {
        let change = self.changes.get(widget_type);
        let size = change.and_then(|change| change.size).or(below.map(|widget| widget.size));
        let is_visible = change.and_then(|change| change.is_visible).or(below.map(|widget| widget.is_visible));
        let config_below = below.and_then(|widget| widget.config.as_ref());
        EffectiveWidget {
            widget_type: widget_type.clone(),
            position,
            size: size.unwrap_or_default(),
            is_visible: is_visible.unwrap_or(true),
            config: merged(config_below, self.config(widget_type)),
        }
    }

    fn add(&mut self, added: &WidgetAdded) {
        self.remove(&added.widget_type);
        self.additions.push(added.widget_type.clone());
        *self.change(&added.widget_type) =
            Change { size: Some(added.size), is_visible: Some(added.is_visible), config: added.config.clone() };
        if let Some(order) = &added.order {
            self.reorder(order);
        }
    }

    /// Takes over a whole order; types that it lacks because they are absent stay after their predecessors.
    fn reorder(&mut self, order: &[WidgetType]) {
        let old = self.order.take().unwrap_or_default();
        let mut order: Vec<_> = order.iter().collect();
        insert_missing(&mut order, &old);
        self.order = Some(order.into_iter().cloned().collect());
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

    fn change(&mut self, widget_type: &WidgetType) -> &mut Change {
        self.changes.entry(widget_type.clone()).or_default()
    }
}

/// Inserts what an order lacks of another one: each right after its predecessor there, the first of all in front.
fn insert_missing<'a>(order: &mut Vec<&'a WidgetType>, other: impl IntoIterator<Item = &'a WidgetType>) {
    let mut next = 0;
    for name in other {
        match order.iter().position(|placed| *placed == name) {
            Some(index) => next = index + 1,
            None => {
                order.insert(next, name);
                next += 1;
            }
        }
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
