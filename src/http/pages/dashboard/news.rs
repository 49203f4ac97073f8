//! What was changed since somebody looked at a dashboard: of the layout, and of the default below it.

use plinth_events::{
    UserId,
    query::dashboard::{DashboardChange, GetDashboardHistory},
};
use plinth_web::dashboard::{Change, Scope};

use super::gathered::{Gathered, told};
use crate::http::{
    access::scope::LayoutOwn,
    pages::{people::people, visitor::Visitor},
    problem::Problem,
};

/// How many changes of the default are told at most.
const CHANGES: u64 = 50;

/// The versions that somebody has seen; none: the newest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    pub layout: Option<u64>,
    /// Of the tenant's default.
    pub default: Option<u64>,
}

/// What was changed since, the newest first, that of the layout itself before that of the default.
pub async fn news(visitor: &Visitor<LayoutOwn>, gathered: &Gathered, seen: Seen) -> Result<Vec<Change>, Problem> {
    let is_new = |change: &&DashboardChange| seen.layout.is_some_and(|seen| change.version > seen);
    let mut news: Vec<Change> =
        gathered.history.changes.iter().take_while(is_new).map(|change| gathered.told(change)).collect();
    if gathered.whose.scope == Scope::Mine {
        news.extend(of_default(visitor, gathered, seen.default).await?);
    }
    Ok(news)
}

async fn of_default(
    visitor: &Visitor<LayoutOwn>,
    gathered: &Gathered,
    seen: Option<u64>,
) -> Result<Vec<Change>, Problem> {
    let newest = gathered.layout.default_version;
    let Some(seen) = seen.filter(|seen| *seen < newest) else { return Ok(Vec::new()) };
    let limit = u32::try_from((newest - seen).min(CHANGES)).ok();
    let query = GetDashboardHistory { user_id: None, from: Some(newest), limit };
    let changes = visitor.site.queries.dashboard_history(gathered.whose.tenant, &query).await?.changes;
    let users: Vec<UserId> = changes.iter().filter_map(|change| change.by).collect();
    let people = people(visitor, users).await?;
    Ok(changes.iter().map(|change| told(change, Scope::Default, &people)).collect())
}
