//! The end of a metric, and versions that are taken back: asked first, then done.

use axum::response::Response;
use plinth_events::{
    CommandName, Refusal, names::Code, query::metric::MetricRow, reply::MetricDeprecation, timeline::Status,
};
use plinth_web::{
    components::Time,
    metrics::{
        self, Asked, DeprecationFields, DeprecationView, WithdrawalFields, WithdrawalView,
        routes::{Part, metric, part},
    },
    shell::Section,
};
use serde::Deserialize;

use super::head::{Found, found, rows};
use crate::http::{
    access::scope::MetricsWrite,
    api::parameters::{InPath, Parameters},
    pages::{flash::Flash, form::Sent, typed::Typed, visitor::Visitor},
    problem::Problem,
};

/// Which version a question is about.
#[derive(Debug, Deserialize)]
pub struct Asking {
    version: u32,
}

/// GET: asks when and why a metric ends.
pub async fn deprecation(visitor: Visitor<MetricsWrite>, InPath(code): InPath<Code>) -> Result<Response, Problem> {
    let rows = rows(&visitor, &code, Asked::default()).await?;
    Ok(deprecation_page(&visitor, &code, &rows, DeprecationFields::default(), None))
}

/// POST: ends it.
pub async fn deprecate(
    visitor: Visitor<MetricsWrite>,
    InPath(code): InPath<Code>,
    Sent(fields): Sent<DeprecationFields>,
) -> Result<Response, Problem> {
    let rows = rows(&visitor, &code, Asked::default()).await?;
    match end(&visitor, &code, &fields).await {
        Ok(ended) => Ok(Flash::done(news(&rows, &ended)).at(&metric(&code))),
        Err(Problem(refusal)) => Ok(deprecation_page(&visitor, &code, &rows, fields, Some(&refusal))),
    }
}

async fn end(
    visitor: &Visitor<MetricsWrite>,
    code: &Code,
    fields: &DeprecationFields,
) -> Result<MetricDeprecation, Problem> {
    let command = Typed::default()
        .value("code", code.as_str())
        .time("deprecatedAt", &fields.deprecated_at)
        .required("reason", &fields.reason)
        .text("scheduled", &fields.scheduled);
    let reply = visitor.carry_out(CommandName::DeprecateMetric, &command.body()).await?;
    Ok(reply.result_as()?)
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
    visitor.frame.answer("Metrics", Section::Metrics, refusal, metrics::deprecation(code, &view))
}

/// GET: asks why a version is taken back.
pub async fn withdrawal(
    visitor: Visitor<MetricsWrite>,
    InPath(code): InPath<Code>,
    Parameters(Asking { version }): Parameters<Asking>,
) -> Result<Response, Problem> {
    let fields = WithdrawalFields { version, ..WithdrawalFields::default() };
    withdrawal_page(&visitor, code, fields, None).await
}

/// POST: takes it back.
pub async fn withdraw(
    visitor: Visitor<MetricsWrite>,
    InPath(code): InPath<Code>,
    Sent(fields): Sent<WithdrawalFields>,
) -> Result<Response, Problem> {
    let command = Typed::default()
        .value("code", code.as_str())
        .value("version", fields.version)
        .required("reason", &fields.reason);
    match visitor.carry_out(CommandName::WithdrawMetricVersion, &command.body()).await {
        Ok(_) => {
            let news = format!("Version {} was withdrawn.", fields.version);
            Ok(Flash::done(news).at(&part(&code, Part::Versions)))
        }
        Err(Problem(refusal)) => withdrawal_page(&visitor, code, fields, Some(&refusal)).await,
    }
}

async fn withdrawal_page(
    visitor: &Visitor<MetricsWrite>,
    code: Code,
    fields: WithdrawalFields,
    refusal: Option<&Refusal>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(visitor, code, Asked::default()).await?;
    let view = WithdrawalView { name: head.name, fields, problem: refusal.map(Refusal::problem) };
    Ok(visitor.frame.answer("Metrics", Section::Metrics, refusal, metrics::withdrawal(&head.code, &view)))
}

/// What the metric is called: as its latest version has it.
fn name(rows: &[MetricRow]) -> String {
    rows.last().map(|row| row.name.to_string()).unwrap_or_default()
}
