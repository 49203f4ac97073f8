//! Changes that are taken back, and made again.

use serde_json::json;

use super::*;

#[test]
fn the_last_change_that_stands_is_undone_first() {
    let mut layouts = Layouts::over("a b c");
    layouts.does(resize(USER, "a", Size::Large)).does(hide(USER, "b")).does(move_to(USER, "c", 0));
    assert_eq!(layouts.sees(), "c a:large (b)");
    assert_eq!(layouts.does(undo(USER, None)).sees(), "a:large (b) c");
    assert_eq!(layouts.does(undo(USER, None)).sees(), "a:large b c");
    assert_eq!(layouts.does(undo(USER, None)).sees(), "a b c");
    assert!(layouts.own.tracked().layout().is_empty(), "the default is followed again");
    layouts.refuses(undo(USER, None), RefusalCode::NothingToUndo, &[]);
}

#[test]
fn what_was_undone_is_made_again_until_something_else_is_changed() {
    let mut layouts = Layouts::over("a b c");
    layouts.refuses(redo(USER), RefusalCode::NothingToRedo, &[]);
    layouts.does(resize(USER, "a", Size::Large)).does(hide(USER, "b")).does(undo(USER, None)).does(undo(USER, None));
    assert_eq!(layouts.does(redo(USER)).sees(), "a:large b c");
    assert_eq!(layouts.does(redo(USER)).sees(), "a:large (b) c");
    layouts.refuses(redo(USER), RefusalCode::NothingToRedo, &[]);
    layouts.does(undo(USER, None)).does(hide(USER, "c"));
    layouts.refuses(redo(USER), RefusalCode::NothingToRedo, &[]);
    assert_eq!(layouts.does(undo(USER, None)).sees(), "a:large b c");
}

#[test]
fn any_change_is_undone_whose_properties_were_left_alone_since() {
    let mut layouts = Layouts::over("a b c");
    layouts.does(resize(USER, "a", Size::Large)).does(hide(USER, "a")).does(resize(USER, "b", Size::Small));
    assert_eq!(layouts.does(undo(USER, Some(1))).sees(), "(a) b:small c");
    assert_eq!(layouts.does(redo(USER)).sees(), "(a:large) b:small c");
    assert_eq!(layouts.does(undo(USER, Some(2))).sees(), "a:large b:small c");
    layouts.refuses(undo(USER, Some(2)), RefusalCode::NothingToUndo, &["/version"]);
    layouts.refuses(undo(USER, Some(99)), RefusalCode::NothingToUndo, &["/version"]);
}

#[test]
fn a_change_that_was_changed_again_is_not_undone_and_the_later_one_is_named() {
    let mut layouts = Layouts::over("a b c");
    layouts.does(resize(USER, "a", Size::Large)).does(hide(USER, "b")).does(resize(USER, "a", Size::Small));
    let refusal = layouts.refuses(undo(USER, Some(1)), RefusalCode::UndoConflict, &[]);
    assert_eq!((refusal.status, &refusal.facts["version"]), (409, &json!(3)));
    layouts.does(undo(USER, Some(3))).does(undo(USER, Some(1)));
    assert_eq!(layouts.sees(), "a (b) c");
}

#[test]
fn who_added_a_widget_takes_that_back_only_while_it_is_as_it_was_added() {
    let mut layouts = Layouts::over("a");
    layouts.does(add(USER, "x")).does(resize(USER, "x", Size::Small));
    let refusal = layouts.refuses(undo(USER, Some(1)), RefusalCode::UndoConflict, &[]);
    assert_eq!(refusal.facts["version"], json!(2));
    assert_eq!(layouts.does(undo(USER, None)).does(undo(USER, None)).sees(), "a");
}

#[test]
fn a_removed_widget_comes_back_as_it_was_and_to_its_place() {
    let mut layouts = Layouts::over("a b");
    let x = AddWidget { position: Some(1), config: Some(config(json!({"days": 3}))), ..add(USER, "x") };
    layouts.does(x).does(resize(USER, "x", Size::Large)).does(remove(USER, "x")).does(add(USER, "y"));
    assert_eq!(layouts.does(undo(USER, Some(3))).sees(), "a x:large b y");
    assert_eq!(layouts.effective(USER)[1].config, Some(config(json!({"days": 3}))));
}

#[test]
fn a_move_is_taken_back_while_a_widget_that_was_added_since_keeps_its_neighbours() {
    let mut layouts = Layouts::over("a b c d");
    layouts.does(move_to(DEFAULT, "d", 0)).does(AddWidget { position: Some(2), ..add(DEFAULT, "x") });
    assert_eq!(layouts.sees(), "d a x b c");
    layouts.does(undo(DEFAULT, Some(5)));
    assert_eq!(layouts.sees(), "a x b c d");
}

#[test]
fn a_move_of_a_user_is_taken_back_over_a_default_that_has_grown() {
    let mut layouts = Layouts::over("a b c d");
    layouts.does(move_to(USER, "d", 0)).does(AddWidget { position: Some(1), ..add(DEFAULT, "x") });
    assert_eq!(layouts.sees(), "d a x b c");
    assert_eq!(layouts.does(undo(USER, None)).sees(), "a x b c d");
    layouts.does(move_to(DEFAULT, "x", 0));
    assert_eq!(layouts.sees(), "x a b c d", "the order of the default is followed again");
}

#[test]
fn moves_are_taken_back_in_any_order() {
    let mut layouts = Layouts::over("a b c d");
    layouts.does(move_to(USER, "d", 0)).does(move_to(USER, "a", 3)).does(move_to(USER, "c", 1));
    assert_eq!(layouts.sees(), "d c b a");
    assert_eq!(layouts.does(undo(USER, Some(1))).sees(), "c d b a");
    assert_eq!(layouts.does(undo(USER, Some(2))).sees(), "c d a b");
    assert_eq!(layouts.does(undo(USER, Some(3))).sees(), "a b c d");
    assert!(layouts.own.tracked().layout().is_empty(), "the order of the default is followed again");
}

#[test]
fn a_reset_is_taken_back() {
    let mut layouts = Layouts::over("a b c");
    layouts.does(move_to(USER, "c", 0)).does(hide(USER, "a")).does(add(USER, "x")).does(reset(USER));
    assert_eq!(layouts.sees(), "a b c");
    layouts.does(resize(USER, "b", Size::Small));
    assert_eq!(layouts.does(undo(USER, Some(4))).sees(), "c (a) b:small x");
    layouts.does(redo(USER));
    assert_eq!(layouts.sees(), "a b:small c");
    layouts.does(hide(USER, "a"));
    let refusal = layouts.refuses(undo(USER, Some(4)), RefusalCode::UndoConflict, &[]);
    assert_eq!(refusal.facts["version"], json!(8));
}

#[test]
fn changes_at_once_are_taken_back_at_once() {
    let mut layouts = Layouts::over("a b c");
    layouts.does(apply(USER, vec![hide(USER, "a").op(), move_to(USER, "c", 0).op(), add(USER, "x").op()]));
    assert_eq!(layouts.sees(), "c (a) b x");
    assert_eq!(layouts.does(undo(USER, None)).sees(), "a b c");
    assert_eq!(layouts.does(redo(USER)).sees(), "c (a) b x");
}

#[test]
fn a_widget_that_was_removed_and_added_at_once_is_again_where_it_was() {
    let mut layouts = Layouts::over("a");
    layouts.does(add(USER, "x")).does(add(USER, "y"));
    layouts.does(apply(USER, vec![remove(USER, "x").op(), add(USER, "x").op()]));
    assert_eq!(layouts.sees(), "a y x");
    assert_eq!(layouts.does(undo(USER, None)).sees(), "a x y");
    assert_eq!(layouts.does(redo(USER)).sees(), "a y x");
}

#[test]
fn what_was_put_back_must_still_fit() {
    let widgets: String = (0..limits::LAYOUT_WIDGETS - 1).map(|index| format!("w{index} ")).collect();
    let mut layouts = Layouts::over(&widgets);
    layouts.does(add(USER, "x")).does(remove(USER, "x")).does(add(USER, "y"));
    layouts.refuses(undo(USER, Some(2)), RefusalCode::LayoutFull, &[]);
}

#[test]
fn only_so_much_is_remembered() {
    let mut layouts = Layouts::over("a b");
    for _ in 0..limits::LAYOUT_STEPS / 2 {
        layouts.does(hide(USER, "a")).does(show(USER, "a"));
    }
    layouts.does(hide(USER, "a"));
    layouts.refuses(undo(USER, Some(1)), RefusalCode::NothingToUndo, &["/version"]);
    for _ in 0..limits::LAYOUT_STEPS / 2 {
        layouts.does(undo(USER, None));
    }
}

#[test]
fn large_configurations_are_remembered_for_a_shorter_time() {
    let mut layouts = Layouts::over("a");
    let large = |first: usize| configure(USER, "a", json!({ "a": format!("{first}{}", "x".repeat(16_000)) }));
    for index in 0..100 {
        layouts.does(large(index));
    }
    let undone = std::iter::from_fn(|| layouts.tries(undo(USER, None)).ok()).count();
    assert!((20..limits::LAYOUT_STEPS_BYTES / 16_000).contains(&undone), "{undone}");
}
