//! The draft: what was changed in edit mode and not saved yet, as it travels in the fields of a form.

use std::collections::BTreeMap;

use maud::{Markup, html};
use plinth_events::{Refusal, RefusalCode, command::dashboard::LayoutOp, layout::Touched, names::WidgetType};

use super::{Scope, SettingsInput, conflict, routes};

/// What was changed in edit mode and not saved yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// Whose layout is changed.
    pub scope: Scope,
    /// The version that the draft began with; none for the newest.
    pub base: Option<u64>,
    /// The changes, one after the other.
    pub ops: Vec<LayoutOp>,
    /// Changes that were taken back, the latest last.
    pub undone: Vec<LayoutOp>,
    /// The widget whose settings are open.
    pub open: Option<WidgetType>,
    /// Settings that were sent and are not an operation yet.
    pub settings: Option<SettingsInput>,
    /// What was pressed to come here.
    pub pressed: Option<Pressed>,
}

/// What was pressed.
#[derive(Debug, Clone, PartialEq)]
pub enum Pressed {
    /// Something was changed.
    Do(LayoutOp),
    /// The last change was taken back.
    Undo(LayoutOp),
    /// It was made again.
    Redo(LayoutOp),
    /// The draft was put onto the newest layout.
    Rebase,
}

impl Draft {
    /// A draft without changes.
    pub fn new(scope: Scope, base: u64) -> Self {
        Self { scope, base: Some(base), ..Self::default() }
    }

    /// Reads the fields of a form, in their order, and does what the pressed button says.
    pub fn read(fields: impl IntoIterator<Item = (String, String)>) -> Result<Self, Refusal> {
        let mut draft = Self::default();
        let (mut presses, mut config, mut dropped) = (Vec::new(), BTreeMap::new(), Touched::default());
        for (name, value) in fields {
            match name.as_str() {
                routes::SCOPE => draft.scope = Scope::named(&value),
                routes::BASE => draft.base = Some(value.parse().map_err(|_| malformed(&name, "a version", &value))?),
                routes::OP => draft.ops.push(op(&name, &value)?),
                routes::UNDONE => draft.undone.push(op(&name, &value)?),
                routes::OPEN => draft.open = Some(widget_type(&name, &value)?),
                routes::DO | routes::STEP | routes::TOGGLE | routes::CONFIGURE => presses.push((name, value)),
                _ if name.starts_with(routes::KEEP) => dropped = dropped.and(theirs(&name, &value)?),
                _ if name.starts_with(routes::CONFIG) => drop(config.insert(name, value)),
                _ => return Err(Refusal::new(RefusalCode::Malformed, format!("field {name} is not known"))),
            }
        }
        draft.ops.retain(|op| !op.touched().meets(&dropped));
        for (name, value) in presses {
            draft.press(&name, &value, &config)?;
        }
        Ok(draft)
    }

    /// Adds a change. What was taken back before cannot be made again then.
    pub fn push(&mut self, op: LayoutOp) {
        self.pressed = Some(Pressed::Do(op.clone()));
        self.ops.push(op);
        self.undone.clear();
    }

    fn press(&mut self, name: &str, value: &str, config: &BTreeMap<String, String>) -> Result<(), Refusal> {
        match (name, value) {
            (routes::DO, _) => self.push(op(name, value)?),
            (routes::TOGGLE, "") => self.open = None,
            (routes::TOGGLE, _) => self.open = Some(widget_type(name, value)?),
            (routes::CONFIGURE, _) => {
                let widget_type = widget_type(name, value)?;
                self.open = Some(widget_type.clone());
                self.settings = Some(SettingsInput { widget_type, fields: config.clone() });
            }
            (_, routes::STEP_UNDO) => self.undo(),
            (_, routes::STEP_REDO) => self.redo(),
            (_, routes::STEP_REBASE) => {
                self.base = None;
                self.pressed = Some(Pressed::Rebase);
            }
            _ => return Err(malformed(name, "undo, redo or rebase", value)),
        }
        Ok(())
    }

    fn undo(&mut self) {
        let Some(op) = self.ops.pop() else { return };
        self.pressed = Some(Pressed::Undo(op.clone()));
        self.undone.push(op);
    }

    fn redo(&mut self) {
        let Some(op) = self.undone.pop() else { return };
        self.pressed = Some(Pressed::Redo(op.clone()));
        self.ops.push(op);
    }

    /// The draft as fields of a form, on top of the newest version unless it has one that it began with.
    pub(super) fn fields(&self, newest: u64) -> Markup {
        html! {
            input type="hidden" name=(routes::SCOPE) value=(self.scope.as_str());
            input type="hidden" name=(routes::BASE) value=(self.base.unwrap_or(newest));
            @for op in &self.ops { input type="hidden" name=(routes::OP) value=(json(op)); }
            @for op in &self.undone { input type="hidden" name=(routes::UNDONE) value=(json(op)); }
            @if let Some(open) = &self.open { input type="hidden" name=(routes::OPEN) value=(open); }
        }
    }
}

/// An operation as the value of a field.
pub(super) fn json(op: &LayoutOp) -> String {
    serde_json::to_string(op).unwrap_or_default()
}

fn op(name: &str, value: &str) -> Result<LayoutOp, Refusal> {
    serde_json::from_str(value)
        .map_err(|error| Refusal::new(RefusalCode::Malformed, format!("field {name} holds no operation: {error}")))
}

fn widget_type(name: &str, value: &str) -> Result<WidgetType, Refusal> {
    value.parse().map_err(|_| malformed(name, "a type of widget", value))
}

/// What of the draft is dropped by a choice between what two people changed.
fn theirs(name: &str, value: &str) -> Result<Touched, Refusal> {
    match (conflict::named(name), value) {
        (Some(touched), routes::KEEP_THEIRS) => Ok(touched),
        (Some(_), routes::KEEP_YOURS) => Ok(Touched::default()),
        _ => Err(malformed(name, "theirs or yours", value)),
    }
}

fn malformed(name: &str, expected: &str, value: &str) -> Refusal {
    Refusal::new(RefusalCode::Malformed, format!("field {name} must hold {expected}, not {value:?}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use plinth_events::layout::Size;

    use super::*;

    fn resize(name: &str, size: Size) -> LayoutOp {
        LayoutOp::Resize { widget_type: name.parse().unwrap(), size }
    }

    fn read(fields: &[(&str, &str)]) -> Result<Draft, Refusal> {
        Draft::read(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    const LARGE: &str = r#"{"op":"resize","widgetType":"sales","size":"large"}"#;
    const SMALL: &str = r#"{"op":"resize","widgetType":"sales","size":"small"}"#;

    #[test]
    fn a_pressed_operation_comes_last_and_ends_what_could_be_made_again() {
        let draft =
            read(&[("scope", "default"), ("base", "7"), ("op", LARGE), ("undone", LARGE), ("do", SMALL)]).unwrap();
        assert_eq!(draft.ops, [resize("sales", Size::Large), resize("sales", Size::Small)]);
        assert_eq!(draft.undone, []);
        assert_eq!((draft.scope, draft.base), (Scope::Default, Some(7)));
    }

    #[test]
    fn undo_and_redo_move_operations_between_the_two_lists() {
        let undone = read(&[("op", LARGE), ("op", SMALL), ("step", "undo")]).unwrap();
        assert_eq!(undone.ops, [resize("sales", Size::Large)]);
        assert_eq!(undone.undone, [resize("sales", Size::Small)]);
        let redone = read(&[("op", LARGE), ("undone", SMALL), ("step", "redo")]).unwrap();
        assert_eq!(redone.ops, [resize("sales", Size::Large), resize("sales", Size::Small)]);
        assert_eq!(read(&[("step", "undo")]).unwrap().pressed, None);
    }

    #[test]
    fn a_rebased_draft_begins_with_the_newest_version() {
        let draft = read(&[("base", "7"), ("op", LARGE), ("step", "rebase")]).unwrap();
        assert_eq!((draft.base, draft.ops.len()), (None, 1));
    }

    #[test]
    fn of_what_two_people_changed_theirs_is_dropped_from_the_draft_and_yours_stays() {
        let hide = r#"{"op":"hide","widgetType":"sales"}"#;
        let remove = r#"{"op":"remove","widgetType":"tasks"}"#;
        let ops = |choices: &[(&str, &str)]| {
            let fields = [&[("op", LARGE), ("op", hide), ("op", remove)], choices].concat();
            let kept = read(&fields).unwrap().ops;
            kept.iter().map(|op| op.widget_type().to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ops(&[("keep.sales.size", "yours"), ("keep.tasks", "yours")]), "sales sales tasks");
        assert_eq!(ops(&[("keep.sales.size", "theirs"), ("keep.tasks", "yours")]), "sales tasks");
        assert_eq!(ops(&[("keep.sales", "theirs"), ("keep.tasks", "theirs")]), "");
    }

    #[test]
    fn settings_are_kept_as_they_were_sent() {
        let draft = read(&[("configure", "sales"), ("config/title", "Sales")]).unwrap();
        let settings = draft.settings.unwrap();
        assert_eq!(settings.fields.get("config/title").map(String::as_str), Some("Sales"));
        assert_eq!(draft.open.unwrap().as_str(), "sales");
    }

    #[test]
    fn fields_that_no_page_sends_are_refused() {
        let fields = [
            ("op", "{}"),
            ("base", "x"),
            ("step", "back"),
            ("toggle", "NO"),
            ("keep.sales.colour", "yours"),
            ("keep.sales.size", "both"),
            ("other", ""),
        ];
        for field in fields {
            assert_eq!(read(&[field]).unwrap_err().code, RefusalCode::Malformed, "{field:?}");
        }
    }
}
