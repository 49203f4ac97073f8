//! `/api/dashboard/layout`: a layout as a whole, as it is and as it was; changes of it at once, and their undoing.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use plinth_events::{
    CommandName,
    query::{
        KnownAt,
        dashboard::{GetDashboard, GetDashboardHistory},
    },
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::whose::{Change, LayoutCaller, Which, Whose};
use crate::http::{
    access::scope::LayoutTenant,
    api::{
        body::Body,
        command::Sender,
        page::page,
        parameters::{Limit, Parameters, parsed},
        version::{IfMatch, versioned},
    },
    problem::Problem,
    site::Site,
};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(get, apply, reset))
        .routes(routes!(undo))
        .routes(routes!(redo))
        .routes(routes!(history))
        .routes(routes!(enforce))
}

/// Which layout, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Was {
    /// Whose layout: `mine`, which it is when absent, or the tenant's `default`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    layout: Which,
    /// As it was by then, a time or a position of the log; as it is when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    at: Option<KnownAt>,
}

/// Which layout, and which of its changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Changed {
    /// Whose layout: `mine`, which it is when absent, or the tenant's `default`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    layout: Which,
    /// How many changes at most, up to 1,000; 100 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<Limit>,
    /// The newest version to tell of, as the link to the page has it.
    from: Option<u64>,
}

/// A layout, as it is or as it was.
///
/// The `ETag` begins with the version of the layout, for `If-Match` when it is changed.
#[utoipa::path(
    get, path = "/dashboard/layout", tag = "dashboard", operation_id = "getLayout", params(Was),
    responses((status = 200, body = ref("DashboardLayout"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn get(
    caller: LayoutCaller,
    State(site): State<Site>,
    Parameters(Was { layout, at }): Parameters<Was>,
) -> Result<Response, Problem> {
    let (principal, user_id) = caller.reads(layout)?;
    let query = GetDashboard { user_id, known_at: at, provenance: false };
    let found = site.queries.dashboard(principal.tenant, &query).await?;
    versioned(found.layout_version, &found)
}

/// Make several changes at once, all of them or none. Of the default with the scope `layout:tenant`.
///
/// With a `baseVersion` that is not the current one, the changes are carried out if nothing else touched what they touch; with
/// `If-Match` never.
#[utoipa::path(
    post, path = "/dashboard/layout", tag = "dashboard", operation_id = "applyLayout",
    params(Whose, IfMatch),
    request_body(content = ref("ApplyLayout without userId")),
    responses((status = 200, body = ref("ApplyLayoutReply"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn apply(change: Change, body: Body) -> Result<Response, Problem> {
    change.of_layout(CommandName::ApplyLayout, &body).await
}

/// Drop everything that the user changed; of the default, with the scope `layout:tenant`, every widget.
#[utoipa::path(
    delete, path = "/dashboard/layout", tag = "dashboard", operation_id = "resetLayout",
    params(Whose, IfMatch),
    responses((status = 200, body = ref("ResetLayoutReply"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn reset(change: Change, body: Body) -> Result<Response, Problem> {
    change.of_layout(CommandName::ResetLayout, &body).await
}

/// Take a change back: the last one that still stands, or that of a version. Of the default with the scope `layout:tenant`.
#[utoipa::path(
    post, path = "/dashboard/layout/undo", tag = "dashboard", operation_id = "undoLayoutChange",
    params(Whose, IfMatch),
    request_body(content = ref("UndoLayoutChange without userId")),
    responses((status = 200, body = ref("UndoLayoutChangeReply"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn undo(change: Change, body: Body) -> Result<Response, Problem> {
    change.of_layout(CommandName::UndoLayoutChange, &body).await
}

/// Make the change again that was undone last. Of the default with the scope `layout:tenant`.
#[utoipa::path(
    post, path = "/dashboard/layout/redo", tag = "dashboard", operation_id = "redoLayoutChange",
    params(Whose, IfMatch),
    responses((status = 200, body = ref("RedoLayoutChangeReply"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn redo(change: Change, body: Body) -> Result<Response, Problem> {
    change.of_layout(CommandName::RedoLayoutChange, &body).await
}

/// What happened to a layout, the newest first.
#[utoipa::path(
    get, path = "/dashboard/layout/history", tag = "dashboard", operation_id = "getLayoutHistory", params(Changed),
    responses((status = 200, body = ref("DashboardHistory"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn history(
    caller: LayoutCaller,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    Parameters(Changed { layout, limit, from }): Parameters<Changed>,
) -> Result<Response, Problem> {
    let (principal, user_id) = caller.reads(layout)?;
    let query = GetDashboardHistory { user_id, from, limit: limit.map(|Limit(changes)| changes) };
    let found = site.queries.dashboard_history(principal.tenant, &query).await?;
    Ok(page(&address, "from", found.next, &found))
}

/// Show everybody the default, or let users have layouts of their own again.
#[utoipa::path(
    put, path = "/dashboard/enforcement", tag = "dashboard", operation_id = "enforceTenantLayout",
    request_body(content = ref("EnforceTenantLayout")),
    responses((status = 200, body = ref("EnforceTenantLayoutReply"))), security(("key" = ["layout:tenant"]))
)]
async fn enforce(sender: Sender<LayoutTenant>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::EnforceTenantLayout, &body).await
}
