//! The examples of the contract, every refusal, and random commands against edits of a plain list.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use cqrs_es::{
    Aggregate,
    test::{AggregateResultValidator, TestFramework},
};
use plinth_events::{
    Refusal, RefusalCode,
    event::dashboard::{
        LayoutReset, WidgetAdded, WidgetConfigured, WidgetHidden, WidgetMoved, WidgetRemoved, WidgetResized,
        WidgetShown,
    },
    json::Config,
    layout::Size,
    limits,
    names::WidgetType,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::domain::Recorded;

const USER: Option<UserId> = Some(UserId(Uuid::nil()));
const DEFAULT: Option<UserId> = None;

fn name(text: &str) -> WidgetType {
    text.parse().unwrap()
}

fn names(text: &str) -> Vec<WidgetType> {
    text.split_whitespace().map(name).collect()
}

fn config(value: Value) -> Config {
    Config(value.as_object().unwrap().clone())
}

fn add(user_id: Option<UserId>, widget: &str) -> AddWidget {
    AddWidget { user_id, widget_type: name(widget), position: None, size: None, is_visible: None, config: None }
}

fn move_to(user_id: Option<UserId>, widget: &str, to_position: u32) -> MoveWidget {
    let to_position = Some(to_position);
    MoveWidget { user_id, widget_type: name(widget), to_position, before: None, after: None }
}

fn move_beside(user_id: Option<UserId>, widget: &str, before: Option<&str>, after: Option<&str>) -> MoveWidget {
    let (before, after) = (before.map(name), after.map(name));
    MoveWidget { user_id, widget_type: name(widget), to_position: None, before, after }
}

fn resize(user_id: Option<UserId>, widget: &str, size: Size) -> ResizeWidget {
    ResizeWidget { user_id, widget_type: name(widget), size }
}

fn show(user_id: Option<UserId>, widget: &str) -> ShowWidget {
    ShowWidget { user_id, widget_type: name(widget) }
}

fn hide(user_id: Option<UserId>, widget: &str) -> HideWidget {
    HideWidget { user_id, widget_type: name(widget) }
}

fn configure(user_id: Option<UserId>, widget: &str, patch: Value) -> ConfigureWidget {
    ConfigureWidget { user_id, widget_type: name(widget), config: config(patch) }
}

fn remove(user_id: Option<UserId>, widget: &str) -> RemoveWidget {
    RemoveWidget { user_id, widget_type: name(widget) }
}

fn added(user_id: Option<UserId>, widget: &str) -> WidgetAdded {
    let widget_type = name(widget);
    WidgetAdded { user_id, widget_type, size: Size::Medium, is_visible: true, config: None, order: None }
}

fn moved(user_id: Option<UserId>, widget: &str, order: &str) -> DashboardEvent {
    WidgetMoved { user_id, widget_type: name(widget), order: names(order) }.into()
}

fn configured(user_id: Option<UserId>, widget: &str, patch: Value) -> DashboardEvent {
    WidgetConfigured { user_id, widget_type: name(widget), config: config(patch) }.into()
}

macro_rules! commands {
    ($($command:ident),+) => {
        $(impl From<$command> for DashboardCommand {
            fn from(command: $command) -> Self {
                Self::$command(command)
            }
        })+
    };
}
commands!(AddWidget, MoveWidget, ResizeWidget, ShowWidget, HideWidget, ConfigureWidget, RemoveWidget, ResetLayout);

/// The events that give a default these widgets.
fn default_of(widgets: &str) -> Vec<DashboardEvent> {
    widgets.split_whitespace().map(|widget| added(DEFAULT, widget).into()).collect()
}

fn folded(events: impl IntoIterator<Item = DashboardEvent>) -> Dashboard {
    let mut dashboard = Dashboard::default();
    events.into_iter().for_each(|event| dashboard.evolve(event));
    dashboard
}

fn context(default: Vec<DashboardEvent>) -> DashboardContext {
    DashboardContext { default: Arc::clone(folded(default).layout()) }
}

/// The scope's own events, the default below it, and the command.
fn decided(
    default: Vec<DashboardEvent>,
    own: Vec<DashboardEvent>,
    command: impl Into<DashboardCommand>,
) -> AggregateResultValidator<Dashboard> {
    let own = own.into_iter().map(Recorded).collect();
    TestFramework::with(context(default)).given(own).when(command.into())
}

/// A command about a default of these widgets.
fn on_default(widgets: &str, command: impl Into<DashboardCommand>) -> AggregateResultValidator<Dashboard> {
    decided(Vec::new(), default_of(widgets), command)
}

/// A command of a user who changed nothing yet, over a default of these widgets.
fn over_default(widgets: &str, command: impl Into<DashboardCommand>) -> AggregateResultValidator<Dashboard> {
    decided(default_of(widgets), Vec::new(), command)
}

trait Expect {
    fn gives(self, event: impl Into<DashboardEvent>);
    fn changes_nothing(self);
    fn refuses(self, code: RefusalCode, pointers: &[&str]) -> Refusal;
}

impl Expect for AggregateResultValidator<Dashboard> {
    #[track_caller]
    fn gives(self, event: impl Into<DashboardEvent>) {
        self.then_expect_events(vec![Recorded(event.into())]);
    }

    #[track_caller]
    fn changes_nothing(self) {
        self.then_expect_events(Vec::new());
    }

    #[track_caller]
    fn refuses(self, code: RefusalCode, pointers: &[&str]) -> Refusal {
        let refusal = self.inspect_result().unwrap_err();
        assert_eq!(refusal.code, code);
        assert_eq!(refusal.errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), pointers);
        refusal
    }
}

#[track_caller]
fn shows(default: Vec<DashboardEvent>, own: Vec<DashboardEvent>, order: &str) -> Vec<EffectiveWidget> {
    let effective = folded(own).effective(USER, &context(default));
    assert_eq!(effective.iter().map(|widget| widget.widget_type.clone()).collect::<Vec<_>>(), names(order));
    effective
}

#[test]
fn a_move_to_the_front_records_the_whole_order() {
    on_default("a b c d", move_to(DEFAULT, "d", 0)).gives(moved(DEFAULT, "d", "d a b c"));
    over_default("a b c d", move_to(USER, "d", 0)).gives(moved(USER, "d", "d a b c"));
}

#[test]
fn the_position_of_a_move_is_the_final_one() {
    on_default("a b c d", move_to(DEFAULT, "a", 3)).gives(moved(DEFAULT, "a", "b c d a"));
    on_default("a b c d", move_to(DEFAULT, "b", 2)).gives(moved(DEFAULT, "b", "a c b d"));
}

#[test]
fn a_move_behind_the_end_is_out_of_range() {
    let refusal =
        on_default("a b c d", move_to(DEFAULT, "a", 4)).refuses(RefusalCode::PositionOutOfRange, &["/toPosition"]);
    assert_eq!(refusal.status, 422);
    assert_eq!(refusal.detail, "position 4 is out of range, 0 to 3 are allowed");
}

#[test]
fn a_widget_moves_right_before_or_after_another_one() {
    let beside = |before, after| on_default("a b c d", move_beside(DEFAULT, "b", before, after));
    beside(Some("d"), None).gives(moved(DEFAULT, "b", "a c b d"));
    beside(Some("a"), None).gives(moved(DEFAULT, "b", "b a c d"));
    beside(None, Some("d")).gives(moved(DEFAULT, "b", "a c d b"));
    beside(None, Some("c")).gives(moved(DEFAULT, "b", "a c b d"));
    beside(Some("c"), None).changes_nothing();
    beside(None, Some("a")).changes_nothing();
}

#[test]
fn an_unknown_widget_is_refused_by_every_command_that_names_it() {
    let commands: [DashboardCommand; 6] = [
        move_to(USER, "x", 0).into(),
        resize(USER, "x", Size::Small).into(),
        show(USER, "x").into(),
        hide(USER, "x").into(),
        configure(USER, "x", json!({})).into(),
        remove(USER, "x").into(),
    ];
    for command in commands {
        let refusal = over_default("a b c d", command).refuses(RefusalCode::UnknownWidget, &["/widgetType"]);
        assert_eq!(refusal.status, 404);
    }
}

#[test]
fn a_move_names_every_widget_that_it_does_not_find() {
    let unknown = |command| on_default("a b", command);
    unknown(move_beside(DEFAULT, "a", Some("x"), None)).refuses(RefusalCode::UnknownWidget, &["/before"]);
    unknown(move_beside(DEFAULT, "y", None, Some("x"))).refuses(RefusalCode::UnknownWidget, &["/widgetType", "/after"]);
}

#[test]
fn a_move_has_exactly_one_target() {
    let both = MoveWidget { to_position: Some(0), ..move_beside(DEFAULT, "a", None, Some("b")) };
    on_default("a b", both).refuses(RefusalCode::InvalidValue, &["/toPosition", "/after"]);
    let none = move_beside(DEFAULT, "a", None, None);
    on_default("a b", none).refuses(RefusalCode::InvalidValue, &["/toPosition", "/before", "/after"]);
}

#[test]
fn a_widget_cannot_be_moved_beside_itself() {
    let beside = |before, after| on_default("a b", move_beside(DEFAULT, "a", before, after));
    beside(Some("a"), None).refuses(RefusalCode::InvalidValue, &["/before"]);
    beside(None, Some("a")).refuses(RefusalCode::InvalidValue, &["/after"]);
}

#[test]
fn a_hidden_widget_keeps_its_place_among_those_that_move() {
    let default = || default_of("a b c d");
    over_default("a b c d", hide(USER, "b")).gives(WidgetHidden { user_id: USER, widget_type: name("b") });
    let own = vec![WidgetHidden { user_id: USER, widget_type: name("b") }.into()];
    decided(default(), own.clone(), move_to(USER, "c", 0)).gives(moved(USER, "c", "c a b d"));
    let own = [own, vec![moved(USER, "c", "c a b d")]].concat();
    assert!(!shows(default(), own.clone(), "c a b d")[2].is_visible);
    decided(default(), own.clone(), show(USER, "b")).gives(WidgetShown { user_id: USER, widget_type: name("b") });
    let own = [own, vec![WidgetShown { user_id: USER, widget_type: name("b") }.into()]].concat();
    assert!(shows(default(), own, "c a b d")[2].is_visible);
}

#[test]
fn a_user_with_an_own_order_gets_new_default_widgets_after_their_predecessors() {
    let own = || vec![moved(USER, "a", "d c b a")];
    let inserted = |order| {
        let x = WidgetAdded { order: Some(names(order)), ..added(DEFAULT, "x") };
        [default_of("a b c d"), vec![x.into()]].concat()
    };
    shows(inserted("a b x c d"), own(), "d c b x a");
    shows(inserted("x a b c d"), own(), "x d c b a");
    decided(inserted("a b x c d"), own(), move_to(USER, "x", 0)).gives(moved(USER, "x", "x d c b a"));
}

#[test]
fn a_default_widget_that_comes_back_returns_to_its_place_in_the_order_of_the_user() {
    let own = || vec![moved(USER, "a", "d c b a")];
    let removed = WidgetRemoved { user_id: DEFAULT, widget_type: name("b") }.into();
    let without_b = [default_of("a b c d"), vec![removed]].concat();
    shows(without_b.clone(), own(), "d c a");
    shows([without_b, default_of("b")].concat(), own(), "d c b a");
}

#[test]
fn a_user_who_only_resized_follows_the_order_of_the_default() {
    over_default("a b c d", resize(USER, "a", Size::Large)).gives(WidgetResized {
        user_id: USER,
        widget_type: name("a"),
        size: Size::Large,
    });
    let own = vec![WidgetResized { user_id: USER, widget_type: name("a"), size: Size::Large }.into()];
    let default = [default_of("a b c d"), vec![moved(DEFAULT, "d", "d a b c")]].concat();
    let effective = shows(default, own, "d a b c");
    assert_eq!(effective[1].size, Size::Large);
    assert_eq!(effective[0].size, Size::Medium);
}

#[test]
fn another_size_is_refused_with_the_allowed_values() {
    let body = json!({"userId": null, "widgetType": "a", "size": "xl"});
    let error = serde_json::from_value::<ResizeWidget>(body).unwrap_err().to_string();
    assert_eq!(error, "unknown variant `xl`, expected one of `small`, `medium`, `large`");
}

#[test]
fn a_widget_is_added_once() {
    on_default("a", add(DEFAULT, "b")).gives(added(DEFAULT, "b"));
    let refusal = on_default("a b", add(DEFAULT, "b")).refuses(RefusalCode::AlreadyPresent, &["/widgetType"]);
    assert_eq!(refusal.status, 409);
    over_default("a b", add(USER, "b")).refuses(RefusalCode::AlreadyPresent, &["/widgetType"]);
}

#[test]
fn the_default_may_add_what_a_user_has_already() {
    let default = default_of("a x");
    let own = vec![WidgetAdded { size: Size::Small, ..added(USER, "x") }.into()];
    assert_eq!(shows(default, own, "a x")[1].size, Size::Small);
}

#[test]
fn an_added_widget_takes_the_place_and_the_values_that_it_was_given() {
    let command = AddWidget {
        position: Some(1),
        size: Some(Size::Large),
        is_visible: Some(false),
        config: Some(config(json!({"days": 30, "region": null}))),
        ..add(USER, "x")
    };
    over_default("a b", command).gives(WidgetAdded {
        size: Size::Large,
        is_visible: false,
        config: Some(config(json!({"days": 30}))),
        order: Some(names("a x b")),
        ..added(USER, "x")
    });
}

#[test]
fn a_widget_added_at_the_end_leaves_the_order_to_the_default() {
    over_default("a b", AddWidget { position: Some(2), ..add(USER, "x") }).gives(added(USER, "x"));
    let refusal = over_default("a b", AddWidget { position: Some(3), ..add(USER, "x") })
        .refuses(RefusalCode::PositionOutOfRange, &["/position"]);
    assert_eq!(refusal.detail, "position 3 is out of range, 0 to 2 are allowed");
}

#[test]
fn a_layout_has_a_limit() {
    let widgets = (0..limits::LAYOUT_WIDGETS).map(|index| format!("w{index} ")).collect::<String>();
    on_default(&widgets, add(DEFAULT, "x")).refuses(RefusalCode::LayoutFull, &[]);
    over_default(&widgets, add(USER, "x")).refuses(RefusalCode::LayoutFull, &[]);
}

#[test]
fn a_user_removes_own_additions_and_hides_the_others() {
    decided(default_of("a"), vec![added(USER, "x").into()], remove(USER, "x"))
        .gives(WidgetRemoved { user_id: USER, widget_type: name("x") });
    over_default("a", remove(USER, "a")).refuses(RefusalCode::DefaultWidget, &["/widgetType"]);
    on_default("a", remove(DEFAULT, "a")).gives(WidgetRemoved { user_id: DEFAULT, widget_type: name("a") });
}

#[test]
fn what_changes_nothing_is_accepted_without_an_event() {
    let commands: [DashboardCommand; 7] = [
        move_to(USER, "b", 1).into(),
        resize(USER, "b", Size::Medium).into(),
        show(USER, "b").into(),
        configure(USER, "b", json!({})).into(),
        configure(USER, "b", json!({"days": null})).into(),
        ResetLayout { user_id: USER }.into(),
        ResetLayout { user_id: DEFAULT }.into(),
    ];
    for command in commands {
        over_default("a b c", command).changes_nothing();
    }
}

#[test]
fn a_reset_drops_what_the_scope_has_of_its_own() {
    let own = vec![moved(USER, "b", "b a")];
    decided(default_of("a b"), own.clone(), ResetLayout { user_id: USER }).gives(LayoutReset { user_id: USER });
    shows(default_of("a b"), [own, vec![LayoutReset { user_id: USER }.into()]].concat(), "a b");
    on_default("a b", ResetLayout { user_id: DEFAULT }).gives(LayoutReset { user_id: DEFAULT });
}

#[test]
fn a_configuration_is_patched_over_what_shows() {
    let default = || {
        let config = Some(config(json!({"days": 30, "by": {"region": 1, "team": 2}})));
        vec![WidgetAdded { config, ..added(DEFAULT, "a") }.into()]
    };
    decided(default(), Vec::new(), configure(USER, "a", json!({"days": null}))).gives(configured(
        USER,
        "a",
        json!({"days": null}),
    ));
    decided(default(), Vec::new(), configure(USER, "a", json!({"days": 30}))).changes_nothing();
    let own = vec![configured(USER, "a", json!({"by": "nothing"}))];
    decided(default(), own, configure(USER, "a", json!({"by": {"team": 3}}))).gives(configured(
        USER,
        "a",
        json!({"by": {"team": 3, "region": null}}),
    ));
}

#[test]
fn a_configuration_has_a_limit() {
    let almost = "x".repeat(limits::CONFIG_BYTES - 100);
    let own = vec![configured(USER, "a", json!({"a": almost}))];
    let refusal = decided(default_of("a"), own, configure(USER, "a", json!({"b": "x".repeat(100)})))
        .refuses(RefusalCode::TooLarge, &["/config"]);
    assert_eq!(refusal.status, 413);
    let config = Some(config(json!({"a": "x".repeat(limits::CONFIG_BYTES)})));
    on_default("a", AddWidget { config, ..add(DEFAULT, "b") }).refuses(RefusalCode::TooLarge, &["/config"]);
}

#[test]
fn what_a_user_hides_of_a_configuration_counts_towards_its_limit() {
    let hidden: serde_json::Map<_, _> = (0..1_500).map(|key| (format!("key{key}"), Value::Null)).collect();
    let own = vec![configured(USER, "a", Value::Object(hidden)), configured(USER, "a", json!({"a": 1}))];
    let patch = json!({"b": "x".repeat(2_000)});
    decided(default_of("a"), own, configure(USER, "a", patch)).refuses(RefusalCode::TooLarge, &["/config"]);
}

#[test]
fn a_dashboard_survives_being_stored() {
    let dashboard = folded([added(USER, "x").into(), moved(USER, "x", "x a")]);
    let stored = serde_json::to_string(&dashboard).unwrap();
    assert_eq!(serde_json::from_str::<Dashboard>(&stored).unwrap(), dashboard);
    assert_eq!(Dashboard::TYPE, "dashboard");
}

/// What a command comes to on a plain list: the refusal's code, or the list after it.
fn edited(
    command: &DashboardCommand,
    below: &[EffectiveWidget],
    mut list: Vec<EffectiveWidget>,
) -> Result<Vec<EffectiveWidget>, RefusalCode> {
    let place = |list: &[EffectiveWidget], name: &WidgetType| {
        list.iter().position(|widget| widget.widget_type == *name).ok_or(RefusalCode::UnknownWidget)
    };
    match command {
        DashboardCommand::AddWidget(command) => {
            if place(&list, &command.widget_type).is_ok() {
                return Err(RefusalCode::AlreadyPresent);
            }
            let at = command.position.unwrap_or(list.len() as u32) as usize;
            if at > list.len() {
                return Err(RefusalCode::PositionOutOfRange);
            }
            let config = command.config.clone();
            let (widget_type, size) = (command.widget_type.clone(), command.size.unwrap_or_default());
            list.insert(at, EffectiveWidget { widget_type, position: 0, size, is_visible: true, config });
        }
        DashboardCommand::MoveWidget(command) => {
            let widget = place(&list, &command.widget_type).map(|index| list.remove(index))?;
            let to = match (command.to_position, &command.before, &command.after) {
                (Some(to), None, None) => to as usize,
                (None, Some(name), None) | (None, None, Some(name)) if *name == command.widget_type => {
                    return Err(RefusalCode::InvalidValue);
                }
                (None, Some(before), None) => place(&list, before)?,
                (None, None, Some(after)) => place(&list, after)? + 1,
                _ => return Err(RefusalCode::InvalidValue),
            };
            if to > list.len() {
                return Err(RefusalCode::PositionOutOfRange);
            }
            list.insert(to, widget);
        }
        DashboardCommand::ResizeWidget(command) => {
            let index = place(&list, &command.widget_type)?;
            list[index].size = command.size;
        }
        DashboardCommand::ShowWidget(command) => {
            let index = place(&list, &command.widget_type)?;
            list[index].is_visible = true;
        }
        DashboardCommand::HideWidget(command) => {
            let index = place(&list, &command.widget_type)?;
            list[index].is_visible = false;
        }
        DashboardCommand::ConfigureWidget(command) => {
            let index = place(&list, &command.widget_type)?;
            let mut config = list[index].config.clone().unwrap_or_default();
            plinth_events::layout::merge_patch::merge(&mut config.0, &command.config.0);
            if list[index].config.is_some() || !config.0.is_empty() {
                list[index].config = Some(config);
            }
        }
        DashboardCommand::RemoveWidget(command) => {
            let index = place(&list, &command.widget_type)?;
            if place(below, &command.widget_type).is_ok() {
                return Err(RefusalCode::DefaultWidget);
            }
            list.remove(index);
        }
        DashboardCommand::ResetLayout(_) => list = below.to_vec(),
    }
    (0..).zip(&mut list).for_each(|(position, widget)| widget.position = position);
    Ok(list)
}

fn a_config() -> impl Strategy<Value = Config> {
    let value = prop::sample::select(vec![json!(null), json!(1), json!({"a": 1}), json!({"a": null, "b": {"a": 2}})]);
    prop::collection::btree_map("[abc]", value, 0..3).prop_map(|members| Config(members.into_iter().collect()))
}

fn without_nulls(config: Config) -> Config {
    Config(plinth_events::layout::merge_patch::without_nulls(&config.0))
}

fn a_command() -> impl Strategy<Value = DashboardCommand> {
    let scope = || prop::sample::select(vec![DEFAULT, USER, USER]);
    let widget = || prop::sample::select(vec!["a", "b", "c", "d", "e", "f"]);
    let size = || prop::sample::select(vec![Size::Small, Size::Medium, Size::Large]);
    prop_oneof![
        6 => (scope(), widget(), prop::option::of(0..7_u32), prop::option::of(size()), prop::option::of(a_config()))
            .prop_map(|(user, widget, position, size, config)| {
                AddWidget { position, size, config: config.map(without_nulls), ..add(user, widget) }.into()
            }),
        4 => (scope(), widget(), 0..7_u32).prop_map(|(user, widget, to)| move_to(user, widget, to).into()),
        4 => (scope(), widget(), prop::option::of(widget()), prop::option::of(widget()))
            .prop_map(|(user, widget, before, after)| move_beside(user, widget, before, after).into()),
        2 => (scope(), widget(), size()).prop_map(|(user, widget, size)| resize(user, widget, size).into()),
        2 => (scope(), widget()).prop_map(|(user, widget)| show(user, widget).into()),
        2 => (scope(), widget()).prop_map(|(user, widget)| hide(user, widget).into()),
        5 => (scope(), widget(), a_config()).prop_map(|(user_id, widget, config)| {
            ConfigureWidget { user_id, widget_type: name(widget), config }.into()
        }),
        3 => (scope(), widget()).prop_map(|(user, widget)| remove(user, widget).into()),
        1 => scope().prop_map(|user_id| ResetLayout { user_id }.into()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_command_does_to_what_a_person_sees_what_it_would_do_to_a_list(
        commands in prop::collection::vec(a_command(), 1..40),
    ) {
        let mut default = Dashboard::default();
        let mut own = Dashboard::default();
        for command in commands {
            let context = DashboardContext { default: Arc::clone(default.layout()) };
            let user_id = command.user_id();
            let dashboard = if user_id.is_some() { &mut own } else { &mut default };
            let before = dashboard.effective(user_id, &context);
            let below = below(user_id, &context);
            let expected = edited(&command, &below, before.clone());
            match dashboard.decide(&command, &context) {
                Err(refusal) => prop_assert_eq!(Err(refusal.code), expected),
                Ok(events) => {
                    let expected = expected.unwrap();
                    if !matches!(command, DashboardCommand::ResetLayout(_)) {
                        prop_assert_eq!(events.is_empty(), expected == before);
                    }
                    events.into_iter().for_each(|event| dashboard.evolve(event));
                    prop_assert_eq!(dashboard.effective(user_id, &context), expected);
                }
            }
        }
    }
}
