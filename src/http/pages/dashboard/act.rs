//! Buttons that do one thing at once: undo, redo, reset, lock, enforce. Each leads back to the dashboard.

use axum::{extract::Query, response::Response};
use plinth_events::{
    CommandName,
    command::dashboard::{
        EnforceTenantLayout, LockWidget, RedoLayoutChange, ResetLayout, UndoLayoutChange, UnlockWidget,
    },
    names::WidgetType,
    query::dashboard::GetDashboard,
};
use plinth_web::{
    dashboard::{Scope, reset_question, routes},
    shell::Section,
};
use serde::{Deserialize, Serialize};

use super::{Asked, gathered::Whose};
use crate::{
    command::answer::json,
    http::{
        access::scope::{LayoutOwn, LayoutTenant},
        pages::{flash::Flash, form::Sent, visitor::Visitor},
        problem::Problem,
    },
};

/// What the buttons send.
#[derive(Deserialize)]
pub struct Pressed {
    #[serde(default)]
    scope: String,
    version: Option<u64>,
    base: Option<u64>,
}

/// What a switch sends.
#[derive(Deserialize)]
pub struct Switched {
    on: bool,
    widget: Option<WidgetType>,
}

pub async fn undo(visitor: Visitor<LayoutOwn>, Sent(pressed): Sent<Pressed>) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, Scope::named(&pressed.scope));
    let command = UndoLayoutChange { user_id: whose.user_id, version: pressed.version };
    act(&visitor, &whose, CommandName::UndoLayoutChange, &command, "Undone.").await
}

pub async fn redo(visitor: Visitor<LayoutOwn>, Sent(pressed): Sent<Pressed>) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, Scope::named(&pressed.scope));
    let command = RedoLayoutChange { user_id: whose.user_id };
    act(&visitor, &whose, CommandName::RedoLayoutChange, &command, "Made again.").await
}

pub async fn ask_to_reset(visitor: Visitor<LayoutOwn>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, asked.scope());
    let query = GetDashboard { user_id: whose.user_id, ..GetDashboard::default() };
    let version = visitor.site.queries.dashboard(whose.tenant, &query).await?.layout_version;
    Ok(visitor.frame.page("Reset", Section::Dashboard, reset_question(whose.scope, version)))
}

pub async fn reset(visitor: Visitor<LayoutOwn>, Sent(pressed): Sent<Pressed>) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, Scope::named(&pressed.scope));
    let command = ResetLayout { user_id: whose.user_id, base_version: pressed.base };
    act(&visitor, &whose, CommandName::ResetLayout, &command, "Reset. Undo takes it back.").await
}

pub async fn lock(visitor: Visitor<LayoutTenant>, Sent(switched): Sent<Switched>) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, Scope::Default);
    let Some(widget_type) = switched.widget else {
        return Ok(Flash::unchanged("No widget was named.").at(routes::VIEW));
    };
    if switched.on {
        let (command, news) = (LockWidget { widget_type }, "Locked: users see it as it is here.");
        return act(&visitor, &whose, CommandName::LockWidget, &command, news).await;
    }
    let (command, news) = (UnlockWidget { widget_type }, "Unlocked: users may change it.");
    act(&visitor, &whose, CommandName::UnlockWidget, &command, news).await
}

pub async fn enforce(visitor: Visitor<LayoutTenant>, Sent(switched): Sent<Switched>) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, Scope::Default);
    let command = EnforceTenantLayout { enforced: switched.on };
    let news = if switched.on { "Everybody sees the default now." } else { "Users see their own layouts again." };
    act(&visitor, &whose, CommandName::EnforceTenantLayout, &command, news).await
}

/// Sends a command about somebody's layout and leads back to it, with the news of what was done.
async fn act<S>(
    visitor: &Visitor<S>,
    whose: &Whose,
    name: CommandName,
    command: &impl Serialize,
    news: &str,
) -> Result<Response, Problem> {
    // the tenant's default is everybody's
    if whose.user_id.is_none() {
        visitor.require(plinth_events::Scope::LayoutTenant)?;
    }
    let reply = visitor.carry_out(name, &json(command)).await?;
    let back = routes::view(whose.scope);
    if reply.events.is_empty() {
        return Ok(Flash::unchanged("It was so already.").at(&back));
    }
    Ok(Flash::done(news).at(&back))
}
