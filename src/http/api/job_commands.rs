//! `/api/jobs`: jobs are enqueued, and those that are there are cancelled, tried again, given another time or priority, one
//! by its address, many by their ids.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use plinth_events::{
    CommandName, JobId, Refusal, RefusalCode,
    reply::{JobEnqueued, JobItems, JobOutcome, Reply},
};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    body::Body,
    command::{carry_out, created, replied},
    parameters::InPath,
};
use crate::{
    http::{
        access::{Caller, scope::JobsWrite},
        problem::Problem,
        site::Site,
    },
    log::LogError,
};

/// The routes of what is done to jobs.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(enqueue))
        .routes(routes!(enqueue_batch))
        .routes(routes!(cancel))
        .routes(routes!(cancel_many))
        .routes(routes!(retry))
        .routes(routes!(retry_many))
        .routes(routes!(reschedule))
        .routes(routes!(reschedule_many))
        .routes(routes!(prioritize))
        .routes(routes!(prioritize_many))
}

/// Enqueue a job.
///
/// Where another job holds its unique key and stands for it, nothing is new, which is 200.
#[utoipa::path(
    post, path = "/jobs", tag = "jobs", operation_id = "enqueueJob", request_body(content = ref("EnqueueJob")),
    responses((status = 201, body = ref("EnqueueJobReply")), (status = 200, body = ref("EnqueueJobReply"))),
    security(("key" = ["jobs:write"]))
)]
async fn enqueue(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Problem> {
    let reply = carry_out(&site, &caller, &headers, CommandName::EnqueueJob, &body).await?;
    let JobEnqueued { job_id } = serde_json::from_str(reply.result.get()).map_err(LogError::from)?;
    let is_new = reply.events.iter().any(|event| event.event_type == "JobEnqueued");
    Ok(if is_new { created(&format!("/api/jobs/{job_id}"), &reply) } else { replied(StatusCode::OK, &reply) })
}

/// Enqueue up to 1,000 jobs: all or none.
#[utoipa::path(
    post, path = "/jobs/batch", tag = "jobs", operation_id = "enqueueJobs", request_body(content = ref("EnqueueJobs")),
    responses((status = 201, body = ref("EnqueueJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn enqueue_batch(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Problem> {
    let reply = carry_out(&site, &caller, &headers, CommandName::EnqueueJobs, &body).await?;
    Ok(replied(StatusCode::CREATED, &reply))
}

/// End a pending job at once, or ask the worker of a running one to stop.
#[utoipa::path(
    post, path = "/jobs/{jobId}/cancel", tag = "jobs", operation_id = "cancelJob",
    params(("jobId" = String, Path, description = "Which job.")),
    request_body(content = ref("CancelJobs without jobs")),
    responses((status = 200, body = ref("CancelJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn cancel(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    InPath(job): InPath<JobId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    to_one(&site, &caller, &headers, CommandName::CancelJobs, job, &body).await
}

/// End pending jobs at once, and ask the workers of running ones to stop.
#[utoipa::path(
    post, path = "/jobs/cancel", tag = "jobs", operation_id = "cancelJobs", request_body(content = ref("CancelJobs")),
    responses((status = 200, body = ref("CancelJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn cancel_many(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    to_many(&site, &caller, &headers, CommandName::CancelJobs, &body).await
}

/// Give a failed job a new set of attempts.
#[utoipa::path(
    post, path = "/jobs/{jobId}/retry", tag = "jobs", operation_id = "retryJob",
    params(("jobId" = String, Path, description = "Which job.")),
    request_body(content = ref("RetryJobs without jobs")),
    responses((status = 200, body = ref("RetryJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn retry(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    InPath(job): InPath<JobId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    to_one(&site, &caller, &headers, CommandName::RetryJobs, job, &body).await
}

/// Give failed jobs a new set of attempts.
#[utoipa::path(
    post, path = "/jobs/retry", tag = "jobs", operation_id = "retryJobs", request_body(content = ref("RetryJobs")),
    responses((status = 200, body = ref("RetryJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn retry_many(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    to_many(&site, &caller, &headers, CommandName::RetryJobs, &body).await
}

/// Give a job that waits another time.
#[utoipa::path(
    post, path = "/jobs/{jobId}/reschedule", tag = "jobs", operation_id = "rescheduleJob",
    params(("jobId" = String, Path, description = "Which job.")),
    request_body(content = ref("RescheduleJobs without jobs")),
    responses((status = 200, body = ref("RescheduleJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn reschedule(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    InPath(job): InPath<JobId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    to_one(&site, &caller, &headers, CommandName::RescheduleJobs, job, &body).await
}

/// Give jobs that wait another time.
#[utoipa::path(
    post, path = "/jobs/reschedule", tag = "jobs", operation_id = "rescheduleJobs",
    request_body(content = ref("RescheduleJobs")),
    responses((status = 200, body = ref("RescheduleJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn reschedule_many(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    to_many(&site, &caller, &headers, CommandName::RescheduleJobs, &body).await
}

/// Give a job that waits another priority.
#[utoipa::path(
    post, path = "/jobs/{jobId}/prioritize", tag = "jobs", operation_id = "prioritizeJob",
    params(("jobId" = String, Path, description = "Which job.")),
    request_body(content = ref("PrioritizeJobs without jobs")),
    responses((status = 200, body = ref("PrioritizeJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn prioritize(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    InPath(job): InPath<JobId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    to_one(&site, &caller, &headers, CommandName::PrioritizeJobs, job, &body).await
}

/// Give jobs that wait another priority.
#[utoipa::path(
    post, path = "/jobs/prioritize", tag = "jobs", operation_id = "prioritizeJobs",
    request_body(content = ref("PrioritizeJobs")),
    responses((status = 200, body = ref("PrioritizeJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn prioritize_many(
    caller: Caller<JobsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    to_many(&site, &caller, &headers, CommandName::PrioritizeJobs, &body).await
}

/// Answered job by job: one that is refused does not spoil the others.
async fn to_many(
    site: &Site,
    caller: &Caller<JobsWrite>,
    headers: &HeaderMap,
    name: CommandName,
    Body(body): &Body,
) -> Result<Response, Problem> {
    Ok(replied(StatusCode::OK, &*carry_out(site, caller, headers, name, body).await?))
}

/// What is refused to the only job is the refusal of the request.
async fn to_one(
    site: &Site,
    caller: &Caller<JobsWrite>,
    headers: &HeaderMap,
    name: CommandName,
    job: JobId,
    body: &Body,
) -> Result<Response, Problem> {
    let body = body.with(&[("jobs", json!([job]))])?;
    let reply = carry_out(site, caller, headers, name, &body).await?;
    check_not_refused(&reply)?;
    Ok(replied(StatusCode::OK, &reply))
}

/// Refuses what was refused to one of the jobs.
pub fn check_not_refused(reply: &Reply) -> Result<(), Problem> {
    let items: JobItems = serde_json::from_str(reply.result.get()).map_err(LogError::from)?;
    for item in items.jobs {
        if let JobOutcome::Refused { code, detail } = item.outcome {
            let code = RefusalCode::ALL.iter().find(|known| known.as_str() == code);
            return Err(Refusal::new(code.copied().unwrap_or(RefusalCode::Malformed), detail).into());
        }
    }
    Ok(())
}
