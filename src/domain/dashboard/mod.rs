//! Layouts: which changes of a dashboard are allowed, and what they come to.
//!
//! One aggregate per scope: a tenant's default, or what one user changed of it. What the two show together is decided
//! in [`plinth_events::layout`], not here.

mod scope;

use std::sync::Arc;

use plinth_events::{
    UserId,
    command::dashboard::{
        AddWidget, ConfigureWidget, HideWidget, MoveWidget, RemoveWidget, ResetLayout, ResizeWidget, ShowWidget,
    },
    event::dashboard::DashboardEvent,
    layout::{EffectiveWidget, Layout},
};
use serde::{Deserialize, Serialize};

use self::scope::Scope;
use super::Decision;

/// A command of a dashboard.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant is its body's type, documented there")]
pub enum DashboardCommand {
    AddWidget(AddWidget),
    MoveWidget(MoveWidget),
    ResizeWidget(ResizeWidget),
    ShowWidget(ShowWidget),
    HideWidget(HideWidget),
    ConfigureWidget(ConfigureWidget),
    RemoveWidget(RemoveWidget),
    ResetLayout(ResetLayout),
}

impl DashboardCommand {
    /// Whose layout it is about: a user's, or the tenant's default.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::AddWidget(command) => command.user_id,
            Self::MoveWidget(command) => command.user_id,
            Self::ResizeWidget(command) => command.user_id,
            Self::ShowWidget(command) => command.user_id,
            Self::HideWidget(command) => command.user_id,
            Self::ConfigureWidget(command) => command.user_id,
            Self::RemoveWidget(command) => command.user_id,
            Self::ResetLayout(command) => command.user_id,
        }
    }
}

/// What a decision about a layout may know beside the layout itself.
#[derive(Debug, Clone, Default)]
pub struct DashboardContext {
    /// The tenant's default. A decision about the default itself does not look at it.
    pub default: Arc<Layout>,
}

/// What one scope says of its own. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Layout", into = "Layout")]
pub struct Dashboard {
    layout: Arc<Layout>,
}

impl From<Layout> for Dashboard {
    fn from(layout: Layout) -> Self {
        Self { layout: Arc::new(layout) }
    }
}

impl From<Dashboard> for Layout {
    fn from(dashboard: Dashboard) -> Self {
        Arc::unwrap_or_clone(dashboard.layout)
    }
}

super::aggregate!(Dashboard, "dashboard", DashboardCommand => DashboardEvent, DashboardContext);

impl Dashboard {
    /// What the scope says of its own; of the default's dashboard, the [`DashboardContext::default`] of the others.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// What a person sees: the answer to a command.
    pub fn effective(&self, user_id: Option<UserId>, context: &DashboardContext) -> Vec<EffectiveWidget> {
        self.layout.over(&below(user_id, context))
    }

    /// Decides a command.
    pub fn decide(&self, command: &DashboardCommand, context: &DashboardContext) -> Decision<DashboardEvent> {
        let scope = Scope::new(&self.layout, below(command.user_id(), context));
        let event = match command {
            DashboardCommand::AddWidget(command) => scope.add_widget(command),
            DashboardCommand::MoveWidget(command) => scope.move_widget(command),
            DashboardCommand::ResizeWidget(command) => scope.resize_widget(command),
            DashboardCommand::ShowWidget(command) => scope.show_widget(command),
            DashboardCommand::HideWidget(command) => scope.hide_widget(command),
            DashboardCommand::ConfigureWidget(command) => scope.configure_widget(command),
            DashboardCommand::RemoveWidget(command) => scope.remove_widget(command),
            DashboardCommand::ResetLayout(command) => scope.reset_layout(command),
        };
        Ok(event?.into_iter().collect())
    }

    /// Takes in an event of the scope.
    pub fn evolve(&mut self, event: DashboardEvent) {
        Arc::make_mut(&mut self.layout).apply(&event);
    }
}

/// What lies below a scope: below a user's the default, below the default nothing.
fn below(user_id: Option<UserId>, context: &DashboardContext) -> Vec<EffectiveWidget> {
    user_id.map(|_| context.default.over(&[])).unwrap_or_default()
}

#[cfg(test)]
mod tests;
