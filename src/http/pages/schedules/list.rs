//! Schedules, and one of them.

use axum::response::Response;
use chrono::Utc;
use plinth_events::{
    AggregateKey, Scope,
    names::ScheduleName,
    query::schedule::{GetSchedule, ListSchedules},
};
use plinth_web::{
    schedules::{self, ScheduleListView, ScheduleView},
    shell::Section,
};
use serde::Deserialize;

use crate::{
    http::{
        access::scope::JobsRead,
        api::parameters::{InPath, Parameters},
        pages::{people::people, visitor::Visitor},
        problem::Problem,
    },
    log::read,
};

/// Schedules of a page.
const PAGE_SCHEDULES: u32 = 50;

/// What happened to one: the newest events.
const EVENTS: u32 = 50;

/// Where the list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    after: Option<ScheduleName>,
}

/// GET: schedules by name.
pub async fn list(
    visitor: Visitor<JobsRead>,
    Parameters(After { after }): Parameters<After>,
) -> Result<Response, Problem> {
    let is_first = after.is_none();
    let query = ListSchedules { limit: Some(PAGE_SCHEDULES), after };
    let view = ScheduleListView {
        page: visitor.site.queries.schedules(visitor.tenant, &query).await?,
        is_first,
        now: Utc::now().into(),
        can_operate: visitor.require(Scope::JobsOperate).is_ok(),
    };
    Ok(visitor.frame.page("Schedules", Section::Schedules, schedules::schedules(&view)))
}

/// GET: one of them.
pub async fn show(visitor: Visitor<JobsRead>, InPath(name): InPath<ScheduleName>) -> Result<Response, Problem> {
    let key = AggregateKey::Schedule(visitor.tenant, name.clone());
    let schedule = visitor.site.queries.schedule(visitor.tenant, &GetSchedule { name, fire_times: None }).await?;
    let events = read::newest_of_aggregate(visitor.site.database.pool(), &key, EVENTS).await?;
    let people = people(&visitor, events.iter().filter_map(|event| event.origin.actor)).await?;
    let view = ScheduleView {
        schedule,
        events,
        people,
        now: Utc::now().into(),
        can_operate: visitor.require(Scope::JobsOperate).is_ok(),
    };
    let title = view.schedule.name.as_str();
    Ok(visitor.frame.page(title, Section::Schedules, schedules::schedule(&view)))
}
