//! `/api/dashboard/widget-types`: what the widgets of each type are like.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use plinth_events::{
    CommandName,
    names::WidgetType,
    query::{KnownAt, dashboard::ListWidgetTypes},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::{
    access::{
        Caller,
        scope::{LayoutOwn, LayoutTenant},
    },
    api::{
        body::Body,
        command::Sender,
        page::page,
        parameters::{InPath, Parameters, parsed},
    },
    problem::Problem,
    site::Site,
};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(declare, retire))
}

/// As known at a time, and where the page begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Declared {
    /// What was known by then, a time or a position of the log; everything when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    known_at: Option<KnownAt>,
    /// Only types after this one, as the link to the page has it.
    #[param(value_type = Option<String>)]
    after: Option<WidgetType>,
}

/// The declared types of widgets, by name.
#[utoipa::path(
    get, path = "/dashboard/widget-types", tag = "dashboard", operation_id = "listWidgetTypes", params(Declared),
    responses((status = 200, body = ref("WidgetTypes"))), security(("key" = ["layout:own"]))
)]
async fn list(
    caller: Caller<LayoutOwn>,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    Parameters(Declared { known_at, after }): Parameters<Declared>,
) -> Result<Response, Problem> {
    let found = site.queries.widget_types(caller.tenant, &ListWidgetTypes { known_at, after }).await?;
    Ok(page(&address, "after", found.next.as_ref(), &found))
}

/// Say what the widgets of a type are like, in place of all that was said about it before.
#[utoipa::path(
    put, path = "/dashboard/widget-types/{widgetType}", tag = "dashboard", operation_id = "declareWidgetType",
    params(("widgetType" = String, Path)), request_body(content = ref("DeclareWidgetType without widgetType")),
    responses((status = 200, body = ref("DeclareWidgetTypeReply"))), security(("key" = ["layout:tenant"]))
)]
async fn declare(
    sender: Sender<LayoutTenant>,
    InPath(widget_type): InPath<WidgetType>,
    body: Body,
) -> Result<Response, Problem> {
    sender.answer(CommandName::DeclareWidgetType, &body.with(&[("widgetType", json!(widget_type))])?).await
}

/// Take back what was said about a type: its widgets stay, and may have any configuration.
#[utoipa::path(
    delete, path = "/dashboard/widget-types/{widgetType}", tag = "dashboard", operation_id = "retireWidgetType",
    params(("widgetType" = String, Path)), responses((status = 200, body = ref("RetireWidgetTypeReply"))),
    security(("key" = ["layout:tenant"]))
)]
async fn retire(
    sender: Sender<LayoutTenant>,
    InPath(widget_type): InPath<WidgetType>,
    body: Body,
) -> Result<Response, Problem> {
    sender.answer(CommandName::RetireWidgetType, &body.with(&[("widgetType", json!(widget_type))])?).await
}
