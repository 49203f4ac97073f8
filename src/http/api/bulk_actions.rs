//! `/api/bulk-actions`: the same, done to all jobs that a filter matches, in the background.

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::Response,
};
use plinth_events::{
    BulkActionId, CommandName,
    query::bulk::{BulkActionRow, GetBulkAction, ListBulkActions},
    reply::BulkActionStarted,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    body::Body,
    command::{Sender, created},
    page::page,
    parameters::{InPath, Limit, Nothing, Parameters},
};
use crate::http::{
    access::{
        Caller,
        scope::{JobsOperate, JobsRead},
    },
    problem::Problem,
    site::Site,
};

/// The routes of bulk actions.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, start)).routes(routes!(get)).routes(routes!(cancel))
}

/// Which bulk actions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// How many at most, up to 1,000; 100 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<Limit>,
    /// Only actions that were started before this position of the log.
    before: Option<u64>,
}

/// Bulk actions, newest first.
#[utoipa::path(
    get, path = "/bulk-actions", tag = "bulk actions", operation_id = "listBulkActions", params(Listed),
    responses((status = 200, body = ref("BulkActionPage"))), security(("key" = ["jobs:read"]))
)]
async fn list(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    Parameters(Listed { limit, before }): Parameters<Listed>,
) -> Result<Response, Problem> {
    let query = ListBulkActions { limit: limit.map(|Limit(rows)| rows), before };
    let found = site.queries.bulk_actions(caller.tenant, &query).await?;
    Ok(page(&address, "before", found.next, &found))
}

/// Do the same to all jobs that a filter matches, in the background.
///
/// `GET /api/jobs/count` says beforehand how many there are.
#[utoipa::path(
    post, path = "/bulk-actions", tag = "bulk actions", operation_id = "startBulkAction",
    request_body(content = ref("StartBulkAction")),
    responses((status = 201, body = ref("StartBulkActionReply"))), security(("key" = ["jobs:operate"]))
)]
async fn start(sender: Sender<JobsOperate>, Body(body): Body) -> Result<Response, Problem> {
    let reply = sender.carry_out(CommandName::StartBulkAction, &body).await?;
    let BulkActionStarted { action_id } = reply.result_as()?;
    Ok(created(&format!("/api/bulk-actions/{action_id}"), &reply))
}

/// One bulk action, and how far it is.
#[utoipa::path(
    get, path = "/bulk-actions/{actionId}", tag = "bulk actions", operation_id = "getBulkAction",
    params(("actionId" = String, Path, description = "Which action.")),
    responses((status = 200, body = ref("BulkActionRow"))), security(("key" = ["jobs:read"]))
)]
async fn get(
    caller: Caller<JobsRead>,
    State(site): State<Site>,
    InPath(action_id): InPath<BulkActionId>,
    _: Parameters<Nothing>,
) -> Result<Json<BulkActionRow>, Problem> {
    Ok(Json(site.queries.bulk_action(caller.tenant, &GetBulkAction { action_id }).await?))
}

/// Leave the jobs alone that a bulk action has not come to yet.
#[utoipa::path(
    post, path = "/bulk-actions/{actionId}/cancel", tag = "bulk actions", operation_id = "cancelBulkAction",
    params(("actionId" = String, Path, description = "Which action.")),
    request_body(content = ref("CancelBulkAction without actionId")),
    responses((status = 200, body = ref("CancelBulkActionReply"))), security(("key" = ["jobs:operate"]))
)]
async fn cancel(
    sender: Sender<JobsOperate>,
    InPath(action_id): InPath<BulkActionId>,
    body: Body,
) -> Result<Response, Problem> {
    sender.answer(CommandName::CancelBulkAction, &body.with(&[("actionId", json!(action_id))])?).await
}
