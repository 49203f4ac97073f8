//! `/api/queues`: how fast jobs start, and how many run at once. A queue is all jobs of the tenant, or those of one type: the
//! body says which.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use plinth_events::{CommandName, names::JobType, query::queue::ListQueues};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{body::Body, command::Sender, page::page, parameters::Parameters};
use crate::http::{
    access::{
        Caller,
        scope::{JobsOperate, JobsRead},
    },
    problem::Problem,
    site::Site,
};

/// The routes of queues.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, configure)).routes(routes!(pause)).routes(routes!(resume))
}

/// Which queues.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// Only queues of types after this one.
    #[param(value_type = Option<String>)]
    after: Option<JobType>,
}

/// The queues of which somebody said something.
#[utoipa::path(
    get, path = "/queues", tag = "queues", operation_id = "listQueues", params(Listed),
    responses((status = 200, body = ref("QueuePage"))), security(("key" = ["jobs:read"]))
)]
async fn list(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    Parameters(Listed { after }): Parameters<Listed>,
) -> Result<Response, Problem> {
    let found = site.queries.queues(caller.tenant, &ListQueues { after }).await?;
    Ok(page(&address, "after", found.next.clone(), &found))
}

/// Say how the jobs of a queue are run from now on. What is absent from the settings is not limited, and as usual.
#[utoipa::path(
    put, path = "/queues", tag = "queues", operation_id = "configureQueue",
    request_body(content = ref("ConfigureQueue")),
    responses((status = 200, body = ref("ConfigureQueueReply"))), security(("key" = ["jobs:operate"]))
)]
async fn configure(sender: Sender<JobsOperate>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::ConfigureQueue, &body).await
}

/// Let no job of a queue start until it is resumed. Those that run go on.
#[utoipa::path(
    post, path = "/queues/pause", tag = "queues", operation_id = "pauseQueue",
    request_body(content = ref("PauseQueue")),
    responses((status = 200, body = ref("PauseQueueReply"))), security(("key" = ["jobs:operate"]))
)]
async fn pause(sender: Sender<JobsOperate>, body: Body) -> Result<Response, Problem> {
    sender.answer(CommandName::PauseQueue, &body.with(&[])?).await
}

/// Let the jobs of a queue start again.
#[utoipa::path(
    post, path = "/queues/resume", tag = "queues", operation_id = "resumeQueue",
    request_body(content = ref("ResumeQueue")),
    responses((status = 200, body = ref("ResumeQueueReply"))), security(("key" = ["jobs:operate"]))
)]
async fn resume(sender: Sender<JobsOperate>, body: Body) -> Result<Response, Problem> {
    sender.answer(CommandName::ResumeQueue, &body.with(&[])?).await
}
