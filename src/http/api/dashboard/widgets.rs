//! `/api/dashboard/widgets`: the widgets of a layout, one by one.

use axum::{extract::State, http::StatusCode, response::Response};
use plinth_events::{
    CommandName, Refusal, RefusalCode, command::dashboard::ApplyLayout, names::WidgetType,
    query::dashboard::GetDashboard, scan::scan, widget_patch::WidgetPatch,
};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::whose::{Change, LayoutCaller, Whose};
use crate::{
    command::explain,
    http::{
        access::scope::LayoutTenant,
        api::{
            body::Body,
            command::{Sender, replied},
            parameters::{InPath, Parameters},
            version::{IfMatch, versioned},
        },
        problem::Problem,
        site::Site,
    },
};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(patch, remove))
        .routes(routes!(shift))
        .routes(routes!(reset))
        .routes(routes!(lock))
        .routes(routes!(unlock))
}

/// The effective layout, and where everything in it comes from.
///
/// The `ETag` begins with the version of the layout, for `If-Match` when it is changed.
#[utoipa::path(
    get, path = "/dashboard/widgets", tag = "dashboard", operation_id = "getDashboard", params(Whose),
    responses((status = 200, body = ref("DashboardLayout"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn list(
    caller: LayoutCaller,
    State(site): State<Site>,
    Parameters(Whose { layout }): Parameters<Whose>,
) -> Result<Response, Problem> {
    let (principal, user_id) = caller.reads(layout)?;
    let query = GetDashboard { user_id, known_at: None, provenance: true };
    let found = site.queries.dashboard(principal.tenant, &query).await?;
    versioned(found.layout_version, &found)
}

/// Add a widget, last when no position is given. To the default with the scope `layout:tenant`.
#[utoipa::path(
    post, path = "/dashboard/widgets", tag = "dashboard", operation_id = "addWidget",
    params(Whose, IfMatch),
    request_body(content = ref("AddWidget without userId")),
    responses((status = 201, body = ref("AddWidgetReply"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn add(change: Change, body: Body) -> Result<Response, Problem> {
    let body = body.with(&[("userId", json!(change.user_id))])?;
    Ok(replied(StatusCode::CREATED, &*change.carry_out(CommandName::AddWidget, &body).await?))
}

/// Change the size of a widget, whether it shows, its configuration: what the body says, at once.
///
/// Of the default with the scope `layout:tenant`.
#[utoipa::path(
    patch, path = "/dashboard/widgets/{widgetType}", tag = "dashboard", operation_id = "changeWidget",
    params(("widgetType" = String, Path), Whose, IfMatch),
    request_body(content = ref("WidgetPatch")), responses((status = 200, body = ref("ApplyLayoutReply"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn patch(change: Change, InPath(widget_type): InPath<WidgetType>, Body(body): Body) -> Result<Response, Problem> {
    let patch = parsed(&body)?;
    let (user_id, base_version) = (change.user_id, patch.base_version);
    let command = ApplyLayout { user_id, base_version, ops: patch.ops(&widget_type) };
    if command.ops.is_empty() {
        let detail = "the body says nothing to change: neither size nor isVisible nor config";
        return Err(Refusal::new(RefusalCode::Malformed, detail).into());
    }
    let body = serde_json::to_vec(&command)?;
    let reply = change.carry_out(CommandName::ApplyLayout, &body).await;
    Ok(replied(StatusCode::OK, &*reply.map_err(in_patch)?))
}

/// Remove a widget: from the default with the scope `layout:tenant`, else what the user added.
#[utoipa::path(
    delete, path = "/dashboard/widgets/{widgetType}", tag = "dashboard", operation_id = "removeWidget",
    params(("widgetType" = String, Path), Whose, IfMatch),
    responses((status = 200, body = ref("RemoveWidgetReply"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn remove(change: Change, InPath(widget_type): InPath<WidgetType>, body: Body) -> Result<Response, Problem> {
    change.of_widget(CommandName::RemoveWidget, &widget_type, &body).await
}

/// Move a widget to a place, or before or after another one. In the default with the scope `layout:tenant`.
#[utoipa::path(
    post, path = "/dashboard/widgets/{widgetType}/move", tag = "dashboard", operation_id = "moveWidget",
    params(("widgetType" = String, Path), Whose, IfMatch),
    request_body(content = ref("MoveWidget without userId, widgetType")),
    responses((status = 200, body = ref("MoveWidgetReply"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn shift(change: Change, InPath(widget_type): InPath<WidgetType>, body: Body) -> Result<Response, Problem> {
    change.of_widget(CommandName::MoveWidget, &widget_type, &body).await
}

/// Drop what the user changed of a widget: the default is followed again.
#[utoipa::path(
    post, path = "/dashboard/widgets/{widgetType}/reset", tag = "dashboard", operation_id = "resetWidget",
    params(("widgetType" = String, Path), Whose, IfMatch),
    responses((status = 200, body = ref("ResetWidgetReply"))),
    security(("key" = ["layout:own"]), ("key" = ["layout:tenant"]))
)]
async fn reset(change: Change, InPath(widget_type): InPath<WidgetType>, body: Body) -> Result<Response, Problem> {
    change.of_widget(CommandName::ResetWidget, &widget_type, &body).await
}

/// Keep users from changing a widget of the default.
#[utoipa::path(
    post, path = "/dashboard/widgets/{widgetType}/lock", tag = "dashboard", operation_id = "lockWidget",
    params(("widgetType" = String, Path)), responses((status = 200, body = ref("LockWidgetReply"))),
    security(("key" = ["layout:tenant"]))
)]
async fn lock(
    sender: Sender<LayoutTenant>,
    InPath(widget_type): InPath<WidgetType>,
    body: Body,
) -> Result<Response, Problem> {
    sender.answer(CommandName::LockWidget, &body.with(&[("widgetType", json!(widget_type))])?).await
}

/// Let users change a widget of the default again.
#[utoipa::path(
    post, path = "/dashboard/widgets/{widgetType}/unlock", tag = "dashboard", operation_id = "unlockWidget",
    params(("widgetType" = String, Path)), responses((status = 200, body = ref("UnlockWidgetReply"))),
    security(("key" = ["layout:tenant"]))
)]
async fn unlock(
    sender: Sender<LayoutTenant>,
    InPath(widget_type): InPath<WidgetType>,
    body: Body,
) -> Result<Response, Problem> {
    sender.answer(CommandName::UnlockWidget, &body.with(&[("widgetType", json!(widget_type))])?).await
}

fn parsed(body: &[u8]) -> Result<WidgetPatch, Refusal> {
    scan(body)?;
    WidgetPatch::parse(&mut serde_json::Deserializer::from_slice(body)).map_err(|_| explain::widget_patch(body))
}

/// Errors in operations as errors in the patch that they were made of.
fn in_patch(Problem(mut refusal): Problem) -> Problem {
    for error in &mut refusal.errors {
        let place = error.pointer.strip_prefix("/ops/").and_then(|place| place.split_once('/'));
        if let Some((_, place)) = place {
            error.pointer = format!("/{place}");
        }
    }
    Problem(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_point_into_the_patch() {
        let refusal = Refusal::new(RefusalCode::InvalidConfig, "must be a number");
        let Problem(refusal) = in_patch(Problem(refusal.at("/ops/1/config/days").at("/baseVersion").at("/ops/0")));
        let pointers: Vec<&str> = refusal.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/config/days", "/baseVersion", "/ops/0"]);
    }
}
