//! What an event changes, told by widget and property: what collides with what, and where something comes from.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Layout;
use crate::{event::dashboard::DashboardEvent, names::WidgetType};

/// Something about a widget that can be changed by itself. Who adds or removes a widget changes all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Property {
    Position,
    Size,
    IsVisible,
    Config,
}

impl Property {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Position, Self::Size, Self::IsVisible, Self::Config];
}

/// Properties of widgets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Touched(BTreeMap<WidgetType, BTreeSet<Property>>);

impl Touched {
    /// Some properties of one widget.
    pub fn of(widget_type: &WidgetType, properties: &[Property]) -> Self {
        Self([(widget_type.clone(), properties.iter().copied().collect())].into())
    }

    /// What an event changes of a layout as it is before it.
    pub fn by(event: &DashboardEvent, before: &Layout) -> Self {
        match event {
            DashboardEvent::WidgetAdded(event) => Self::of(&event.widget_type, &Property::ALL),
            DashboardEvent::WidgetMoved(event) => Self::of(&event.widget_type, &[Property::Position]),
            DashboardEvent::WidgetResized(event) => Self::of(&event.widget_type, &[Property::Size]),
            DashboardEvent::WidgetShown(event) => Self::of(&event.widget_type, &[Property::IsVisible]),
            DashboardEvent::WidgetHidden(event) => Self::of(&event.widget_type, &[Property::IsVisible]),
            DashboardEvent::WidgetConfigured(event) => Self::of(&event.widget_type, &[Property::Config]),
            DashboardEvent::WidgetRemoved(event) => Self::of(&event.widget_type, &Property::ALL),
            DashboardEvent::WidgetReset(event) => Self::of(&event.widget_type, &Property::ALL),
            DashboardEvent::LayoutReset(_) => Self::all_of(before),
            DashboardEvent::LayoutApplied(event) => {
                let each = event.changes.iter().map(|change| Self::by(&change.clone().into(), before));
                each.fold(Self::default(), Self::and)
            }
            DashboardEvent::LayoutChangeUndone(event) => event.restored.touched.clone(),
            DashboardEvent::LayoutChangeRedone(event) => event.restored.touched.clone(),
            DashboardEvent::WidgetLocked(_)
            | DashboardEvent::WidgetUnlocked(_)
            | DashboardEvent::LayoutEnforced(_)
            | DashboardEvent::LayoutReleased(_) => Self::default(),
        }
    }

    /// Everything that a layout says.
    fn all_of(layout: &Layout) -> Self {
        let placed = layout.order.iter().flatten().map(|name| Self::of(name, &[Property::Position]));
        let added = layout.additions.iter().map(|name| Self::of(name, &Property::ALL));
        let changed = layout.changes.iter().map(|(name, own)| {
            let properties = [
                (Property::Size, own.size.is_some()),
                (Property::IsVisible, own.is_visible.is_some()),
                (Property::Config, own.config.is_some()),
            ];
            Self(
                [(name.clone(), properties.into_iter().filter(|(_, is_own)| *is_own).map(|(it, _)| it).collect())]
                    .into(),
            )
        });
        placed.chain(added).chain(changed).fold(Self::default(), Self::and)
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for (widget_type, properties) in other.0 {
            self.0.entry(widget_type).or_default().extend(properties);
        }
        self
    }

    /// Each widget with what is meant of it.
    pub fn iter(&self) -> impl Iterator<Item = (&WidgetType, &BTreeSet<Property>)> {
        self.0.iter()
    }

    /// The widgets.
    pub fn widgets(&self) -> impl Iterator<Item = &WidgetType> {
        self.0.keys()
    }

    /// Whether a property of a widget is among them.
    pub fn contains(&self, widget_type: &WidgetType, property: Property) -> bool {
        self.0.get(widget_type).is_some_and(|properties| properties.contains(&property))
    }

    /// Whether the place of any widget is among them.
    pub fn has_position(&self) -> bool {
        self.0.values().any(|properties| properties.contains(&Property::Position))
    }

    /// Whether something is among these and those.
    pub fn meets(&self, other: &Self) -> bool {
        let meets = |(name, properties): (_, &BTreeSet<Property>)| {
            other.0.get(name).is_some_and(|others| !properties.is_disjoint(others))
        };
        self.0.iter().any(meets)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
