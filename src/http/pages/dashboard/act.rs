//! Buttons that do one thing at once: undo, redo, reset, lock, enforce. Each leads back to the dashboard.

use axum::{
    Form,
    extract::{Query, State},
    http::HeaderMap,
    response::Response,
};
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
        api::command::carry_out,
        pages::{flash::Flash, visitor::Visitor},
        problem::Problem,
        site::Site,
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

pub async fn undo(
    visitor: Visitor<LayoutOwn>,
    State(site): State<Site>,
    headers: HeaderMap,
    Form(pressed): Form<Pressed>,
) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, Scope::named(&pressed.scope));
    let command = UndoLayoutChange { user_id: whose.user_id, version: pressed.version };
    let act = Act { site: &site, headers: &headers, whose };
    act.of(&visitor, CommandName::UndoLayoutChange, &command, "Undone.").await
}

pub async fn redo(
    visitor: Visitor<LayoutOwn>,
    State(site): State<Site>,
    headers: HeaderMap,
    Form(pressed): Form<Pressed>,
) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, Scope::named(&pressed.scope));
    let command = RedoLayoutChange { user_id: whose.user_id };
    let act = Act { site: &site, headers: &headers, whose };
    act.of(&visitor, CommandName::RedoLayoutChange, &command, "Made again.").await
}

pub async fn ask_to_reset(
    visitor: Visitor<LayoutOwn>,
    State(site): State<Site>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, Scope::named(&asked.scope));
    let query = GetDashboard { user_id: whose.user_id, ..GetDashboard::default() };
    let version = site.queries.dashboard(whose.tenant, &query).await?.layout_version;
    Ok(visitor.frame.page("Reset", Section::Dashboard, reset_question(whose.scope, version)))
}

pub async fn reset(
    visitor: Visitor<LayoutOwn>,
    State(site): State<Site>,
    headers: HeaderMap,
    Form(pressed): Form<Pressed>,
) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, Scope::named(&pressed.scope));
    let command = ResetLayout { user_id: whose.user_id, base_version: pressed.base };
    let act = Act { site: &site, headers: &headers, whose };
    act.of(&visitor, CommandName::ResetLayout, &command, "Reset. Undo takes it back.").await
}

pub async fn lock(
    visitor: Visitor<LayoutTenant>,
    State(site): State<Site>,
    headers: HeaderMap,
    Form(switched): Form<Switched>,
) -> Result<Response, Problem> {
    let act = Act { site: &site, headers: &headers, whose: Whose::of(&visitor, Scope::Default) };
    let Some(widget_type) = switched.widget else {
        return Ok(Flash::unchanged("No widget was named.").at(routes::VIEW));
    };
    if switched.on {
        let command = LockWidget { widget_type };
        return act.of(&visitor, CommandName::LockWidget, &command, "Locked: users see it as it is here.").await;
    }
    let command = UnlockWidget { widget_type };
    act.of(&visitor, CommandName::UnlockWidget, &command, "Unlocked: users may change it.").await
}

pub async fn enforce(
    visitor: Visitor<LayoutTenant>,
    State(site): State<Site>,
    headers: HeaderMap,
    Form(switched): Form<Switched>,
) -> Result<Response, Problem> {
    let act = Act { site: &site, headers: &headers, whose: Whose::of(&visitor, Scope::Default) };
    let command = EnforceTenantLayout { enforced: switched.on };
    let news = if switched.on { "Everybody sees the default now." } else { "Users see their own layouts again." };
    act.of(&visitor, CommandName::EnforceTenantLayout, &command, news).await
}

/// A command on its way, and where it leads back to.
struct Act<'a> {
    site: &'a Site,
    headers: &'a HeaderMap,
    whose: Whose,
}

impl Act<'_> {
    async fn of<S>(
        &self,
        visitor: &Visitor<S>,
        name: CommandName,
        command: &impl Serialize,
        news: &str,
    ) -> Result<Response, Problem> {
        // the tenant's default is everybody's
        if self.whose.user_id.is_none() {
            visitor.require(plinth_events::Scope::LayoutTenant)?;
        }
        let reply = carry_out(self.site, visitor, self.headers, name, &json(command)).await?;
        let back = routes::view(self.whose.scope);
        if reply.events.is_empty() {
            return Ok(Flash::unchanged("It was so already.").at(&back));
        }
        Ok(Flash::done(news).at(&back))
    }
}
