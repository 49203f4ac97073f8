//! Commands of dashboards: the aggregate decides, with the tenant's default and its types of widgets beside it.

use plinth_events::{AggregateKey, Command, Refusal, RefusalCode, UserId, reply::Layout};

use super::{Decision, Outcome, State, answer, decide};
use crate::domain::{
    dashboard::{DashboardCommand, DashboardContext, Edit},
    tenant::WidgetTypes,
};

/// The command to a layout.
pub(super) fn dashboard_command(command: &Command) -> Option<DashboardCommand> {
    let edit = match command {
        Command::AddWidget(command) => Edit::from(command),
        Command::MoveWidget(command) => Edit::from(command),
        Command::ResizeWidget(command) => Edit::from(command),
        Command::ShowWidget(command) => Edit::from(command),
        Command::HideWidget(command) => Edit::from(command),
        Command::ConfigureWidget(command) => Edit::from(command),
        Command::RemoveWidget(command) => Edit::from(command),
        Command::ResetWidget(command) => Edit::from(command),
        Command::ApplyLayout(command) => Edit::from(command),
        Command::ResetLayout(command) => return Some(DashboardCommand::Reset(command.clone())),
        Command::UndoLayoutChange(command) => return Some(DashboardCommand::Undo(command.clone())),
        Command::RedoLayoutChange(command) => return Some(DashboardCommand::Redo(command.clone())),
        Command::LockWidget(command) => return Some(DashboardCommand::Lock(command.clone())),
        Command::UnlockWidget(command) => return Some(DashboardCommand::Unlock(command.clone())),
        Command::EnforceTenantLayout(command) => return Some(DashboardCommand::Enforce(command.clone())),
        _ => return None,
    };
    Some(DashboardCommand::Edit(edit))
}

impl Decision<'_, '_> {
    pub(super) async fn dashboard(&mut self, command: DashboardCommand) -> Outcome {
        let user = command.user_id();
        if let Some(user) = user
            && !self.is_user(user)
        {
            return Err(Refusal::new(RefusalCode::UnknownUser, format!("user {user} is unknown")).at("/userId"));
        }
        let context = self.dashboard_context();
        let key = AggregateKey::Dashboard(self.envelope.tenant, user);
        let mut entry = self.entry(&key);
        let State::Dashboard(state) = &mut entry.state else { return answer(&()) };
        self.check_version(state.tracked().version())?;
        let events = decide(&mut **state, command, &context).await?;
        let layout_version = state.tracked().version();
        let result = answer(&Layout {
            layout_version,
            default_version: user.map_or(layout_version, |_: UserId| context.default.version()),
            widgets: state.effective(user, &context),
        })?;
        self.keep(key, entry, events);
        Ok(result)
    }

    fn dashboard_context(&mut self) -> DashboardContext {
        let tenant = self.envelope.tenant;
        let default = match self.entry(&AggregateKey::Dashboard(tenant, None)).state {
            State::Dashboard(default) => default.tracked().clone(),
            _ => Default::default(),
        };
        let types = match self.entry(&AggregateKey::Tenant(tenant)).state {
            State::Tenant(tenant) => tenant.widget_types(),
            _ => WidgetTypes::default(),
        };
        DashboardContext { default, types }
    }
}
