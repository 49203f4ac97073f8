//! Random commands: against edits of a plain list, one by one and at once, and taken back.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What an operation comes to on a plain list: the refusal's code, or the list after it.
fn edited(
    op: &LayoutOp,
    below: &[EffectiveWidget],
    mut list: Vec<EffectiveWidget>,
) -> Result<Vec<EffectiveWidget>, RefusalCode> {
    let place = |list: &[EffectiveWidget], name: &WidgetType| {
        list.iter().position(|widget| widget.widget_type == *name).ok_or(RefusalCode::UnknownWidget)
    };
    let anchor = |list: &[EffectiveWidget], name| place(list, name).map_err(|_| RefusalCode::AnchorMissing);
    match op {
        LayoutOp::Add { widget_type, position, size, config, .. } => {
            if place(&list, widget_type).is_ok() {
                return Err(RefusalCode::AlreadyPresent);
            }
            let at = position.unwrap_or(list.len() as u32) as usize;
            if at > list.len() {
                return Err(RefusalCode::PositionOutOfRange);
            }
            let (widget_type, size, config) = (widget_type.clone(), size.unwrap_or_default(), config.clone());
            list.insert(at, EffectiveWidget { widget_type, position: 0, size, is_visible: true, config });
        }
        LayoutOp::Move { widget_type, to_position, before, after } => {
            let widget = place(&list, widget_type).map(|index| list.remove(index))?;
            let to = match (to_position, before, after) {
                (Some(to), None, None) => *to as usize,
                (None, Some(name), None) | (None, None, Some(name)) if name == widget_type => {
                    return Err(RefusalCode::InvalidValue);
                }
                (None, Some(before), None) => anchor(&list, before)?,
                (None, None, Some(after)) => anchor(&list, after)? + 1,
                _ => return Err(RefusalCode::InvalidValue),
            };
            if to > list.len() {
                return Err(RefusalCode::PositionOutOfRange);
            }
            list.insert(to, widget);
        }
        LayoutOp::Resize { widget_type, size } => {
            let index = place(&list, widget_type)?;
            list[index].size = *size;
        }
        LayoutOp::Show { widget_type } => {
            let index = place(&list, widget_type)?;
            list[index].is_visible = true;
        }
        LayoutOp::Hide { widget_type } => {
            let index = place(&list, widget_type)?;
            list[index].is_visible = false;
        }
        LayoutOp::Configure { widget_type, config: patch } => {
            let index = place(&list, widget_type)?;
            let mut config = list[index].config.clone().unwrap_or_default();
            plinth_events::layout::merge_patch::merge(&mut config.0, &patch.0);
            if list[index].config.is_some() || !config.0.is_empty() {
                list[index].config = Some(config);
            }
        }
        LayoutOp::Remove { widget_type } => {
            let index = place(&list, widget_type)?;
            if place(below, widget_type).is_ok() {
                return Err(RefusalCode::DefaultWidget);
            }
            list.remove(index);
        }
        LayoutOp::ResetWidget { .. } => unreachable!("it is not told by the list alone"),
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

/// Something that a scope does.
fn an_op() -> impl Strategy<Value = LayoutOp> {
    let widget = || prop::sample::select(vec!["a", "b", "c", "d", "e", "f"]);
    let size = || prop::sample::select(vec![Size::Small, Size::Medium, Size::Large]);
    prop_oneof![
        6 => (widget(), prop::option::of(0..7_u32), prop::option::of(size()), prop::option::of(a_config()))
            .prop_map(|(widget, position, size, config)| {
                AddWidget { position, size, config: config.map(without_nulls), ..add(USER, widget) }.op()
            }),
        4 => (widget(), 0..7_u32).prop_map(|(widget, to)| move_to(USER, widget, to).op()),
        4 => (widget(), prop::option::of(widget()), prop::option::of(widget()))
            .prop_map(|(widget, before, after)| move_beside(USER, widget, before, after).op()),
        2 => (widget(), size()).prop_map(|(widget, size)| resize(USER, widget, size).op()),
        2 => widget().prop_map(|widget| show(USER, widget).op()),
        2 => widget().prop_map(|widget| hide(USER, widget).op()),
        5 => (widget(), a_config()).prop_map(|(widget, config)| {
            LayoutOp::Configure { widget_type: name(widget), config }
        }),
        3 => widget().prop_map(|widget| remove(USER, widget).op()),
    ]
}

fn a_scope() -> impl Strategy<Value = Option<UserId>> {
    prop::sample::select(vec![DEFAULT, USER, USER])
}

fn single(user_id: Option<UserId>, op: LayoutOp) -> DashboardCommand {
    DashboardCommand::Edit(Edit { user_id, base_version: None, ops: vec![op], is_several: false })
}

/// A command of any kind that changes a layout.
fn a_command() -> impl Strategy<Value = DashboardCommand> {
    let widget = || prop::sample::select(vec!["a", "b", "c", "d", "e", "f"]);
    prop_oneof![
        12 => (a_scope(), an_op()).prop_map(|(user_id, op)| single(user_id, op)),
        2 => (a_scope(), prop::collection::vec(an_op(), 1..5)).prop_map(|(user, ops)| apply(user, ops).into()),
        2 => (a_scope(), widget()).prop_map(|(user, widget)| reset_widget(user, widget).into()),
        1 => a_scope().prop_map(|user_id| reset(user_id).into()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_operation_does_to_what_a_person_sees_what_it_would_do_to_a_list(
        ops in prop::collection::vec((a_scope(), an_op()), 1..40),
    ) {
        let mut layouts = Layouts::default();
        for (user_id, op) in ops {
            let before = layouts.effective(user_id);
            let below = if user_id.is_some() { layouts.effective(DEFAULT) } else { Vec::new() };
            let expected = edited(&op, &below, before.clone());
            match layouts.tries(single(user_id, op)) {
                Err(refusal) => prop_assert_eq!(Err(refusal.code), expected),
                Ok(events) => {
                    let expected = expected.unwrap();
                    prop_assert_eq!(events.is_empty(), expected == before);
                    prop_assert_eq!(layouts.effective(user_id), expected);
                }
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn operations_at_once_come_to_what_they_come_to_one_by_one(
        before in prop::collection::vec(a_command(), 0..20),
        user_id in a_scope(),
        ops in prop::collection::vec(an_op(), 1..20),
    ) {
        let mut at_once = Layouts::default();
        for command in before {
            let _ = at_once.tries(command);
        }
        let mut one_by_one = Layouts { default: at_once.default.clone(), own: at_once.own.clone(), ..Layouts::default() };
        let results: Result<Vec<_>, _> =
            ops.iter().map(|op| one_by_one.tries(single(user_id, op.clone()))).collect();
        match (at_once.tries(apply(user_id, ops)), results) {
            (Ok(events), Ok(each)) => {
                prop_assert_eq!(events.is_empty(), each.concat().is_empty());
                prop_assert_eq!(at_once.effective(user_id), one_by_one.effective(user_id));
                prop_assert_eq!(at_once.scope(user_id).tracked().layout(), one_by_one.scope(user_id).tracked().layout());
            }
            (Err(refusal), Err(first)) => prop_assert_eq!(refusal.code, first.code),
            (at_once, each) => prop_assert!(false, "{at_once:?} but {each:?}"),
        }
    }

    #[test]
    fn what_is_done_and_taken_back_in_reverse_was_never_there(
        before in prop::collection::vec(a_command(), 0..20),
        user_id in a_scope(),
        commands in prop::collection::vec(a_command(), 1..100),
    ) {
        let mut layouts = Layouts::default();
        for command in before {
            let _ = layouts.tries(command);
        }
        let initial = layouts.scope(user_id).tracked().layout().clone();
        let mut states = vec![initial];
        for command in commands.into_iter().filter(|command| command.user_id() == user_id) {
            if layouts.tries(command).is_ok_and(|events| !events.is_empty()) {
                states.push(layouts.scope(user_id).tracked().layout().clone());
            }
        }
        for state in states.iter().rev().skip(1) {
            layouts.tries(undo(user_id, None)).unwrap();
            prop_assert_eq!(layouts.scope(user_id).tracked().layout(), state);
        }
        for state in states.iter().skip(1) {
            layouts.tries(redo(user_id)).unwrap();
            prop_assert_eq!(layouts.scope(user_id).tracked().layout(), state);
        }
    }

    #[test]
    fn a_history_with_undoing_and_redoing_is_the_same_when_it_is_read_again(
        steps in prop::collection::vec((a_command(), 0..4_u8, prop::option::of(0..30_u64)), 1..100),
    ) {
        let mut layouts = Layouts::default();
        let mut events = [Vec::new(), Vec::new()];
        for (command, kind, version) in steps {
            let user_id = command.user_id();
            let command = match kind {
                0 => undo(user_id, version).into(),
                1 => redo(user_id).into(),
                _ => command,
            };
            events[usize::from(user_id.is_some())].extend(layouts.tries(command).unwrap_or_default());
        }
        let [default, own] = events;
        let replayed = Layouts { default: folded(default), own: folded(own), ..Layouts::default() };
        prop_assert_eq!(&replayed.default, &layouts.default);
        prop_assert_eq!(&replayed.own, &layouts.own);
        let types: std::collections::BTreeSet<_> =
            layouts.effective(USER).into_iter().map(|widget| widget.widget_type).collect();
        prop_assert_eq!(types.len(), layouts.effective(USER).len(), "each type once");
    }
}
