//! Commands that were made for an older version.

use serde_json::json;

use super::*;

/// A default of a to d, of which the user has seen version 0 and then changed something.
fn changed(commands: Vec<DashboardCommand>) -> Layouts {
    let mut layouts = Layouts::over("a b c d");
    for command in commands {
        layouts.does(command);
    }
    layouts
}

#[test]
fn two_tabs_that_change_different_things_both_succeed() {
    let mut layouts = changed(vec![resize(USER, "a", Size::Large).into()]);
    layouts.does(HideWidget { base_version: Some(0), ..hide(USER, "c") });
    layouts.does(ResizeWidget { base_version: Some(0), ..resize(USER, "b", Size::Small) });
    layouts.does(HideWidget { base_version: Some(0), ..hide(USER, "a") });
    assert_eq!(layouts.sees(), "(a:large) b:small (c) d");
}

#[test]
fn two_tabs_that_move_by_number_collide_and_are_told_both_orders() {
    let mut layouts = changed(vec![move_to(USER, "a", 3).into()]);
    let late = MoveWidget { base_version: Some(0), ..move_to(USER, "a", 1) };
    let refusal = layouts.refuses(late, RefusalCode::LayoutConflict, &["/baseVersion"]);
    assert_eq!(refusal.facts["current"], json!({"layoutVersion": 1, "order": ["b", "c", "d", "a"]}));
    assert_eq!(refusal.facts["theirs"], json!([{"version": 1, "touched": {"a": ["position"]}}]));
    let mine = json!([{"pointer": "", "touched": {"a": ["position"]}}]);
    assert_eq!(refusal.facts["yours"], json!({"ops": mine, "order": ["b", "a", "c", "d"]}));
    let other = MoveWidget { base_version: Some(0), ..move_to(USER, "d", 0) };
    layouts.refuses(other, RefusalCode::LayoutConflict, &["/baseVersion"]);
    layouts.does(MoveWidget { base_version: Some(1), ..move_to(USER, "d", 0) });
}

#[test]
fn a_place_beside_a_widget_is_where_that_widget_is_by_now() {
    let mut layouts = changed(vec![move_to(USER, "c", 0).into()]);
    layouts.does(MoveWidget { base_version: Some(0), ..move_beside(USER, "d", None, Some("c")) });
    assert_eq!(layouts.sees(), "c d a b");
    layouts.does(add(USER, "x")).does(remove(USER, "x"));
    let late = MoveWidget { base_version: Some(3), ..move_beside(USER, "d", Some("x"), None) };
    layouts.refuses(late, RefusalCode::AnchorMissing, &["/before"]);
}

#[test]
fn the_same_property_of_the_same_widget_collides_unless_it_is_the_same_already() {
    let mut layouts = changed(vec![resize(USER, "a", Size::Large).into()]);
    let late = |size| ResizeWidget { base_version: Some(0), ..resize(USER, "a", size) };
    layouts.refuses(late(Size::Small), RefusalCode::LayoutConflict, &["/baseVersion"]);
    assert_eq!(layouts.tries(late(Size::Large)), Ok(Vec::new()));
}

#[test]
fn a_late_command_about_a_widget_that_was_removed_collides() {
    let mut layouts = changed(vec![add(USER, "x").into(), remove(USER, "x").into()]);
    let late = ResizeWidget { base_version: Some(1), ..resize(USER, "x", Size::Small) };
    let refusal = layouts.refuses(late, RefusalCode::LayoutConflict, &["/baseVersion"]);
    assert_eq!(refusal.facts["yours"]["order"], json!(null));
}

#[test]
fn of_changes_at_once_those_are_named_that_collide() {
    let mut layouts = changed(vec![hide(USER, "b").into(), resize(USER, "b", Size::Small).into()]);
    let ops = vec![hide(USER, "a").op(), resize(USER, "b", Size::Large).op()];
    let late = ApplyLayout { base_version: Some(0), ..apply(USER, ops.clone()) };
    let refusal = layouts.refuses(late, RefusalCode::LayoutConflict, &["/baseVersion"]);
    assert_eq!(refusal.facts["theirs"], json!([{"version": 2, "touched": {"b": ["size"]}}]));
    assert_eq!(refusal.facts["yours"]["ops"], json!([{"pointer": "/ops/1", "touched": {"b": ["size"]}}]));
    layouts.does(ApplyLayout { base_version: Some(2), ..apply(USER, ops) });
}

#[test]
fn a_reset_collides_with_everything_that_was_changed_since() {
    let mut layouts = changed(vec![hide(USER, "b").into(), hide(USER, "c").into()]);
    let late = |version| ResetLayout { user_id: USER, base_version: Some(version) };
    let refusal = layouts.refuses(late(1), RefusalCode::LayoutConflict, &["/baseVersion"]);
    assert_eq!(refusal.facts["yours"]["order"], json!(["a", "b", "c", "d"]));
    layouts.does(late(2));
}

#[test]
fn what_was_undone_was_changed_too() {
    let mut layouts = changed(vec![resize(USER, "a", Size::Large).into(), undo(USER, None).into()]);
    let late = ResizeWidget { base_version: Some(1), ..resize(USER, "a", Size::Small) };
    layouts.refuses(late, RefusalCode::LayoutConflict, &["/baseVersion"]);
}

#[test]
fn a_version_that_is_still_to_come_is_a_mistake() {
    let mut layouts = changed(vec![hide(USER, "b").into()]);
    let early = HideWidget { base_version: Some(2), ..hide(USER, "c") };
    layouts.refuses(early, RefusalCode::InvalidValue, &["/baseVersion"]);
}

#[test]
fn what_is_not_remembered_any_more_is_taken_to_collide() {
    let mut layouts = Layouts::over("a b");
    for _ in 0..limits::LAYOUT_STEPS {
        layouts.does(hide(USER, "a")).does(show(USER, "a"));
    }
    let late = |version| ResizeWidget { base_version: Some(version), ..resize(USER, "b", Size::Small) };
    let refusal = layouts.refuses(late(1), RefusalCode::LayoutConflict, &["/baseVersion"]);
    assert_eq!(refusal.facts["theirs"], json!([]));
    layouts.does(late(limits::LAYOUT_STEPS as u64));
}
