//! `/api/metrics`: definitions of metrics, at any time, as known at any time. What changes them is here too.

mod formulas;
mod history;

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use plinth_events::{
    CommandName,
    names::{Code, Snippet},
    query::{
        KnownAt,
        metric::{GetMetric, ListMetrics},
    },
    time::Moment,
    timeline::Standing,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    body::Body,
    command::{Sender, created},
    page::page,
    parameters::{InPath, Limit, Parameters, parsed},
    version::{IfMatch, versioned},
};
use crate::http::{
    access::{
        Caller,
        scope::{MetricsRead, MetricsWrite},
    },
    problem::Problem,
    site::Site,
};

/// The routes of metrics.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, define))
        .routes(routes!(get))
        .routes(routes!(deprecate))
        .routes(routes!(withdraw))
        .merge(history::routes())
        .merge(formulas::routes())
}

/// Which metrics, and how many of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// Only metrics that stand so: `scheduled`, `effective`, `deprecated` or `withdrawn`.
    #[param(value_type = Option<String>)]
    status: Option<Standing>,
    /// Only metrics with this in their code, or in their name in letters of any case.
    #[param(value_type = Option<String>)]
    search: Option<Snippet>,
    /// The time to which each `status` refers; now when absent.
    #[param(value_type = Option<String>)]
    as_of: Option<Moment>,
    /// How many at most, up to 1,000; 100 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<Limit>,
    /// Only metrics after this code, as the link to the page has it.
    #[param(value_type = Option<String>)]
    after: Option<Code>,
}

/// A time at which a definition governs, and a time by which it was known.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AsOf {
    /// When it governs; now when absent.
    #[param(value_type = Option<String>)]
    as_of: Option<Moment>,
    /// What was known by then, a time or a position of the log; everything when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    known_at: Option<KnownAt>,
}

/// The metric that an accepted body defines.
#[derive(Debug, Deserialize)]
struct Defined {
    code: Code,
}

/// Metrics by code, how they stand at a time.
#[utoipa::path(
    get, path = "/metrics/definitions", tag = "metrics", operation_id = "listMetrics", params(Listed),
    responses((status = 200, body = ref("MetricPage"))), security(("key" = ["metrics:read"]))
)]
async fn list(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    Parameters(Listed { status, search, as_of, limit, after }): Parameters<Listed>,
) -> Result<Response, Problem> {
    let query = ListMetrics { status, search, as_of, limit: limit.map(|Limit(rows)| rows), after };
    let found = site.queries.metrics(caller.tenant, &query).await?;
    Ok(page(&address, "after", found.next.as_ref(), &found))
}

/// Define a metric, or its next version.
#[utoipa::path(
    post, path = "/metrics/definitions", tag = "metrics", operation_id = "defineMetric",
    params(IfMatch), request_body(content = ref("DefineMetric")),
    responses((status = 201, body = ref("DefineMetricReply"))), security(("key" = ["metrics:write"]))
)]
async fn define(sender: Sender<MetricsWrite>, Body(body): Body) -> Result<Response, Problem> {
    let reply = sender.carry_out(CommandName::DefineMetric, &body).await?;
    let Defined { code } = serde_json::from_slice(&body)?;
    Ok(created(&format!("/api/metrics/definitions/{code}"), &reply))
}

/// The version of a metric that governs at a time, as known at a time.
///
/// The `ETag` begins with the latest version, for `If-Match` when it is defined anew or deprecated.
#[utoipa::path(
    get, path = "/metrics/definitions/{code}", tag = "metrics", operation_id = "getMetric", params(("code" = String, Path), AsOf),
    responses((status = 200, body = ref("MetricRow"))), security(("key" = ["metrics:read"]))
)]
async fn get(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    InPath(code): InPath<Code>,
    Parameters(AsOf { as_of, known_at }): Parameters<AsOf>,
) -> Result<Response, Problem> {
    let query = GetMetric { code, as_of, known_at };
    let (row, latest) = site.queries.metric_with_latest(caller.tenant, &query).await?;
    versioned(latest, &row)
}

/// End a metric, now or at another time.
#[utoipa::path(
    post, path = "/metrics/definitions/{code}/deprecate", tag = "metrics", operation_id = "deprecateMetric",
    params(("code" = String, Path), IfMatch),
    request_body(content = ref("DeprecateMetric without code")),
    responses((status = 200, body = ref("DeprecateMetricReply"))), security(("key" = ["metrics:write"]))
)]
async fn deprecate(sender: Sender<MetricsWrite>, InPath(code): InPath<Code>, body: Body) -> Result<Response, Problem> {
    sender.answer(CommandName::DeprecateMetric, &body.with(&[("code", json!(code))])?).await
}

/// Take back a version that is not effective yet.
#[utoipa::path(
    post, path = "/metrics/definitions/{code}/withdraw", tag = "metrics", operation_id = "withdrawMetricVersion", params(("code" = String, Path)),
    request_body(content = ref("WithdrawMetricVersion without code")),
    responses((status = 200, body = ref("WithdrawMetricVersionReply"))), security(("key" = ["metrics:write"]))
)]
async fn withdraw(sender: Sender<MetricsWrite>, InPath(code): InPath<Code>, body: Body) -> Result<Response, Problem> {
    sender.answer(CommandName::WithdrawMetricVersion, &body.with(&[("code", json!(code))])?).await
}
