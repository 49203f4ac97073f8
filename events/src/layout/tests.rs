//! The examples of the contract, and random histories against a model that is written as the rules are told.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    event::dashboard::{LayoutReset, WidgetHidden, WidgetMoved, WidgetRemoved, WidgetResized, WidgetShown},
    ids::UserId,
};

const USER: Option<UserId> = Some(UserId(Uuid::nil()));
const DEFAULT: Option<UserId> = None;

fn name(text: &str) -> WidgetType {
    text.parse().unwrap()
}

fn names(text: &str) -> Vec<WidgetType> {
    text.split_whitespace().map(name).collect()
}

fn added(user_id: Option<UserId>, widget_type: &str) -> DashboardEvent {
    let widget_type = name(widget_type);
    WidgetAdded { user_id, widget_type, size: Size::Medium, is_visible: true, config: None, order: None }.into()
}

fn added_at(user_id: Option<UserId>, widget_type: &str, order: &str) -> DashboardEvent {
    let (widget_type, order) = (name(widget_type), Some(names(order)));
    WidgetAdded { user_id, widget_type, size: Size::Medium, is_visible: true, config: None, order }.into()
}

fn moved(user_id: Option<UserId>, widget_type: &str, order: &str) -> DashboardEvent {
    WidgetMoved { user_id, widget_type: name(widget_type), order: names(order) }.into()
}

fn removed(user_id: Option<UserId>, widget_type: &str) -> DashboardEvent {
    WidgetRemoved { user_id, widget_type: name(widget_type) }.into()
}

fn hidden(user_id: Option<UserId>, widget_type: &str) -> DashboardEvent {
    WidgetHidden { user_id, widget_type: name(widget_type) }.into()
}

fn resized(user_id: Option<UserId>, widget_type: &str, size: Size) -> DashboardEvent {
    WidgetResized { user_id, widget_type: name(widget_type), size }.into()
}

/// A tenant's default and one user's changes.
#[derive(Default)]
struct Layouts {
    default: Layout,
    own: Layout,
}

impl Layouts {
    /// A default of these widgets.
    fn of(widgets: &str) -> Self {
        let mut layouts = Self::default();
        for widget in widgets.split_whitespace() {
            layouts.apply(added(DEFAULT, widget));
        }
        layouts
    }

    fn apply(&mut self, event: DashboardEvent) {
        match event.user_id() {
            Some(_) => self.own.apply(&event),
            None => self.default.apply(&event),
        }
    }

    fn after(mut self, events: impl IntoIterator<Item = DashboardEvent>) -> Self {
        events.into_iter().for_each(|event| self.apply(event));
        self
    }

    fn effective(&self, user_id: Option<UserId>) -> Vec<EffectiveWidget> {
        let base = self.default.base();
        if user_id.is_some() { self.own.over(&base) } else { base.widgets().to_vec() }
    }

    #[track_caller]
    fn shows(self, order: &str) -> Self {
        let shown: Vec<_> = self.effective(USER).into_iter().map(|widget| widget.widget_type).collect();
        assert_eq!(shown, names(order));
        self
    }
}

#[test]
fn a_user_who_changed_nothing_sees_the_default() {
    let layouts = Layouts::of("a b c d").shows("a b c d");
    assert!(layouts.own.is_empty());
    layouts.after([moved(DEFAULT, "d", "d a b c")]).shows("d a b c");
}

#[test]
fn a_new_default_widget_goes_after_its_predecessor_in_the_order_of_the_user() {
    let reversed = || Layouts::of("a b c d").after([moved(USER, "a", "d c b a")]);
    reversed().after([added_at(DEFAULT, "x", "a b x c d")]).shows("d c b x a");
    reversed().after([added_at(DEFAULT, "x", "x a b c d")]).shows("x d c b a");
}

#[test]
fn a_widget_that_the_default_drops_comes_back_to_its_place() {
    let layouts = Layouts::of("a b c d").after([moved(USER, "a", "d c b a"), removed(DEFAULT, "b")]).shows("d c a");
    layouts.after([added(DEFAULT, "b")]).shows("d c b a");
}

#[test]
fn a_widget_that_is_absent_while_the_user_moves_others_keeps_its_relative_place() {
    let layouts = Layouts::of("a b c d").after([moved(USER, "a", "d c b a"), removed(DEFAULT, "b")]);
    layouts.after([moved(USER, "c", "c d a"), added(DEFAULT, "b")]).shows("c b d a");
}

#[test]
fn an_own_size_stays_while_the_order_follows_the_default() {
    let layouts = Layouts::of("a b c d").after([resized(USER, "a", Size::Large), moved(DEFAULT, "d", "d a b c")]);
    let sizes: Vec<_> = layouts.effective(USER).iter().map(|widget| widget.size).collect();
    assert_eq!(sizes, [Size::Medium, Size::Large, Size::Medium, Size::Medium]);
    layouts.shows("d a b c");
}

#[test]
fn own_additions_stay_last_until_they_are_moved() {
    let layouts =
        Layouts::of("a b").after([added(USER, "y"), added(USER, "x"), added(DEFAULT, "c")]).shows("a b c y x");
    layouts.after([moved(USER, "x", "x a b c y"), added(USER, "z"), added(DEFAULT, "d")]).shows("x a b c d y z");
}

#[test]
fn a_widget_of_the_user_that_the_default_takes_up_stands_once_and_keeps_what_the_user_chose() {
    let layouts = Layouts::of("a b").after([added(USER, "x"), resized(USER, "x", Size::Small)]);
    let layouts = layouts.after([added_at(DEFAULT, "x", "x a b")]).shows("x a b");
    assert_eq!(layouts.effective(USER)[0].size, Size::Small);
    layouts.after([removed(DEFAULT, "x")]).shows("a b x");
}

#[test]
fn a_user_who_takes_back_the_only_own_addition_has_changed_nothing() {
    let layouts = Layouts::of("a b").after([added(USER, "x"), removed(USER, "x")]);
    assert!(layouts.own.is_empty());
}

#[test]
fn a_removed_own_addition_comes_back_as_new() {
    let layouts = Layouts::of("a b").after([added_at(USER, "x", "x a b"), hidden(USER, "x"), removed(USER, "x")]);
    let layouts = layouts.after([added(USER, "x")]).shows("a b x");
    assert!(layouts.effective(USER)[2].is_visible);
}

#[test]
fn a_layout_survives_being_stored() {
    let layouts = Layouts::of("a b").after([added_at(USER, "x", "x a b"), hidden(USER, "a")]);
    for layout in [layouts.default, layouts.own, Layout::default()] {
        let stored = serde_json::to_string(&layout).unwrap();
        assert_eq!(serde_json::from_str::<Layout>(&stored).unwrap(), layout);
    }
}

#[test]
fn a_configuration_over_the_limit_of_one_layer_can_be_read() {
    let half = "x".repeat(crate::limits::CONFIG_BYTES - 100);
    let config = Some(Config(json!({"a": half.clone(), "b": half}).as_object().unwrap().clone()));
    let widget = EffectiveWidget { widget_type: name("a"), position: 0, size: Size::Small, is_visible: true, config };
    let text = serde_json::to_string(&widget).unwrap();
    assert_eq!(serde_json::from_str::<EffectiveWidget>(&text).unwrap(), widget);
}

/// The rules as they are told, over plain lists of names and with everything looked up the long way.
mod model {
    use super::*;

    #[derive(Debug, Clone, Default)]
    pub(super) struct Scope {
        pub(super) remembered: Option<Vec<String>>,
        pub(super) added: Vec<String>,
        pub(super) sizes: Vec<(String, Size)>,
        pub(super) visibilities: Vec<(String, bool)>,
    }

    /// Puts a name where its nearest predecessor in `reference` says.
    fn place(order: &mut Vec<String>, name: &str, reference: &[String]) {
        let own_index = reference.iter().position(|other| other == name).unwrap();
        let predecessor = (0..own_index).rev().find(|index| order.contains(&reference[*index]));
        let index =
            predecessor.map_or(0, |index| order.iter().position(|other| *other == reference[index]).unwrap() + 1);
        order.insert(index, name.to_owned());
    }

    pub(super) fn order(default: &[String], scope: &Scope) -> Vec<String> {
        let mut order = match &scope.remembered {
            None => default.to_vec(),
            Some(remembered) => {
                let mut order = remembered.clone();
                order.retain(|name| default.contains(name) || scope.added.contains(name));
                for name in default {
                    if !order.contains(name) {
                        place(&mut order, name, default);
                    }
                }
                order
            }
        };
        for name in &scope.added {
            if !order.contains(name) {
                order.push(name.clone());
            }
        }
        order
    }

    impl Scope {
        pub(super) fn rearrange(&mut self, shown: &[String]) {
            let old = self.remembered.take().unwrap_or_default();
            let mut order = shown.to_vec();
            for name in &old {
                if !order.contains(name) {
                    place(&mut order, name, &old);
                }
            }
            self.remembered = Some(order);
        }

        pub(super) fn forget(&mut self, name: &str) {
            self.added.retain(|other| other != name);
            self.sizes.retain(|(other, _)| other != name);
            self.visibilities.retain(|(other, _)| other != name);
            if let Some(order) = &mut self.remembered {
                order.retain(|other| other != name);
            }
        }
    }

    pub(super) fn last<T: Copy>(values: &[(String, T)], name: &str) -> Option<T> {
        values.iter().rev().find(|(other, _)| other == name).map(|(_, value)| *value)
    }
}

/// Something that may happen; what makes no sense at its time is left out.
#[derive(Debug, Clone)]
enum Step {
    Add(&'static str, Option<usize>, Size),
    Move(&'static str, usize),
    Resize(&'static str, Size),
    Show(&'static str, bool),
    Remove(&'static str),
    Reset,
}

fn a_step() -> impl Strategy<Value = (Option<UserId>, Step)> {
    let widget = || prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g"]);
    let size = || prop::sample::select(vec![Size::Small, Size::Medium, Size::Large]);
    let step = prop_oneof![
        6 => (widget(), prop::option::of(0..8_usize), size()).prop_map(|(name, at, size)| Step::Add(name, at, size)),
        5 => (widget(), 0..8_usize).prop_map(|(name, to)| Step::Move(name, to)),
        2 => (widget(), size()).prop_map(|(name, size)| Step::Resize(name, size)),
        2 => (widget(), any::<bool>()).prop_map(|(name, is_visible)| Step::Show(name, is_visible)),
        3 => widget().prop_map(Step::Remove),
        1 => Just(Step::Reset),
    ];
    (prop::sample::select(vec![DEFAULT, USER]), step)
}

/// Takes a step in the model and tells the event that it is; none where it makes no sense.
fn take(model: &mut [model::Scope; 2], user_id: Option<UserId>, step: Step) -> Option<DashboardEvent> {
    let default = model::order(&[], &model[0]);
    let below = if user_id.is_some() { default } else { Vec::new() };
    let scope = &mut model[usize::from(user_id.is_some())];
    let mut order = model::order(&below, scope);
    let typed = |order: &[String]| order.iter().map(|text| name(text)).collect::<Vec<_>>();
    Some(match step {
        Step::Add(widget, at, size) if !order.contains(&widget.to_owned()) => {
            scope.forget(widget);
            scope.added.push(widget.to_owned());
            scope.sizes.push((widget.to_owned(), size));
            scope.visibilities.push((widget.to_owned(), true));
            let order = at.map(|at| {
                order.insert(at.min(order.len()), widget.to_owned());
                scope.rearrange(&order);
                typed(&order)
            });
            WidgetAdded { user_id, widget_type: name(widget), size, is_visible: true, config: None, order }.into()
        }
        Step::Move(widget, to) if order.contains(&widget.to_owned()) => {
            order.retain(|other| other != widget);
            order.insert(to.min(order.len()), widget.to_owned());
            scope.rearrange(&order);
            WidgetMoved { user_id, widget_type: name(widget), order: typed(&order) }.into()
        }
        Step::Resize(widget, size) if order.contains(&widget.to_owned()) => {
            scope.sizes.push((widget.to_owned(), size));
            resized(user_id, widget, size)
        }
        Step::Show(widget, is_visible) if order.contains(&widget.to_owned()) => {
            scope.visibilities.push((widget.to_owned(), is_visible));
            match is_visible {
                true => WidgetShown { user_id, widget_type: name(widget) }.into(),
                false => hidden(user_id, widget),
            }
        }
        Step::Remove(widget) if scope.added.contains(&widget.to_owned()) && !below.contains(&widget.to_owned()) => {
            scope.forget(widget);
            removed(user_id, widget)
        }
        Step::Reset => {
            *scope = model::Scope::default();
            LayoutReset { user_id }.into()
        }
        _ => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_history_shows_what_the_model_says(steps in prop::collection::vec(a_step(), 1..40)) {
        let mut model = <[model::Scope; 2]>::default();
        let mut layouts = Layouts::default();
        for (user_id, step) in steps {
            let Some(event) = take(&mut model, user_id, step) else { continue };
            layouts.apply(event);
            let default = model::order(&[], &model[0]);
            let shown = model::order(&default, &model[1]);
            let effective = layouts.effective(USER);
            let types: Vec<_> = effective.iter().map(|widget| widget.widget_type.as_str()).collect();
            prop_assert_eq!(&types, &shown);
            for (position, widget) in effective.iter().enumerate() {
                let name = widget.widget_type.as_str();
                let size = model::last(&model[1].sizes, name).or(model::last(&model[0].sizes, name));
                let is_visible = model::last(&model[1].visibilities, name).or(model::last(&model[0].visibilities, name));
                prop_assert_eq!(widget.position as usize, position);
                prop_assert_eq!(Some(widget.size), size);
                prop_assert_eq!(Some(widget.is_visible), is_visible);
            }
        }
    }
}
