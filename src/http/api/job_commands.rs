//! `/api/jobs`: jobs are enqueued, and those that are there are cancelled, tried again, given another time or priority, one
//! by its address, many by their ids. Many are answered job by job: one that is refused does not spoil the others.

use axum::{http::StatusCode, response::Response};
use plinth_events::{
    CommandName, JobId, Refusal, RefusalCode,
    reply::{JobEnqueued, JobItems, JobOutcome, Reply},
};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    body::Body,
    command::{Sender, created, replied},
    parameters::InPath,
};
use crate::http::{access::scope::JobsWrite, problem::Problem, site::Site};

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
async fn enqueue(sender: Sender<JobsWrite>, Body(body): Body) -> Result<Response, Problem> {
    let reply = sender.carry_out(CommandName::EnqueueJob, &body).await?;
    let JobEnqueued { job_id } = reply.result_as()?;
    let is_new = reply.events.iter().any(|event| event.event_type == "JobEnqueued");
    Ok(if is_new { created(&format!("/api/jobs/{job_id}"), &reply) } else { replied(StatusCode::OK, &reply) })
}

/// Enqueue up to 1,000 jobs: all or none.
#[utoipa::path(
    post, path = "/jobs/batch", tag = "jobs", operation_id = "enqueueJobs", request_body(content = ref("EnqueueJobs")),
    responses((status = 201, body = ref("EnqueueJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn enqueue_batch(sender: Sender<JobsWrite>, Body(body): Body) -> Result<Response, Problem> {
    let reply = sender.carry_out(CommandName::EnqueueJobs, &body).await?;
    Ok(replied(StatusCode::CREATED, &reply))
}

/// End a pending job at once, or ask the worker of a running one to stop.
#[utoipa::path(
    post, path = "/jobs/{jobId}/cancel", tag = "jobs", operation_id = "cancelJob",
    params(("jobId" = String, Path, description = "Which job.")),
    request_body(content = ref("CancelJobs without jobs")),
    responses((status = 200, body = ref("CancelJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn cancel(sender: Sender<JobsWrite>, InPath(job): InPath<JobId>, body: Body) -> Result<Response, Problem> {
    to_one(&sender, CommandName::CancelJobs, job, &body).await
}

/// End pending jobs at once, and ask the workers of running ones to stop.
#[utoipa::path(
    post, path = "/jobs/cancel", tag = "jobs", operation_id = "cancelJobs", request_body(content = ref("CancelJobs")),
    responses((status = 200, body = ref("CancelJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn cancel_many(sender: Sender<JobsWrite>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::CancelJobs, &body).await
}

/// Give a failed job a new set of attempts.
#[utoipa::path(
    post, path = "/jobs/{jobId}/retry", tag = "jobs", operation_id = "retryJob",
    params(("jobId" = String, Path, description = "Which job.")),
    request_body(content = ref("RetryJobs without jobs")),
    responses((status = 200, body = ref("RetryJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn retry(sender: Sender<JobsWrite>, InPath(job): InPath<JobId>, body: Body) -> Result<Response, Problem> {
    to_one(&sender, CommandName::RetryJobs, job, &body).await
}

/// Give failed jobs a new set of attempts.
#[utoipa::path(
    post, path = "/jobs/retry", tag = "jobs", operation_id = "retryJobs", request_body(content = ref("RetryJobs")),
    responses((status = 200, body = ref("RetryJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn retry_many(sender: Sender<JobsWrite>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::RetryJobs, &body).await
}

/// Give a job that waits another time.
#[utoipa::path(
    post, path = "/jobs/{jobId}/reschedule", tag = "jobs", operation_id = "rescheduleJob",
    params(("jobId" = String, Path, description = "Which job.")),
    request_body(content = ref("RescheduleJobs without jobs")),
    responses((status = 200, body = ref("RescheduleJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn reschedule(sender: Sender<JobsWrite>, InPath(job): InPath<JobId>, body: Body) -> Result<Response, Problem> {
    to_one(&sender, CommandName::RescheduleJobs, job, &body).await
}

/// Give jobs that wait another time.
#[utoipa::path(
    post, path = "/jobs/reschedule", tag = "jobs", operation_id = "rescheduleJobs",
    request_body(content = ref("RescheduleJobs")),
    responses((status = 200, body = ref("RescheduleJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn reschedule_many(sender: Sender<JobsWrite>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::RescheduleJobs, &body).await
}

/// Give a job that waits another priority.
#[utoipa::path(
    post, path = "/jobs/{jobId}/prioritize", tag = "jobs", operation_id = "prioritizeJob",
    params(("jobId" = String, Path, description = "Which job.")),
    request_body(content = ref("PrioritizeJobs without jobs")),
    responses((status = 200, body = ref("PrioritizeJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn prioritize(sender: Sender<JobsWrite>, InPath(job): InPath<JobId>, body: Body) -> Result<Response, Problem> {
    to_one(&sender, CommandName::PrioritizeJobs, job, &body).await
}

/// Give jobs that wait another priority.
#[utoipa::path(
    post, path = "/jobs/prioritize", tag = "jobs", operation_id = "prioritizeJobs",
    request_body(content = ref("PrioritizeJobs")),
    responses((status = 200, body = ref("PrioritizeJobsReply"))), security(("key" = ["jobs:write"]))
)]
async fn prioritize_many(sender: Sender<JobsWrite>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::PrioritizeJobs, &body).await
}

/// What is refused to the only job is the refusal of the request.
async fn to_one(sender: &Sender<JobsWrite>, name: CommandName, job: JobId, body: &Body) -> Result<Response, Problem> {
    let reply = sender.carry_out(name, &body.with(&[("jobs", json!([job]))])?).await?;
    check_not_refused(&reply)?;
    Ok(replied(StatusCode::OK, &reply))
}

/// Refuses what was refused to one of the jobs.
pub fn check_not_refused(reply: &Reply) -> Result<(), Problem> {
    let items: JobItems = reply.result_as()?;
    for item in items.jobs {
        if let JobOutcome::Refused { code, detail } = item.outcome {
            let code = RefusalCode::ALL.iter().find(|known| known.as_str() == code);
            return Err(Refusal::new(code.copied().unwrap_or(RefusalCode::Malformed), detail).into());
        }
    }
    Ok(())
}
