//! The dashboard: looking at it, changing it, what happened to it. Rendering, and how edit mode works, is in
//! [`plinth_web::dashboard`].

mod act;
mod conflict;
mod content;
mod edit;
mod gathered;
mod news;
mod rehearsal;

use std::collections::BTreeSet;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Query},
    response::Response,
    routing::{get, post},
};
use plinth_events::{UserId, query::dashboard::GetDashboardHistory};
use plinth_web::{
    components::Time,
    dashboard::{HistoryEntry, HistoryView, Scope, history, routes, view},
    shell::Section,
};
use serde::Deserialize;

use self::{
    gathered::{Gathered, Whose},
    news::{Seen, news},
};
use super::{people::people, visitor::Visitor};
use crate::http::{access::scope::LayoutOwn, problem::Problem, site::Site};

/// Largest form, in bytes: a draft with its configurations.
const FORM_BYTES: usize = 1024 * 1024;
/// Changes on a page of the history.
const CHANGES: u32 = 50;

/// The routes.
pub fn routes() -> Router<Site> {
    Router::new()
        .route(routes::VIEW, get(show))
        .route(routes::EDIT, get(edit::begin).post(edit::go_on))
        .route(routes::SAVE, post(edit::save))
        .route(routes::UNDO, post(act::undo))
        .route(routes::REDO, post(act::redo))
        .route(routes::RESET, get(act::ask_to_reset).post(act::reset))
        .route(routes::LOCK, post(act::lock))
        .route(routes::ENFORCE, post(act::enforce))
        .route(routes::HISTORY, get(show_history))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
}

/// What a link says.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    scope: String,
    from: Option<u64>,
    seen: Option<u64>,
    seen_default: Option<u64>,
}

impl Asked {
    fn scope(&self) -> Scope {
        Scope::named(&self.scope)
    }

    fn seen(&self) -> Seen {
        Seen { layout: self.seen, default: self.seen_default }
    }
}

async fn show(visitor: Visitor<LayoutOwn>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let gathered = Gathered::read(&visitor, asked.scope()).await?;
    let news = news(&visitor, &gathered, asked.seen()).await?;
    let dashboard = gathered.view(&visitor.site, &gathered.layout.widgets, news).await?;
    Ok(visitor.frame.page("Dashboard", Section::Dashboard, view(&dashboard)))
}

async fn show_history(visitor: Visitor<LayoutOwn>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let whose = Whose::of(&visitor, asked.scope());
    let query = GetDashboardHistory { user_id: whose.user_id, from: asked.from, limit: Some(CHANGES) };
    let found = visitor.site.queries.dashboard_history(visitor.tenant, &query).await?;
    let users: BTreeSet<UserId> = found.changes.iter().filter_map(|change| change.by).collect();
    let people = people(&visitor, users).await?;
    let entries = found.changes.into_iter().map(|change| HistoryEntry {
        version: change.version,
        sentence: change.sentence,
        by: people.name(change.by).to_owned(),
        at: Time::at(change.recorded_at.utc()),
        is_undone: change.undone,
        is_undoable: change.undoable,
    });
    let next = found.next.map(|from| format!("{}?scope={}&from={from}", routes::HISTORY, whose.scope.as_str()));
    let shown = HistoryView { scope: whose.scope, entries: entries.collect(), can_edit: whose.can_edit, next };
    Ok(visitor.frame.page("History", Section::Dashboard, history(&shown)))
}
