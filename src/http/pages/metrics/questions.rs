//! The end of a metric, and versions that are taken back: asked first, then done.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use plinth_events::{
    CommandName, Refusal, names::Code, query::metric::MetricRow, reply::MetricDeprecation, time::Moment,
    timeline::Status,
};
use plinth_web::{
    components::Time,
    metrics::{
        self, Asked, DeprecationFields, DeprecationView, WithdrawalFields, WithdrawalView,
        routes::{Part, metric, part},
    },
    shell::Section,
};
use serde::{Deserialize, Serialize};

use super::{
    asked::field_time,
    head::{Found, found, rows},
};
use crate::{
    http::{
        access::scope::MetricsWrite,
        api::{
            command::carry_out,
            parameters::{InPath, Parameters},
        },
        pages::{flash::Flash, form::Sent, visitor::Visitor},
        problem::Problem,
        site::Site,
    },
    log::LogError,
};

/// Which version a question is about.
#[derive(Debug, Deserialize)]
pub struct Asking {
    version: u32,
}

/// GET: asks when and why a metric ends.
pub async fn deprecation(
    visitor: Visitor<MetricsWrite>,
    State(site): State<Site>,
    InPath(code): InPath<Code>,
) -> Result<Response, Problem> {
    let rows = rows(&site, &visitor, &code, Asked::default()).await?;
    Ok(deprecation_page(&visitor, &code, &rows, DeprecationFields::default(), None))
}

/// POST: ends it.
pub async fn deprecate(
    visitor: Visitor<MetricsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    InPath(code): InPath<Code>,
    Sent(fields): Sent<DeprecationFields>,
) -> Result<Response, Problem> {
    let rows = rows(&site, &visitor, &code, Asked::default()).await?;
    match end(&site, &visitor, &headers, &code, &fields).await {
        Ok(ended) => Ok(Flash::done(news(&rows, &ended)).at(&metric(&code))),
        Err(Problem(refusal)) => Ok(deprecation_page(&visitor, &code, &rows, fields, Some(&refusal))),
    }
}

/// The command `metric.deprecate`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deprecation<'a> {
    code: &'a Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated_at: Option<Moment>,
    reason: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    scheduled: &'a str,
}

async fn end(
    site: &Site,
    visitor: &Visitor<MetricsWrite>,
    headers: &HeaderMap,
    code: &Code,
    fields: &DeprecationFields,
) -> Result<MetricDeprecation, Problem> {
    let command = Deprecation {
        code,
        deprecated_at: field_time(&fields.deprecated_at, "/deprecatedAt")?,
        reason: fields.reason.trim(),
        scheduled: &fields.scheduled,
    };
    let body = serde_json::to_vec(&command).map_err(LogError::from)?;
    let reply = carry_out(site, visitor, headers, CommandName::DeprecateMetric, &body).await?;
    Ok(serde_json::from_str(reply.result.get()).map_err(LogError::from)?)
}

fn news(rows: &[MetricRow], ended: &MetricDeprecation) -> String {
    let at = Time::at(ended.deprecated_at.utc()).readable;
    let withdrawn = match ended.withdrawn_versions.len() {
        0 => String::new(),
        1 => ", and a scheduled version was withdrawn".to_owned(),
        count => format!(", and {count} scheduled versions were withdrawn"),
    };
    format!("{} is deprecated from {at} on{withdrawn}.", name(rows))
}

fn deprecation_page(
    visitor: &Visitor<MetricsWrite>,
    code: &Code,
    rows: &[MetricRow],
    fields: DeprecationFields,
    refusal: Option<&Refusal>,
) -> Response {
    let scheduled = rows.iter().filter(|row| row.status == Status::Scheduled).map(|row| row.version).collect();
    // after a time in the past, versions come that are not only scheduled any more
    let refused =
        refusal.and_then(|refusal| serde_json::from_value(refusal.facts.get("scheduledVersions")?.clone()).ok());
    let view = DeprecationView {
        name: name(rows),
        fields,
        scheduled_versions: refused.unwrap_or(scheduled),
        problem: refusal.map(Refusal::problem),
    };
    answer(visitor, refusal, metrics::deprecation(code, &view))
}

/// GET: asks why a version is taken back.
pub async fn withdrawal(
    visitor: Visitor<MetricsWrite>,
    State(site): State<Site>,
    InPath(code): InPath<Code>,
    Parameters(Asking { version }): Parameters<Asking>,
) -> Result<Response, Problem> {
    let fields = WithdrawalFields { version, ..WithdrawalFields::default() };
    withdrawal_page(&site, &visitor, code, fields, None).await
}

/// POST: takes it back.
pub async fn withdraw(
    visitor: Visitor<MetricsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    InPath(code): InPath<Code>,
    Sent(fields): Sent<WithdrawalFields>,
) -> Result<Response, Problem> {
    let command = serde_json::json!({ "code": code, "version": fields.version, "reason": fields.reason.trim() });
    let body = command.to_string();
    match carry_out(&site, &visitor, &headers, CommandName::WithdrawMetricVersion, body.as_bytes()).await {
        Ok(_) => {
            let news = format!("Version {} was withdrawn.", fields.version);
            Ok(Flash::done(news).at(&part(&code, Part::Versions)))
        }
        Err(Problem(refusal)) => withdrawal_page(&site, &visitor, code, fields, Some(&refusal)).await,
    }
}

async fn withdrawal_page(
    site: &Site,
    visitor: &Visitor<MetricsWrite>,
    code: Code,
    fields: WithdrawalFields,
    refusal: Option<&Refusal>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(site, visitor, code, Asked::default()).await?;
    let view = WithdrawalView { name: head.name, fields, problem: refusal.map(Refusal::problem) };
    Ok(answer(visitor, refusal, metrics::withdrawal(&head.code, &view)))
}

fn answer(visitor: &Visitor<MetricsWrite>, refusal: Option<&Refusal>, body: plinth_web::Markup) -> Response {
    let status = refusal.and_then(|refusal| StatusCode::from_u16(refusal.status).ok()).unwrap_or(StatusCode::OK);
    (status, visitor.frame.page("Metrics", Section::Metrics, body)).into_response()
}

/// What the metric is called: as its latest version has it.
fn name(rows: &[MetricRow]) -> String {
    rows.last().map(|row| row.name.to_string()).unwrap_or_default()
}
