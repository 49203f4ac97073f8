//! What the formulas of metrics say: of records, compared with another one, to a database; and the fields they are checked
//! against.

use axum::{Json, extract::State, response::Response};
use plinth_events::{
    CommandName,
    names::Code,
    query::{
        KnownAt, QueryName,
        formula::{Dialect, GetMetricFields, GetMetricSql, MetricFields, MetricSql},
    },
    time::Moment,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::{
    access::{
        Caller,
        scope::{MetricsRead, MetricsWrite},
    },
    api::{
        body::Body,
        command::Sender,
        parameters::{InPath, Nothing, Parameters, parsed},
        query::ask,
    },
    problem::Problem,
    site::Site,
};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(sql))
        .routes(routes!(evaluate))
        .routes(routes!(preview))
        .routes(routes!(fields, declare_fields))
}

/// Which version, and for which database.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Translated {
    /// When the version governs; now when absent.
    #[param(value_type = Option<String>)]
    as_of: Option<Moment>,
    /// What was known by then, a time or a position of the log; everything when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    known_at: Option<KnownAt>,
    /// The dialect of SQL: `postgres`, which it is when absent.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    dialect: Dialect,
}

/// As known at a time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Known {
    /// What was known by then, a time or a position of the log; everything when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    known_at: Option<KnownAt>,
}

/// The formula of a metric as an expression of SQL.
#[utoipa::path(
    get, path = "/metrics/definitions/{code}/sql", tag = "metrics", operation_id = "getMetricSql", params(("code" = String, Path), Translated),
    responses((status = 200, body = ref("MetricSql"))), security(("key" = ["metrics:read"]))
)]
async fn sql(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    InPath(code): InPath<Code>,
    Parameters(Translated { as_of, known_at, dialect }): Parameters<Translated>,
) -> Result<Json<MetricSql>, Problem> {
    let query = GetMetricSql { code, as_of, known_at, dialect };
    Ok(Json(site.queries.metric_sql(caller.tenant, &query).await?))
}

/// What a metric says of records.
#[utoipa::path(
    post, path = "/metrics/definitions/{code}/evaluate", tag = "metrics", operation_id = "evaluateMetric", params(("code" = String, Path)),
    request_body(content = ref("EvaluateMetric without code")),
    responses((status = 200, body = ref("MetricEvaluation"))), security(("key" = ["metrics:read"]))
)]
async fn evaluate(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    InPath(code): InPath<Code>,
    _: Parameters<Nothing>,
    body: Body,
) -> Result<Response, Problem> {
    ask(&site, &caller, QueryName::EvaluateMetric, &body.with(&[("code", json!(code))])?).await
}

/// What another formula would say of records, compared with that of a metric.
#[utoipa::path(
    post, path = "/metrics/definitions/{code}/preview", tag = "metrics", operation_id = "previewMetric", params(("code" = String, Path)),
    request_body(content = ref("PreviewMetric without code")),
    responses((status = 200, body = ref("MetricPreview"))), security(("key" = ["metrics:read"]))
)]
async fn preview(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    InPath(code): InPath<Code>,
    _: Parameters<Nothing>,
    body: Body,
) -> Result<Response, Problem> {
    ask(&site, &caller, QueryName::PreviewMetric, &body.with(&[("code", json!(code))])?).await
}

/// The fields that formulas are checked against.
#[utoipa::path(
    get, path = "/metrics/fields", tag = "metrics", operation_id = "getMetricFields", params(Known),
    responses((status = 200, body = ref("MetricFields"))), security(("key" = ["metrics:read"]))
)]
async fn fields(
    caller: Caller<MetricsRead>,
    State(site): State<Site>,
    Parameters(Known { known_at }): Parameters<Known>,
) -> Result<Json<MetricFields>, Problem> {
    Ok(Json(site.queries.metric_fields(caller.tenant, &GetMetricFields { known_at }).await?))
}

/// Declare the fields that formulas are checked against, in place of all that were declared before.
#[utoipa::path(
    put, path = "/metrics/fields", tag = "metrics", operation_id = "declareFields", request_body(content = ref("DeclareFields")),
    responses((status = 200, body = ref("DeclareFieldsReply"))), security(("key" = ["metrics:write"]))
)]
async fn declare_fields(sender: Sender<MetricsWrite>, Body(body): Body) -> Result<Response, Problem> {
    sender.answer(CommandName::DeclareFields, &body).await
}
