//! Commands that change one thing.

use cqrs_es::Aggregate;
use plinth_events::event::dashboard::{WidgetHidden, WidgetRemoved, WidgetReset, WidgetResized, WidgetShown};
use serde_json::json;

use super::*;

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
    let commands: [DashboardCommand; 7] = [
        move_to(USER, "x", 0).into(),
        resize(USER, "x", Size::Small).into(),
        show(USER, "x").into(),
        hide(USER, "x").into(),
        configure(USER, "x", json!({})).into(),
        remove(USER, "x").into(),
        reset_widget(USER, "x").into(),
    ];
    for command in commands {
        let refusal = over_default("a b c d", command).refuses(RefusalCode::UnknownWidget, &["/widgetType"]);
        assert_eq!(refusal.status, 404);
    }
}

#[test]
fn a_move_names_every_widget_that_it_does_not_find() {
    let unknown = |command| on_default("a b", command);
    unknown(move_beside(DEFAULT, "a", Some("x"), None)).refuses(RefusalCode::AnchorMissing, &["/before"]);
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
    let commands: [DashboardCommand; 8] = [
        move_to(USER, "b", 1).into(),
        resize(USER, "b", Size::Medium).into(),
        show(USER, "b").into(),
        configure(USER, "b", json!({})).into(),
        configure(USER, "b", json!({"days": null})).into(),
        reset_widget(USER, "b").into(),
        reset(USER).into(),
        reset(DEFAULT).into(),
    ];
    for command in commands {
        over_default("a b c", command).changes_nothing();
    }
}

#[test]
fn a_reset_drops_what_the_scope_has_of_its_own() {
    let own = vec![moved(USER, "b", "b a")];
    decided(default_of("a b"), own.clone(), reset(USER)).gives(LayoutReset { user_id: USER });
    shows(default_of("a b"), [own, vec![LayoutReset { user_id: USER }.into()]].concat(), "a b");
    on_default("a b", reset(DEFAULT)).gives(LayoutReset { user_id: DEFAULT });
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
fn a_widget_that_is_reset_follows_the_default_again() {
    let mut layouts = Layouts::over("a b c");
    layouts.does(hide(USER, "b")).does(resize(USER, "b", Size::Large)).does(move_to(USER, "b", 0));
    layouts.does(hide(DEFAULT, "b")).does(show(DEFAULT, "b"));
    assert_eq!(layouts.sees(), "(b:large) a c");
    let events = layouts.tries(reset_widget(USER, "b")).unwrap();
    assert_eq!(events, [WidgetReset { user_id: USER, widget_type: name("b") }.into()]);
    assert_eq!(layouts.sees(), "a b c");
    layouts.does(hide(DEFAULT, "b"));
    assert_eq!(layouts.sees(), "a (b) c");
}

#[test]
fn what_follows_no_default_cannot_be_reset_to_it() {
    let mut layouts = Layouts::over("a");
    layouts.does(add(USER, "x"));
    layouts.refuses(reset_widget(USER, "x"), RefusalCode::InvalidValue, &["/widgetType"]);
    layouts.refuses(reset_widget(DEFAULT, "a"), RefusalCode::InvalidValue, &["/widgetType"]);
}

#[test]
fn the_configurations_of_a_layout_have_a_limit_together() {
    let mut layouts = Layouts::over("");
    let config = |bytes: usize| Some(config(json!({ "a": "x".repeat(bytes) })));
    for index in 0..16 {
        layouts.does(AddWidget { config: config(16_000), ..add(DEFAULT, &format!("w{index}")) });
    }
    let much = AddWidget { config: config(16_000), ..add(DEFAULT, "much") };
    layouts.refuses(much, RefusalCode::TooLarge, &["/config"]);
    layouts.does(AddWidget { config: config(1_000), ..add(DEFAULT, "little") });
}

#[test]
fn a_dashboard_survives_being_stored() {
    let dashboard = folded([added(USER, "x").into(), moved(USER, "x", "x a")]);
    let stored = serde_json::to_string(&dashboard).unwrap();
    assert_eq!(serde_json::from_str::<Dashboard>(&stored).unwrap(), dashboard);
    assert_eq!(Dashboard::TYPE, "dashboard");
}
