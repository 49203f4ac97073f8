//! How a layout becomes again what it was before, while what others changed of it since stays.

use std::collections::{BTreeSet, HashSet};

use super::{Base, Layout, OwnWidget, Property, Touched, order::insert_missing};
use crate::{event::dashboard::Restored, names::WidgetType};

impl Layout {
    /// What the layout says about some properties.
    pub(super) fn remember(&self, touched: Touched) -> Restored {
        let own = |name: &WidgetType| (name.clone(), self.own(name).cloned().unwrap_or_default());
        let widgets = touched.widgets().map(own).collect();
        Restored { touched, order: self.order.clone(), additions: self.additions.clone(), widgets }
    }

    /// What is to be put back so that the properties are again as they were `before`. Its order is not told here.
    pub(super) fn as_before(&self, before: &Restored) -> Restored {
        let touched = before.touched.clone();
        let own = |(name, properties): (&WidgetType, _)| (name.clone(), self.own_as_before(name, properties, before));
        let widgets = touched.iter().map(own).collect();
        Restored { order: self.order.clone(), additions: self.additions_as_before(before), widgets, touched }
    }

    fn own_as_before(&self, name: &WidgetType, properties: &BTreeSet<Property>, before: &Restored) -> OwnWidget {
        let mut own = self.own(name).cloned().unwrap_or_default();
        let old = before.widgets.get(name).cloned().unwrap_or_default();
        for property in properties {
            match property {
                Property::Position => {}
                Property::Size => own.size = old.size,
                Property::IsVisible => own.is_visible = old.is_visible,
                Property::Config => own.config.clone_from(&old.config),
            }
        }
        own
    }

    /// The additions that were touched where they were, which may be nowhere, and all others where they are by now.
    fn additions_as_before(&self, before: &Restored) -> Vec<WidgetType> {
        let was_moved = |name: &WidgetType| before.touched.contains(name, Property::Position);
        let mut additions: Vec<&WidgetType> = self.additions.iter().filter(|name| !was_moved(name)).collect();
        let returns = |name: &&WidgetType| was_moved(name) || self.additions.contains(name);
        insert_missing(&mut additions, before.additions.iter().filter(returns));
        additions.into_iter().cloned().collect()
    }

    /// The order with the widgets that were moved back behind their neighbours of `before`, and all others where they are
    /// by now.
    pub(super) fn order_as_before(&self, before: &Restored, base: &Base) -> Vec<WidgetType> {
        let unordered = Self { additions: self.additions.clone(), ..Self::default() };
        let unordered: Vec<WidgetType> = unordered.order_over(base).into_iter().cloned().collect();
        let was_moved = |name: &WidgetType| before.touched.contains(name, Property::Position);
        let present = self.order.as_ref().unwrap_or(&unordered).iter();
        let mut order: Vec<&WidgetType> = present.filter(|name| !was_moved(name)).collect();
        let placed: HashSet<&WidgetType> = order.iter().copied().collect();
        let old = before.order.as_ref().unwrap_or(&unordered).iter();
        insert_missing(&mut order, old.filter(|name| was_moved(name) || placed.contains(name)));
        order.into_iter().cloned().collect()
    }
}

impl Restored {
    /// Roughly how much memory it takes, in bytes.
    pub(super) fn size_bytes(&self) -> usize {
        let names = self.order.iter().flatten().chain(&self.additions).map(|name| name.as_str().len());
        let configs = self.widgets.values().filter_map(|own| own.config.as_ref()).map(|config| config.size_bytes());
        names.chain(configs).sum()
    }
}
