//! `/api/jobs`: jobs as they are and as they were, what happened to them, and how many there are.

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::Response,
};
use plinth_events::{
    JobId,
    bulk::JobFilter,
    job_log::{GetJobLogs, JobLogPlace},
    names::{JobType, Snippet},
    query::{
        KnownAt,
        bulk::{CountJobs, JobCount},
        job::{GetJob, GetJobHistory, JobPlace, JobRow, JobStatus, ListJobs},
        job_statistics::{GetJobStatistics, JobStatistics, StatisticsStep},
    },
    time::Instant,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    page::{Cursor, page},
    parameters::{InPath, Limit, Parameters, parsed},
};
use crate::http::{
    access::{Caller, scope::JobsRead},
    problem::Problem,
    site::Site,
};

/// The routes of jobs as they are read.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(count))
        .routes(routes!(statistics))
        .routes(routes!(get))
        .routes(routes!(history))
        .routes(routes!(logs))
}

/// Which jobs, and how many of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// Only jobs of this type.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>)]
    job_type: Option<JobType>,
    /// Only jobs in this status: `pending`, `processing`, `completed` or `failed`.
    #[param(value_type = Option<String>)]
    status: Option<JobStatus>,
    /// How many at most, up to 1,000; 100 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<Limit>,
    /// Where the page begins, as the link to it has it.
    #[param(value_type = Option<String>)]
    after: Option<Cursor<JobPlace>>,
}

/// Which jobs: those to which all of it applies.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Counted {
    /// Only jobs of this type.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>)]
    job_type: Option<JobType>,
    /// Only jobs in this status: `pending`, `processing`, `completed` or `failed`.
    #[param(value_type = Option<String>)]
    status: Option<JobStatus>,
    /// Only jobs that were enqueued before this time.
    #[param(value_type = Option<String>)]
    created_before: Option<Instant>,
    /// Only jobs that were enqueued at this time or after it.
    #[param(value_type = Option<String>)]
    created_after: Option<Instant>,
    /// Only jobs that changed for the last time before this time.
    #[param(value_type = Option<String>)]
    changed_before: Option<Instant>,
    /// Only jobs that changed for the last time at this time or after it.
    #[param(value_type = Option<String>)]
    changed_after: Option<Instant>,
    /// Only jobs whose last error has this text in it, as it is written.
    #[param(value_type = Option<String>)]
    error_contains: Option<Snippet>,
}

/// Which jobs, from when until when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Span {
    /// Only jobs of this type.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>)]
    job_type: Option<JobType>,
    /// From when on; an hour before `until` when absent.
    #[param(value_type = Option<String>)]
    from: Option<Instant>,
    /// Until when; now when absent.
    #[param(value_type = Option<String>)]
    until: Option<Instant>,
    /// How long each period is: `minute`, `tenMinutes`, `hour` or `day`; the shortest that makes at most 200 when absent.
    #[param(value_type = Option<String>)]
    step: Option<StatisticsStep>,
}

/// As known at a time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Known {
    /// What was known by then, a time or a position of the log; everything when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    known_at: Option<KnownAt>,
}

/// Events as known at a time, from a position on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Happened {
    /// What was known by then, a time or a position of the log; everything when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    known_at: Option<KnownAt>,
    /// The first position to read.
    from: Option<u64>,
}

/// Lines about a job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Logged {
    /// Only lines about attempts of this number.
    attempt: Option<u32>,
    /// Where the page begins, as the link to it has it.
    #[param(value_type = Option<String>)]
    after: Option<Cursor<JobLogPlace>>,
}

/// Jobs, newest first.
#[utoipa::path(
    get, path = "/jobs", tag = "jobs", operation_id = "listJobs", params(Listed),
    responses((status = 200, body = ref("JobPage"))), security(("key" = ["jobs:read"]))
)]
async fn list(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    Parameters(Listed { job_type, status, limit, after }): Parameters<Listed>,
) -> Result<Response, Problem> {
    let limit = limit.map(|Limit(rows)| rows);
    let query = ListJobs { job_type, status, limit, after: after.map(|Cursor(place)| place) };
    let found = site.queries.jobs(caller.tenant, &query).await?;
    Ok(page(&address, "after", found.next.clone().map(Cursor), &found))
}

/// How many jobs there are.
#[utoipa::path(
    get, path = "/jobs/count", tag = "jobs", operation_id = "countJobs", params(Counted),
    responses((status = 200, body = ref("JobCount"))), security(("key" = ["jobs:read"]))
)]
async fn count(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    Parameters(counted): Parameters<Counted>,
) -> Result<Json<JobCount>, Problem> {
    Ok(Json(site.queries.job_count(caller.tenant, &CountJobs { filter: counted.into() }).await?))
}

/// How many jobs there are, and how they fared over time.
#[utoipa::path(
    get, path = "/jobs/statistics", tag = "jobs", operation_id = "getJobStatistics", params(Span),
    responses((status = 200, body = ref("JobStatistics"))), security(("key" = ["jobs:read"]))
)]
async fn statistics(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    Parameters(Span { job_type, from, until, step }): Parameters<Span>,
) -> Result<Json<JobStatistics>, Problem> {
    let query = GetJobStatistics { job_type, from, until, step };
    Ok(Json(site.queries.job_statistics(caller.tenant, &query).await?))
}

/// One job, as it is or as it was.
#[utoipa::path(
    get, path = "/jobs/{jobId}", tag = "jobs", operation_id = "getJob",
    params(("jobId" = String, Path, description = "Which job."), Known),
    responses((status = 200, body = ref("JobRow"))), security(("key" = ["jobs:read"]))
)]
async fn get(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    InPath(job_id): InPath<JobId>,
    Parameters(Known { known_at }): Parameters<Known>,
) -> Result<Json<JobRow>, Problem> {
    Ok(Json(site.queries.job(caller.tenant, &GetJob { job_id, known_at }).await?))
}

/// All events of a job: who, when, what came of it.
#[utoipa::path(
    get, path = "/jobs/{jobId}/history", tag = "jobs", operation_id = "getJobHistory",
    params(("jobId" = String, Path, description = "Which job."), Happened),
    responses((status = 200, body = ref("EventPage"))), security(("key" = ["jobs:read"]))
)]
async fn history(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    InPath(job_id): InPath<JobId>,
    OriginalUri(address): OriginalUri,
    Parameters(Happened { known_at, from }): Parameters<Happened>,
) -> Result<Response, Problem> {
    let found = site.queries.job_history(caller.tenant, &GetJobHistory { job_id, known_at, from }).await?;
    Ok(page(&address, "from", found.next, &found))
}

/// What workers wrote about a job.
#[utoipa::path(
    get, path = "/jobs/{jobId}/logs", tag = "jobs", operation_id = "getJobLogs",
    params(("jobId" = String, Path, description = "Which job."), Logged),
    responses((status = 200, body = ref("JobLogPage"))), security(("key" = ["jobs:read"]))
)]
async fn logs(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    InPath(job_id): InPath<JobId>,
    OriginalUri(address): OriginalUri,
    Parameters(Logged { attempt, after }): Parameters<Logged>,
) -> Result<Response, Problem> {
    let query = GetJobLogs { job_id, attempt, after: after.map(|Cursor(place)| place) };
    let found = site.queries.job_logs(caller.tenant, &query).await?;
    Ok(page(&address, "after", found.next.map(Cursor), &found))
}

impl From<Counted> for JobFilter {
    fn from(counted: Counted) -> Self {
        Self {
            job_type: counted.job_type,
            status: counted.status,
            created_before: counted.created_before,
            created_after: counted.created_after,
            changed_before: counted.changed_before,
            changed_after: counted.changed_after,
            error_contains: counted.error_contains,
        }
    }
}
