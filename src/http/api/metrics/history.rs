//! The versions of a metric, when they govern, what happened to it, and what changed between two of them.

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::Response,
};
use plinth_events::{
    names::Code,
    query::{
        KnownAt,
        formula::{DiffMetric, MetricDiff, Which},
        metric::{GetMetricHistory, GetMetricTimeline, ListMetricVersions},
    },
    time::Moment,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::{
    access::{Caller, scope::MetricsRead},
    api::{
        page::page,
        parameters::{InPath, Parameters, parsed, required},
    },
    problem::Problem,
    site::Site,
};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(versions))
        .routes(routes!(timeline))
        .routes(routes!(history))
        .routes(routes!(diff))
}

/// How something stands at a time, as known at a time, and where the page begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Stood {
    /// The time to which each `status` refers; now when absent.
    #[param(value_type = Option<String>)]
    as_of: Option<Moment>,
    /// What was known by then, a time or a position of the log; everything when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    known_at: Option<KnownAt>,
    /// Where the page begins, as the link to it has it.
    from: Option<u32>,
}

/// What happened, as known at a time, and where the page begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Happened {
    /// What was known by then, a time or a position of the log; everything when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    known_at: Option<KnownAt>,
    /// The first position to read; 1 when absent.
    from: Option<u64>,
}

/// Two versions, as known at a time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Compared {
    /// The old version: its number, or a time at which it governs.
    #[serde(deserialize_with = "required")]
    #[param(value_type = String)]
    from: Which,
    /// The new version: its number, or a time at which it governs.
    #[serde(deserialize_with = "required")]
    #[param(value_type = String)]
    to: Which,
    /// What was known by then, a time or a position of the log; everything when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    known_at: Option<KnownAt>,
}

/// All versions of a metric, oldest first, how they stand at a time, as known at a time.
#[utoipa::path(
    get, path = "/metrics/definitions/{code}/versions", tag = "metrics", operation_id = "listMetricVersions", params(("code" = String, Path), Stood),
    responses((status = 200, body = ref("MetricVersions"))), security(("key" = ["metrics:read"]))
)]
async fn versions(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    InPath(code): InPath<Code>,
    Parameters(Stood { as_of, known_at, from }): Parameters<Stood>,
) -> Result<Response, Problem> {
    let query = ListMetricVersions { code, as_of, known_at, from };
    let found = site.queries.metric_versions(caller.tenant, &query).await?;
    Ok(page(&address, "from", found.next, &found))
}

/// What governs from when to when, as known at a time.
#[utoipa::path(
    get, path = "/metrics/definitions/{code}/timeline", tag = "metrics", operation_id = "getMetricTimeline", params(("code" = String, Path), Stood),
    responses((status = 200, body = ref("MetricTimeline"))), security(("key" = ["metrics:read"]))
)]
async fn timeline(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    InPath(code): InPath<Code>,
    Parameters(Stood { as_of, known_at, from }): Parameters<Stood>,
) -> Result<Response, Problem> {
    let query = GetMetricTimeline { code, as_of, known_at, from };
    let found = site.queries.metric_timeline(caller.tenant, &query).await?;
    Ok(page(&address, "from", found.next, &found))
}

/// All events of a metric: who, when, why.
#[utoipa::path(
    get, path = "/metrics/definitions/{code}/history", tag = "metrics", operation_id = "getMetricHistory", params(("code" = String, Path), Happened),
    responses((status = 200, body = ref("MetricHistory"))), security(("key" = ["metrics:read"]))
)]
async fn history(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    OriginalUri(address): OriginalUri,
    InPath(code): InPath<Code>,
    Parameters(Happened { known_at, from }): Parameters<Happened>,
) -> Result<Response, Problem> {
    let query = GetMetricHistory { code, known_at, from };
    let found = site.queries.metric_history(caller.tenant, &query).await?;
    Ok(page(&address, "from", found.next, &found))
}

/// What changed from one version of a metric to another.
#[utoipa::path(
    get, path = "/metrics/definitions/{code}/diff", tag = "metrics", operation_id = "diffMetric", params(("code" = String, Path), Compared),
    responses((status = 200, body = ref("MetricDiff"))), security(("key" = ["metrics:read"]))
)]
async fn diff(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    InPath(code): InPath<Code>,
    Parameters(Compared { from, to, known_at }): Parameters<Compared>,
) -> Result<Json<MetricDiff>, Problem> {
    let query = DiffMetric { code, from, to, known_at };
    Ok(Json(site.queries.metric_diff(caller.tenant, &query).await?))
}
