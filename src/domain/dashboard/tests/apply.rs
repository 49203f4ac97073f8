//! Several changes at once.

use plinth_events::event::dashboard::{LayoutChange, WidgetHidden, WidgetResized};
use serde_json::json;

use super::*;

#[test]
fn changes_at_once_are_one_event_that_says_all_that_came_of_them() {
    let ops = vec![
        move_to(USER, "c", 0).op(),
        resize(USER, "a", Size::Large).op(),
        hide(USER, "b").op(),
        move_beside(USER, "a", None, Some("b")).op(),
    ];
    let user_id = USER;
    let moved = |widget, order| WidgetMoved { user_id, widget_type: name(widget), order: names(order) };
    let changes = vec![
        LayoutChange::WidgetMoved(moved("c", "c a b")),
        LayoutChange::WidgetResized(WidgetResized { user_id, widget_type: name("a"), size: Size::Large }),
        LayoutChange::WidgetHidden(WidgetHidden { user_id, widget_type: name("b") }),
        LayoutChange::WidgetMoved(moved("a", "c b a")),
    ];
    over_default("a b c", apply(USER, ops)).gives(LayoutApplied { user_id: USER, changes });
}

#[test]
fn what_changes_nothing_is_left_out_and_nothing_at_all_is_no_event() {
    let nothing = vec![show(USER, "a").op(), resize(USER, "b", Size::Medium).op()];
    over_default("a b", apply(USER, nothing.clone())).changes_nothing();
    let ops = [nothing, vec![hide(USER, "a").op()]].concat();
    let changes = vec![LayoutChange::WidgetHidden(WidgetHidden { user_id: USER, widget_type: name("a") })];
    over_default("a b", apply(USER, ops)).gives(LayoutApplied { user_id: USER, changes });
}

#[test]
fn a_change_that_is_refused_takes_the_others_along_and_is_named_by_its_place() {
    let mut layouts = Layouts::over("a b");
    let ops = |op| apply(USER, vec![hide(USER, "a").op(), add(USER, "x").op(), op]);
    layouts.refuses(ops(move_to(USER, "x", 3).op()), RefusalCode::PositionOutOfRange, &["/ops/2/toPosition"]);
    layouts.refuses(ops(show(USER, "y").op()), RefusalCode::UnknownWidget, &["/ops/2/widgetType"]);
    layouts.refuses(ops(remove(USER, "b").op()), RefusalCode::DefaultWidget, &["/ops/2/widgetType"]);
    let beside = move_beside(USER, "x", None, Some("y")).op();
    layouts.refuses(ops(beside), RefusalCode::AnchorMissing, &["/ops/2/after"]);
    assert_eq!(layouts.sees(), "a b");
}

#[test]
fn changes_see_those_before_them() {
    let mut layouts = Layouts::over("a b");
    layouts.does(apply(
        USER,
        vec![
            add(USER, "x").op(),
            configure(USER, "x", json!({"days": 3})).op(),
            move_to(USER, "x", 0).op(),
            resize(USER, "x", Size::Small).op(),
        ],
    ));
    assert_eq!(layouts.sees(), "x:small a b");
    assert_eq!(layouts.effective(USER)[0].config, Some(config(json!({"days": 3}))));
}

#[test]
fn changes_at_once_have_a_size_that_goes_into_a_message() {
    let wide = |index: usize| format!("w{index}_{}", "x".repeat(55));
    let widgets: String = (0..190).map(|index| wide(index) + " ").collect();
    let mut layouts = Layouts::over(&widgets);
    let ops = (0..100).map(|index| move_to(USER, &wide(index), 100).op()).collect();
    layouts.refuses(apply(USER, ops), RefusalCode::TooLarge, &["/ops"]);
}
