//! The examples of the contract, every refusal, and random commands against edits of a plain list and against what is there
//! again once they are taken back.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod apply;
mod conflicts;
mod random;
mod rules;
mod single;
mod types;
mod undo;

use cqrs_es::test::{AggregateResultValidator, TestFramework};
use plinth_events::{
    command::dashboard::{
        AddWidget, ApplyLayout, ConfigureWidget, HideWidget, LayoutOp, MoveWidget, RemoveWidget, ResetWidget,
        ResizeWidget, ShowWidget,
    },
    event::dashboard::{WidgetAdded, WidgetConfigured, WidgetMoved},
    json::Config,
    layout::Size,
    names::WidgetType,
};
use serde_json::Value;
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
    AddWidget {
        user_id,
        widget_type: name(widget),
        position: None,
        size: None,
        is_visible: None,
        config: None,
        base_version: None,
    }
}

fn move_to(user_id: Option<UserId>, widget: &str, to_position: u32) -> MoveWidget {
    let to_position = Some(to_position);
    MoveWidget { user_id, widget_type: name(widget), to_position, before: None, after: None, base_version: None }
}

fn move_beside(user_id: Option<UserId>, widget: &str, before: Option<&str>, after: Option<&str>) -> MoveWidget {
    let (before, after) = (before.map(name), after.map(name));
    MoveWidget { user_id, widget_type: name(widget), to_position: None, before, after, base_version: None }
}

fn resize(user_id: Option<UserId>, widget: &str, size: Size) -> ResizeWidget {
    ResizeWidget { user_id, widget_type: name(widget), size, base_version: None }
}

fn show(user_id: Option<UserId>, widget: &str) -> ShowWidget {
    ShowWidget { user_id, widget_type: name(widget), base_version: None }
}

fn hide(user_id: Option<UserId>, widget: &str) -> HideWidget {
    HideWidget { user_id, widget_type: name(widget), base_version: None }
}

fn configure(user_id: Option<UserId>, widget: &str, patch: Value) -> ConfigureWidget {
    ConfigureWidget { user_id, widget_type: name(widget), config: config(patch), base_version: None }
}

fn remove(user_id: Option<UserId>, widget: &str) -> RemoveWidget {
    RemoveWidget { user_id, widget_type: name(widget), base_version: None }
}

fn reset_widget(user_id: Option<UserId>, widget: &str) -> ResetWidget {
    ResetWidget { user_id, widget_type: name(widget), base_version: None }
}

fn reset(user_id: Option<UserId>) -> ResetLayout {
    ResetLayout { user_id, base_version: None }
}

fn apply(user_id: Option<UserId>, ops: Vec<LayoutOp>) -> ApplyLayout {
    ApplyLayout { user_id, base_version: None, ops }
}

fn undo(user_id: Option<UserId>, version: Option<u64>) -> UndoLayoutChange {
    UndoLayoutChange { user_id, version }
}

fn redo(user_id: Option<UserId>) -> RedoLayoutChange {
    RedoLayoutChange { user_id }
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
    ($($command:ident as $variant:ident),+ $(,)?) => {
        $(impl From<$command> for DashboardCommand {
            fn from(command: $command) -> Self {
                Self::$variant((&command).into())
            }
        })+
    };
}
commands!(
    AddWidget as Edit,
    MoveWidget as Edit,
    ResizeWidget as Edit,
    ShowWidget as Edit,
    HideWidget as Edit,
    ConfigureWidget as Edit,
    RemoveWidget as Edit,
    ResetWidget as Edit,
    ApplyLayout as Edit,
);

macro_rules! others {
    ($($command:ident as $variant:ident),+ $(,)?) => {
        $(impl From<$command> for DashboardCommand {
            fn from(command: $command) -> Self {
                Self::$variant(command)
            }
        })+
    };
}
others!(
    ResetLayout as Reset,
    UndoLayoutChange as Undo,
    RedoLayoutChange as Redo,
    LockWidget as Lock,
    UnlockWidget as Unlock,
    EnforceTenantLayout as Enforce,
);

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
    DashboardContext { default: folded(default).tracked().clone(), types: WidgetTypes::default() }
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

/// A default and a user's own layout, as the commands leave them.
#[derive(Default)]
struct Layouts {
    default: Dashboard,
    own: Dashboard,
    types: WidgetTypes,
}

impl Layouts {
    /// Over a default of these widgets.
    fn over(widgets: &str) -> Self {
        Self { default: folded(default_of(widgets)), ..Self::default() }
    }

    fn context(&self) -> DashboardContext {
        DashboardContext { default: self.default.tracked().clone(), types: self.types.clone() }
    }

    fn scope(&self, user_id: Option<UserId>) -> &Dashboard {
        if user_id.is_some() { &self.own } else { &self.default }
    }

    fn effective(&self, user_id: Option<UserId>) -> Vec<EffectiveWidget> {
        self.scope(user_id).effective(user_id, &self.context())
    }

    /// Carries out a command.
    fn tries(&mut self, command: impl Into<DashboardCommand>) -> Decision<DashboardEvent> {
        let (command, context) = (command.into(), self.context());
        let scope = if command.user_id().is_some() { &mut self.own } else { &mut self.default };
        let events = scope.decide(&command, &context)?;
        events.iter().cloned().for_each(|event| scope.evolve(event));
        Ok(events)
    }

    /// Carries out a command that changes something.
    #[track_caller]
    fn does(&mut self, command: impl Into<DashboardCommand>) -> &mut Self {
        let events = self.tries(command).unwrap();
        assert_eq!(events.len(), 1, "it changes something");
        self
    }

    #[track_caller]
    fn refuses(&mut self, command: impl Into<DashboardCommand>, code: RefusalCode, pointers: &[&str]) -> Refusal {
        let refusal = self.tries(command).unwrap_err();
        assert_eq!(refusal.code, code, "{refusal}");
        assert_eq!(refusal.errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), pointers);
        refusal
    }

    /// What the user sees; a hidden widget stands in brackets, and what is not of medium size has its size behind it.
    fn sees(&self) -> String {
        let shown = |widget: EffectiveWidget| {
            let name = match widget.size {
                Size::Medium => widget.widget_type.to_string(),
                size => format!("{}:{}", widget.widget_type, size.as_str()),
            };
            if widget.is_visible { name } else { format!("({name})") }
        };
        self.effective(USER).into_iter().map(shown).collect::<Vec<_>>().join(" ")
    }
}
