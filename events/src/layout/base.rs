//! What lies below the layouts of users: the tenant's default as everybody sees it, and what users cannot change of it.

use std::collections::BTreeSet;

use super::EffectiveWidget;
use crate::names::WidgetType;

/// What lies below a layout; below the default itself nothing does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Base {
    widgets: Vec<EffectiveWidget>,
    locked: BTreeSet<WidgetType>,
    enforced: bool,
}

impl Base {
    /// Only what the default has is locked.
    pub(super) fn new(widgets: Vec<EffectiveWidget>, locked: &BTreeSet<WidgetType>, enforced: bool) -> Self {
        let present = widgets.iter().map(|widget| &widget.widget_type);
        let locked = present.filter(|name| locked.contains(name)).cloned().collect();
        Self { widgets, locked, enforced }
    }

    /// The widgets of the default, in order.
    pub fn widgets(&self) -> &[EffectiveWidget] {
        &self.widgets
    }

    /// A widget of the default.
    pub fn find(&self, widget_type: &WidgetType) -> Option<&EffectiveWidget> {
        self.widgets.iter().find(|widget| widget.widget_type == *widget_type)
    }

    /// The widgets that users cannot change.
    pub fn locked(&self) -> &BTreeSet<WidgetType> {
        &self.locked
    }

    /// Whether users cannot change a widget.
    pub fn is_locked(&self, widget_type: &WidgetType) -> bool {
        self.locked.contains(widget_type)
    }

    /// Whether the default is what everybody sees.
    pub fn is_enforced(&self) -> bool {
        self.enforced
    }
}
