//! `/api/schedules`: jobs that are enqueued when it is time.

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::Response,
};
use bytes::Bytes;
use plinth_events::{
    CommandName, limits,
    names::{Reason, ScheduleName},
    query::schedule::{GetSchedule, ListSchedules, ScheduleRow},
};
use serde::{Deserialize, Deserializer, de};
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    body::Body,
    command::Sender,
    page::page,
    parameters::{InPath, Limit, Parameters},
};
use crate::http::{
    access::{
        Caller,
        scope::{JobsOperate, JobsRead},
    },
    problem::Problem,
    site::Site,
};

/// The routes of schedules.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, define, delete))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(backfill))
}

/// Which schedules.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// How many at most, up to 1,000; 100 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<Limit>,
    /// Only schedules after this one.
    #[param(value_type = Option<String>)]
    after: Option<ScheduleName>,
}

/// How much of a schedule.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Shown {
    /// How many fire times to list, up to 100; 5 when absent.
    #[serde(default, deserialize_with = "fire_times")]
    fire_times: Option<u32>,
}

/// Why a schedule is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Why {
    /// Why.
    #[param(value_type = Option<String>)]
    reason: Option<Reason>,
}

/// The schedules by their names.
#[utoipa::path(
    get, path = "/schedules", tag = "schedules", operation_id = "listSchedules", params(Listed),
    responses((status = 200, body = ref("SchedulePage"))), security(("key" = ["jobs:read"]))
)]
async fn list(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    Parameters(Listed { limit, after }): Parameters<Listed>,
) -> Result<Response, Problem> {
    let query = ListSchedules { limit: limit.map(|Limit(rows)| rows), after };
    let found = site.queries.schedules(caller.tenant, &query).await?;
    Ok(page(&address, "after", found.next.clone(), &found))
}

/// One schedule, and when it fires next.
#[utoipa::path(
    get, path = "/schedules/{name}", tag = "schedules", operation_id = "getSchedule",
    params(("name" = String, Path, description = "Which schedule."), Shown),
    responses((status = 200, body = ref("ScheduleRow"))), security(("key" = ["jobs:read"]))
)]
async fn get(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    InPath(name): InPath<ScheduleName>,
    Parameters(Shown { fire_times }): Parameters<Shown>,
) -> Result<Json<ScheduleRow>, Problem> {
    Ok(Json(site.queries.schedule(caller.tenant, &GetSchedule { name, fire_times }).await?))
}

/// Enqueue a job at every time of a cron pattern, or change how.
#[utoipa::path(
    put, path = "/schedules/{name}", tag = "schedules", operation_id = "defineSchedule",
    params(("name" = String, Path, description = "Which schedule.")),
    request_body(content = ref("DefineSchedule without name")),
    responses((status = 200, body = ref("DefineScheduleReply"))), security(("key" = ["jobs:operate"]))
)]
async fn define(
    sender: Sender<JobsOperate>,
    InPath(name): InPath<ScheduleName>,
    body: Body,
) -> Result<Response, Problem> {
    to_schedule(&sender, CommandName::DefineSchedule, &name, &body).await
}

/// End a schedule. The jobs that it enqueued stay as they are.
#[utoipa::path(
    delete, path = "/schedules/{name}", tag = "schedules", operation_id = "deleteSchedule",
    params(("name" = String, Path, description = "Which schedule."), Why),
    responses((status = 200, body = ref("DeleteScheduleReply"))), security(("key" = ["jobs:operate"]))
)]
async fn delete(sender: Sender<JobsOperate, Why>, InPath(name): InPath<ScheduleName>) -> Result<Response, Problem> {
    let reason = sender.parameters.reason.as_ref();
    let body = reason.map_or_else(Bytes::new, |reason| json!({ "reason": reason }).to_string().into());
    to_schedule(&sender, CommandName::DeleteSchedule, &name, &Body(body)).await
}

/// Enqueue nothing more until the schedule is resumed.
#[utoipa::path(
    post, path = "/schedules/{name}/pause", tag = "schedules", operation_id = "pauseSchedule",
    params(("name" = String, Path, description = "Which schedule.")),
    request_body(content = ref("PauseSchedule without name")),
    responses((status = 200, body = ref("PauseScheduleReply"))), security(("key" = ["jobs:operate"]))
)]
async fn pause(
    sender: Sender<JobsOperate>,
    InPath(name): InPath<ScheduleName>,
    body: Body,
) -> Result<Response, Problem> {
    to_schedule(&sender, CommandName::PauseSchedule, &name, &body).await
}

/// Go on from the next fire time. Those of the pause are not made up for.
#[utoipa::path(
    post, path = "/schedules/{name}/resume", tag = "schedules", operation_id = "resumeSchedule",
    params(("name" = String, Path, description = "Which schedule.")),
    request_body(content = ref("ResumeSchedule without name")),
    responses((status = 200, body = ref("ResumeScheduleReply"))), security(("key" = ["jobs:operate"]))
)]
async fn resume(
    sender: Sender<JobsOperate>,
    InPath(name): InPath<ScheduleName>,
    body: Body,
) -> Result<Response, Problem> {
    to_schedule(&sender, CommandName::ResumeSchedule, &name, &body).await
}

/// Enqueue the jobs of past fire times, as the schedule is now.
#[utoipa::path(
    post, path = "/schedules/{name}/backfill", tag = "schedules", operation_id = "backfillSchedule",
    params(("name" = String, Path, description = "Which schedule.")),
    request_body(content = ref("BackfillSchedule without name")),
    responses((status = 200, body = ref("BackfillScheduleReply"))), security(("key" = ["jobs:operate"]))
)]
async fn backfill(
    sender: Sender<JobsOperate>,
    InPath(name): InPath<ScheduleName>,
    body: Body,
) -> Result<Response, Problem> {
    to_schedule(&sender, CommandName::BackfillSchedule, &name, &body).await
}

async fn to_schedule<Q>(
    sender: &Sender<JobsOperate, Q>,
    command: CommandName,
    name: &ScheduleName,
    body: &Body,
) -> Result<Response, Problem> {
    sender.answer(command, &body.with(&[("name", json!(name))])?).await
}

fn fire_times<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let most = limits::FIRE_TIMES_LISTED;
    let times = u32::deserialize(deserializer)?;
    if (1..=most).contains(&times) {
        return Ok(Some(times));
    }
    Err(de::Error::custom(format_args!("must be a number from 1 to {most}")))
}
