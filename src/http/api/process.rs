//! `/api/jobs/process`: work on jobs over HTTP. A worker claims jobs instead of fetching invitations, and says everything else
//! as over NATS. Who has a job is decided where it is for all workers, by its aggregate.

use std::{collections::HashMap, time::Duration};

use axum::{Json, response::Response};
use plinth_events::{
    CommandId, CommandName, JobId, Refusal,
    claim::{ClaimJobs, ClaimedJob, ClaimedJobs},
    command::job::StartJobs,
    reply::{JobItem, JobItems, JobOutcome},
    scan::scan,
};
use plinth_projections::job_queue::claim::Work;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    body::Body,
    command::{Sender, command_id},
};
use crate::{
    command::explain,
    http::{access::scope::JobsWork, problem::Problem, site::Site},
    log::commands,
};

/// The routes of workers.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(claim))
        .routes(routes!(heartbeat))
        .routes(routes!(checkpoint))
        .routes(routes!(log))
        .routes(routes!(complete))
        .routes(routes!(fail))
        .routes(routes!(snooze))
}

/// Start due jobs, and wait for some if there are none.
///
/// With an `Idempotency-Key` the same claim again has the same jobs, so that an answer may get lost.
#[utoipa::path(
    post, path = "/jobs/process/claim", tag = "work", operation_id = "claimJobs",
    request_body(content = ref("ClaimJobs")),
    params(("Idempotency-Key" = Option<String>, Header, description = "A UUID: the same claim again has the same jobs.")),
    responses((status = 200, body = ref("ClaimedJobs"))), security(("key" = ["jobs:work"]))
)]
async fn claim(sender: Sender<JobsWork>, Body(body): Body) -> Result<Json<ClaimedJobs>, Problem> {
    let claim = parsed(&body)?;
    let key = command_id(&sender.headers)?;
    if let Some(jobs) = claimed_before(&sender, key).await? {
        let jobs = start(&sender, &claim, jobs).await?;
        return Ok(Json(ClaimedJobs { jobs }));
    }
    let patience = Duration::from_secs(claim.wait_seconds.unwrap_or(0).into());
    let mut waiting = sender.site.workers.wait(sender.caller.tenant, patience)?;
    loop {
        match look(&sender, &claim).await? {
            // a key is used up by the first try, whatever comes of it
            Some(jobs) if !jobs.is_empty() || key.is_some() => return Ok(Json(ClaimedJobs { jobs })),
            _ if waiting.again().await => {}
            _ => return Ok(Json(ClaimedJobs { jobs: Vec::new() })),
        }
    }
}

/// Keep the leases of jobs, say how far they are, and learn which of them are to be stopped.
#[utoipa::path(
    post, path = "/jobs/process/heartbeat", tag = "work", operation_id = "heartbeatJobs",
    request_body(content = ref("HeartbeatJobs")),
    responses((status = 200, body = ref("HeartbeatJobsReply"))), security(("key" = ["jobs:work"]))
)]
async fn heartbeat(sender: Sender<JobsWork>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::HeartbeatJobs, &body).await
}

/// Keep how far attempts came, for the next ones to go on from.
#[utoipa::path(
    post, path = "/jobs/process/checkpoint", tag = "work", operation_id = "checkpointJobs",
    request_body(content = ref("CheckpointJobs")),
    responses((status = 200, body = ref("CheckpointJobsReply"))), security(("key" = ["jobs:work"]))
)]
async fn checkpoint(sender: Sender<JobsWork>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::CheckpointJobs, &body).await
}

/// Keep lines about attempts for people to read.
#[utoipa::path(
    post, path = "/jobs/process/log", tag = "work", operation_id = "logJobs", request_body(content = ref("LogJobs")),
    responses((status = 200, body = ref("LogJobsReply"))), security(("key" = ["jobs:work"]))
)]
async fn log(sender: Sender<JobsWork>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::LogJobs, &body).await
}

/// Report that jobs are done.
#[utoipa::path(
    post, path = "/jobs/process/complete", tag = "work", operation_id = "completeJobs",
    request_body(content = ref("CompleteJobs")),
    responses((status = 200, body = ref("CompleteJobsReply"))), security(("key" = ["jobs:work"]))
)]
async fn complete(sender: Sender<JobsWork>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::CompleteJobs, &body).await
}

/// Report that attempts failed.
#[utoipa::path(
    post, path = "/jobs/process/fail", tag = "work", operation_id = "failJobs", request_body(content = ref("FailJobs")),
    responses((status = 200, body = ref("FailJobsReply"))), security(("key" = ["jobs:work"]))
)]
async fn fail(sender: Sender<JobsWork>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::FailJobs, &body).await
}

/// Put running jobs back for later, without counting the attempt.
#[utoipa::path(
    post, path = "/jobs/process/snooze", tag = "work", operation_id = "snoozeJobs",
    request_body(content = ref("SnoozeJobs")),
    responses((status = 200, body = ref("SnoozeJobsReply"))), security(("key" = ["jobs:work"]))
)]
async fn snooze(sender: Sender<JobsWork>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::SnoozeJobs, &body).await
}

fn parsed(body: &[u8]) -> Result<ClaimJobs, Refusal> {
    scan(body)?;
    match ClaimJobs::parse(&mut serde_json::Deserializer::from_slice(body)) {
        Ok(claim) if claim.is_within_limits() => Ok(claim),
        _ => Err(explain::claim(body)),
    }
}

/// The jobs that the same claim started before: an answer may get lost, and must not cost them their attempts.
async fn claimed_before(sender: &Sender<JobsWork>, key: Option<CommandId>) -> Result<Option<Vec<JobId>>, Problem> {
    let Some(command) = key else { return Ok(None) };
    let result = commands::result(sender.site.database.pool(), sender.caller.tenant, command).await?;
    // the id of another command is refused when it comes to starting jobs under it
    let items = result.and_then(|result| serde_json::from_str::<JobItems>(&result).ok());
    Ok(items.map(|items| items.jobs.into_iter().map(|item| item.job_id).collect()))
}

/// Starts what is there to be started; none: nothing is.
async fn look(sender: &Sender<JobsWork>, claim: &ClaimJobs) -> Result<Option<Vec<ClaimedJob>>, Problem> {
    let claims = &sender.site.workers.claims;
    let found = claims.find(sender.caller.tenant, &claim.types, claim.max_jobs.unwrap_or(1)).await?;
    match found.jobs() {
        [] => Ok(None),
        jobs => start(sender, claim, jobs.to_vec()).await.map(Some),
    }
}

/// Starts jobs; those that are the worker's now, with all that it needs to know.
async fn start(sender: &Sender<JobsWork>, claim: &ClaimJobs, jobs: Vec<JobId>) -> Result<Vec<ClaimedJob>, Problem> {
    let command = StartJobs { jobs, worker: claim.worker.clone(), lease_seconds: claim.lease_seconds };
    let body = serde_json::to_vec(&command)?;
    let reply = sender.carry_out(CommandName::StartJobs, &body).await?;
    let items: JobItems = reply.result_as()?;
    let started: Vec<(JobId, u64)> = items.jobs.iter().filter_map(token).collect();
    if started.is_empty() {
        return Ok(Vec::new());
    }
    let work = sender.site.workers.claims.work(sender.caller.tenant, &started).await?;
    let mut work: HashMap<JobId, Work> = work.into_iter().map(|work| (work.job_id, work)).collect();
    Ok(items.jobs.into_iter().filter_map(|item| claimed(work.remove(&item.job_id)?, item.outcome)).collect())
}

fn token(item: &JobItem) -> Option<(JobId, u64)> {
    match item.outcome {
        JobOutcome::Started { token, .. } => Some((item.job_id, token)),
        _ => None,
    }
}

/// What is in the tables is right: the job may have been replaced, and has its checkpoint there.
fn claimed(work: Work, outcome: JobOutcome) -> Option<ClaimedJob> {
    let JobOutcome::Started { attempt, token, lease_until, deadline, dependencies, .. } = outcome else { return None };
    Some(ClaimedJob {
        job_id: work.job_id,
        job_type: work.job_type,
        payload: work.payload,
        attempt,
        max_attempts: work.max_attempts,
        token,
        lease_until,
        deadline,
        checkpoint: work.checkpoint,
        dependencies,
        schedule: work.schedule,
        correlation_id: work.correlation_id,
        causation_id: work.caused_by,
        traceparent: work.traceparent,
    })
}
