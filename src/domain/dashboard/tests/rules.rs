//! What administrators keep users from.

use serde_json::json;

use super::*;

fn lock(widget: &str) -> LockWidget {
    LockWidget { widget_type: name(widget) }
}

fn unlock(widget: &str) -> UnlockWidget {
    UnlockWidget { widget_type: name(widget) }
}

fn enforce(enforced: bool) -> EnforceTenantLayout {
    EnforceTenantLayout { enforced }
}

#[test]
fn a_locked_widget_is_shown_as_the_default_has_it_and_unlocked_as_the_user_had_it() {
    let mut layouts = Layouts::over("a b c d");
    layouts.does(resize(USER, "d", Size::Large)).does(hide(USER, "d")).does(move_to(USER, "d", 0));
    layouts.does(configure(USER, "d", json!({"days": 3})));
    assert_eq!(layouts.sees(), "(d:large) a b c");
    layouts.does(lock("d"));
    assert_eq!((layouts.sees().as_str(), &layouts.effective(USER)[3].config), ("a b c d", &None));
    layouts.does(move_to(USER, "c", 0));
    assert_eq!(layouts.sees(), "c d a b", "it stands behind its neighbour in the default");
    layouts.does(unlock("d"));
    assert_eq!(layouts.sees(), "(d:large) c a b");
    assert_eq!(layouts.effective(USER)[0].config, Some(config(json!({"days": 3}))));
}

#[test]
fn users_cannot_change_a_locked_widget_in_any_way() {
    let mut layouts = Layouts::over("a b");
    layouts.does(hide(USER, "a")).does(lock("a"));
    let commands: [DashboardCommand; 8] = [
        add(USER, "a").into(),
        move_to(USER, "a", 1).into(),
        resize(USER, "a", Size::Large).into(),
        show(USER, "a").into(),
        hide(USER, "a").into(),
        configure(USER, "a", json!({"days": 3})).into(),
        remove(USER, "a").into(),
        reset_widget(USER, "a").into(),
    ];
    for command in commands {
        layouts.refuses(command, RefusalCode::WidgetLocked, &["/widgetType"]);
    }
    let ops = vec![hide(USER, "b").op(), show(USER, "a").op()];
    layouts.refuses(apply(USER, ops), RefusalCode::WidgetLocked, &["/ops/1/widgetType"]);
    layouts.refuses(undo(USER, None), RefusalCode::WidgetLocked, &[]);
    layouts.does(resize(DEFAULT, "a", Size::Large)).does(reset(USER));
    assert_eq!(layouts.sees(), "a:large b");
}

#[test]
fn nothing_gets_between_a_locked_widget_and_the_one_before_it() {
    let mut layouts = Layouts::over("a b c");
    layouts.does(lock("b"));
    assert_eq!(layouts.tries(move_beside(USER, "c", None, Some("a"))), Ok(Vec::new()));
    layouts.does(move_beside(USER, "c", Some("a"), None));
    assert_eq!(layouts.sees(), "c a b");
}

#[test]
fn only_what_the_default_has_is_locked() {
    let mut layouts = Layouts::over("a");
    layouts.refuses(lock("x"), RefusalCode::UnknownWidget, &["/widgetType"]);
    layouts.does(lock("a"));
    assert_eq!((layouts.tries(lock("a")), layouts.tries(unlock("x"))), (Ok(Vec::new()), Ok(Vec::new())));
    layouts.does(remove(DEFAULT, "a")).does(add(USER, "a")).does(resize(USER, "a", Size::Small));
    assert_eq!(layouts.sees(), "a:small");
    layouts.does(add(DEFAULT, "a"));
    assert_eq!(layouts.sees(), "a");
}

#[test]
fn while_the_default_is_enforced_everybody_sees_it_and_later_the_own_layout_again() {
    let mut layouts = Layouts::over("a b c");
    layouts.does(move_to(USER, "c", 0)).does(hide(USER, "a")).does(enforce(true));
    assert_eq!(layouts.sees(), "a b c");
    let commands: [DashboardCommand; 4] =
        [show(USER, "a").into(), reset(USER).into(), undo(USER, None).into(), redo(USER).into()];
    for command in commands {
        layouts.refuses(command, RefusalCode::LayoutEnforced, &[]);
    }
    layouts.does(resize(DEFAULT, "b", Size::Large)).does(enforce(false));
    assert_eq!(layouts.sees(), "c (a) b:large");
    assert_eq!(layouts.tries(enforce(false)), Ok(Vec::new()));
}

#[test]
fn rules_outlive_a_reset_of_the_default_and_are_not_what_is_undone() {
    let mut layouts = Layouts::over("a b");
    layouts.does(lock("a")).does(enforce(true)).does(reset(DEFAULT));
    assert!(
        layouts.default.tracked().layout().is_enforced() && layouts.default.tracked().layout().is_locked(&name("a"))
    );
    assert_eq!(layouts.does(undo(DEFAULT, None)).sees(), "a b");
    assert_eq!(layouts.does(undo(DEFAULT, None)).sees(), "a");
}
