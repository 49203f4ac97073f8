//! Layouts: which changes of a dashboard are allowed, and what they come to.
//!
//! One aggregate per scope: a tenant's default, or what one user changed of it. What the two show together, and what can be
//! taken back, is decided in [`plinth_events::layout`], not here.

mod conflict;
mod edit;
mod editor;
mod target;

use plinth_events::{
    Refusal, RefusalCode, UserId,
    command::dashboard::{
        EnforceTenantLayout, LockWidget, RedoLayoutChange, ResetLayout, UndoLayoutChange, UnlockWidget,
    },
    event::dashboard::{
        DashboardEvent, LayoutApplied, LayoutChangeRedone, LayoutChangeUndone, LayoutEnforced, LayoutReleased,
        LayoutReset, Restored, WidgetLocked, WidgetUnlocked,
    },
    layout::{Base, CannotUndo, EffectiveWidget, TrackedLayout},
    limits,
};
use serde::{Deserialize, Serialize};

pub use self::edit::Edit;
use self::editor::Editor;
use super::{Decision, tenant::WidgetTypes};

/// A command of a dashboard.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant is its body's type, documented there")]
pub enum DashboardCommand {
    Edit(Edit),
    Reset(ResetLayout),
    Undo(UndoLayoutChange),
    Redo(RedoLayoutChange),
    Lock(LockWidget),
    Unlock(UnlockWidget),
    Enforce(EnforceTenantLayout),
}

impl DashboardCommand {
    /// Whose layout it is about: a user's, or the tenant's default.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Edit(edit) => edit.user_id,
            Self::Reset(command) => command.user_id,
            Self::Undo(command) => command.user_id,
            Self::Redo(command) => command.user_id,
            Self::Lock(_) | Self::Unlock(_) | Self::Enforce(_) => None,
        }
    }
}

/// What a decision about a layout may know beside the layout itself.
#[derive(Debug, Clone, Default)]
pub struct DashboardContext {
    /// The tenant's default. A decision about the default itself does not look at it.
    pub default: TrackedLayout,
    /// What the tenant's widgets are like.
    pub types: WidgetTypes,
}

/// What one scope says of its own, and what it said before. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dashboard {
    tracked: TrackedLayout,
}

super::aggregate!(Dashboard, "dashboard", DashboardCommand => DashboardEvent, DashboardContext);

impl Dashboard {
    /// The layout; of the default's dashboard, the [`DashboardContext::default`] of the others.
    pub fn tracked(&self) -> &TrackedLayout {
        &self.tracked
    }

    /// What a person sees: the answer to a command.
    pub fn effective(&self, user_id: Option<UserId>, context: &DashboardContext) -> Vec<EffectiveWidget> {
        self.tracked.layout().over(&base(user_id, context))
    }

    /// Decides a command.
    pub fn decide(&self, command: &DashboardCommand, context: &DashboardContext) -> Decision<DashboardEvent> {
        let base = base(command.user_id(), context);
        if base.is_enforced() {
            let detail = "everybody sees the default layout, so layouts of users cannot be changed";
            return Err(Refusal::new(RefusalCode::LayoutEnforced, detail));
        }
        match command {
            DashboardCommand::Edit(edit) => self.edit(edit, &base, &context.types),
            DashboardCommand::Reset(command) => self.reset(command, &base),
            DashboardCommand::Undo(command) => self.undo(command, &base),
            DashboardCommand::Redo(command) => self.redo(command, &base),
            DashboardCommand::Lock(command) => self.lock(command),
            DashboardCommand::Unlock(command) => Ok(self.unlock(command)),
            DashboardCommand::Enforce(command) => Ok(self.enforce(command)),
        }
    }

    /// Takes in an event of the scope.
    pub fn evolve(&mut self, event: DashboardEvent) {
        self.tracked.apply(&event);
    }

    fn edit(&self, edit: &Edit, base: &Base, types: &WidgetTypes) -> Decision<DashboardEvent> {
        let mut editor = Editor::new(self.tracked.layout(), edit.user_id, base, types);
        let outcome = editor.edit(edit);
        if outcome.as_ref().is_ok_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        conflict::check_edit(&self.tracked, edit, base, outcome.is_ok().then(|| editor.widgets()))?;
        let changes = outcome?;
        if !edit.is_several {
            return Ok(changes.into_iter().map(DashboardEvent::from).collect());
        }
        let event = DashboardEvent::from(LayoutApplied { user_id: edit.user_id, changes });
        check_size(&event)?;
        Ok(vec![event])
    }

    fn reset(&self, command: &ResetLayout, base: &Base) -> Decision<DashboardEvent> {
        if self.tracked.layout().is_empty() {
            return Ok(Vec::new());
        }
        conflict::check_reset(&self.tracked, command, base)?;
        Ok(vec![LayoutReset { user_id: command.user_id }.into()])
    }

    fn undo(&self, command: &UndoLayoutChange, base: &Base) -> Decision<DashboardEvent> {
        let (version, restored) =
            self.tracked.undo(command.version, base).map_err(|reason| cannot_undo(reason, command.version))?;
        check_unlocked(&restored, base)?;
        let event = LayoutChangeUndone { user_id: command.user_id, version, restored }.into();
        self.check_room(&event, base)?;
        Ok(vec![event])
    }

    fn redo(&self, command: &RedoLayoutChange, base: &Base) -> Decision<DashboardEvent> {
        let Some((version, restored)) = self.tracked.redo() else {
            let detail = "nothing was undone, or something was changed since";
            return Err(Refusal::new(RefusalCode::NothingToRedo, detail));
        };
        check_unlocked(&restored, base)?;
        let event = LayoutChangeRedone { user_id: command.user_id, version, restored }.into();
        self.check_room(&event, base)?;
        Ok(vec![event])
    }

    /// What was put back may not fit any more beside what came since.
    fn check_room(&self, event: &DashboardEvent, base: &Base) -> Result<(), Refusal> {
        let mut layout = self.tracked.layout().as_ref().clone();
        layout.apply(event);
        editor::check_count(layout.over(base).len())?;
        editor::check_total(layout.config_bytes())
    }

    fn lock(&self, command: &LockWidget) -> Decision<DashboardEvent> {
        let LockWidget { widget_type } = command.clone();
        let layout = self.tracked.layout();
        if layout.is_locked(&widget_type) {
            return Ok(Vec::new());
        }
        if layout.base().find(&widget_type).is_none() {
            let detail = format!("widget {widget_type} is not in the default layout");
            return Err(Refusal::new(RefusalCode::UnknownWidget, detail).at("/widgetType"));
        }
        Ok(vec![WidgetLocked { widget_type }.into()])
    }

    fn unlock(&self, command: &UnlockWidget) -> Vec<DashboardEvent> {
        let UnlockWidget { widget_type } = command.clone();
        let changes = self.tracked.layout().is_locked(&widget_type);
        changes.then(|| WidgetUnlocked { widget_type }.into()).into_iter().collect()
    }

    fn enforce(&self, command: &EnforceTenantLayout) -> Vec<DashboardEvent> {
        match (self.tracked.layout().is_enforced(), command.enforced) {
            (false, true) => vec![LayoutEnforced {}.into()],
            (true, false) => vec![LayoutReleased {}.into()],
            _ => Vec::new(),
        }
    }
}

/// What lies below a scope: below a user's the default, below the default nothing.
fn base(user_id: Option<UserId>, context: &DashboardContext) -> Base {
    user_id.map(|_| context.default.layout().base()).unwrap_or_default()
}

/// What a user cannot change cannot be changed back either.
fn check_unlocked(restored: &Restored, base: &Base) -> Result<(), Refusal> {
    match restored.touched.widgets().find(|name| base.is_locked(name)) {
        Some(locked) => Err(editor::locked(locked)),
        None => Ok(()),
    }
}

fn check_size(event: &DashboardEvent) -> Result<(), Refusal> {
    let size_bytes = event.data().map_or(usize::MAX, |data| data.len());
    if size_bytes <= limits::LAYOUT_EVENT_BYTES {
        return Ok(());
    }
    let detail = format!("the changes come to {size_bytes} bytes, {} are allowed", limits::LAYOUT_EVENT_BYTES);
    Err(Refusal::new(RefusalCode::TooLarge, detail).at("/ops"))
}

fn cannot_undo(reason: CannotUndo, asked: Option<u64>) -> Refusal {
    match (reason, asked) {
        (CannotUndo::Nothing, None) => {
            Refusal::new(RefusalCode::NothingToUndo, "no change of the layout is remembered that still stands")
        }
        (CannotUndo::Nothing, Some(asked)) => {
            let detail = format!("change {asked} of the layout does not stand, or is not remembered any more");
            Refusal::new(RefusalCode::NothingToUndo, detail).at("/version")
        }
        (CannotUndo::Later(version), _) => {
            let detail = format!("what was changed then was changed again by change {version}");
            Refusal::new(RefusalCode::UndoConflict, detail).fact("version", version)
        }
    }
}

#[cfg(test)]
mod tests;
