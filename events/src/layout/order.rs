//! In which order widgets stand: the scope's own one and what it lacks of others.

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use super::{Base, Layout};
use crate::names::WidgetType;

impl Layout {
    /// A locked widget has no place of the user's own.
    pub(super) fn order_over<'a>(&'a self, base: &'a Base) -> Vec<&'a WidgetType> {
        let types_below = || base.widgets().iter().map(|widget| &widget.widget_type);
        let present: HashSet<&WidgetType> = types_below().chain(&self.additions).collect();
        let own = self.order.iter().flatten();
        let mut order: Vec<_> = own.filter(|name| present.contains(name) && !base.is_locked(name)).collect();
        insert_missing(&mut order, types_below());
        let placed: HashSet<&WidgetType> = order.iter().copied().collect();
        order.extend(self.additions.iter().filter(|added| !placed.contains(added)));
        order
    }

    /// Takes over a whole order; types that it lacks because they are absent stay after their predecessors.
    pub(super) fn reorder(&mut self, order: &[WidgetType]) {
        let old = self.order.take().unwrap_or_default();
        let mut order: Vec<_> = order.iter().collect();
        insert_missing(&mut order, &old);
        self.order = Some(order.into_iter().cloned().collect());
    }
}

/// Inserts what an order lacks of another one: each right after its predecessor there, the first of all in front.
pub(super) fn insert_missing<'a>(order: &mut Vec<&'a WidgetType>, other: impl IntoIterator<Item = &'a WidgetType>) {
    let placed: HashSet<&WidgetType> = order.iter().copied().collect();
    let (mut missing, mut predecessor) = (HashMap::<_, Vec<_>>::new(), None);
    for name in other {
        if placed.contains(name) {
            predecessor = Some(name);
        } else {
            missing.entry(predecessor).or_default().push(name);
        }
    }
    let mut behind = |name| missing.remove(&name).unwrap_or_default();
    let first = behind(None);
    let others = mem::take(order).into_iter().flat_map(|name| [vec![name], behind(Some(name))].concat());
    *order = first.into_iter().chain(others).collect();
}
