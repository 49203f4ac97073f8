//! The editor: opened, checked, tried on records, saved.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Response},
};
use plinth_events::{
    CommandName, Refusal,
    names::Code,
    query::{evaluate::MetricPreview, formula::GetMetricFields},
    reply::MetricVersion,
};
use plinth_web::{
    components::{Time, indented_json},
    metrics::{
        self, Asked, EditorFields, EditorView,
        routes::{DO_CHECK, DO_PREVIEW},
    },
    shell::Section,
};

use super::{
    draft,
    head::{Found, found, rows},
};
use crate::{
    http::{
        access::scope::{MetricsRead, MetricsWrite},
        api::{command::carry_out, parameters::InPath},
        pages::{flash::Flash, form::Sent, visitor::Visitor},
        problem::Problem,
        site::Site,
    },
    log::LogError,
};

/// What came of the button that was pressed, beside what the formula says.
#[derive(Default)]
struct Outcome {
    refusal: Option<Refusal>,
    preview: Option<MetricPreview>,
}

/// GET: the editor for a new metric.
pub async fn new(visitor: Visitor<MetricsWrite>, State(site): State<Site>) -> Result<Response, Problem> {
    let fields = EditorFields { expected_version: "0".to_owned(), ..EditorFields::default() };
    page(&site, &visitor, None, fields, Outcome::default()).await
}

/// GET: the editor for the next version of a metric, with what the version says that stands for it.
pub async fn edit(
    visitor: Visitor<MetricsWrite>,
    State(site): State<Site>,
    InPath(code): InPath<Code>,
) -> Result<Response, Problem> {
    let Found { head, version, .. } = found(&site, &visitor, code, Asked::default()).await?;
    let latest = rows(&site, &visitor, &head.code, Asked::default()).await?.last().map_or(0, |row| row.version);
    let fields = EditorFields {
        code: head.code.to_string(),
        name: head.name.clone(),
        description: version.as_ref().map(|row| row.description.to_string()).unwrap_or_default(),
        formula: version.and_then(|row| row.formula).map(|text| indented_json(text.as_str())).unwrap_or_default(),
        expected_version: latest.to_string(),
        ..EditorFields::default()
    };
    page(&site, &visitor, Some((head.code, head.name)), fields, Outcome::default()).await
}

/// POST: what the button says, for a new metric.
pub async fn send_new(
    visitor: Visitor<MetricsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    Sent(fields): Sent<EditorFields>,
) -> Result<Response, Problem> {
    pressed(&site, &visitor, &headers, None, draft::with_plain_line_breaks(fields)).await
}

/// POST: what the button says, for the next version of a metric.
pub async fn send(
    visitor: Visitor<MetricsWrite>,
    State(site): State<Site>,
    headers: HeaderMap,
    InPath(code): InPath<Code>,
    Sent(fields): Sent<EditorFields>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(&site, &visitor, code, Asked::default()).await?;
    let fields = EditorFields { code: head.code.to_string(), ..draft::with_plain_line_breaks(fields) };
    pressed(&site, &visitor, &headers, Some((head.code, head.name)), fields).await
}

/// POST: the part of the editor that says what the formula says.
pub async fn check(
    visitor: Visitor<MetricsRead>,
    State(site): State<Site>,
    Sent(fields): Sent<EditorFields>,
) -> Result<Html<String>, Problem> {
    let fields = draft::with_plain_line_breaks(fields);
    Ok(Html(metrics::check(&draft::check(&site, &visitor, &fields).await?).into_string()))
}

async fn pressed(
    site: &Site,
    visitor: &Visitor<MetricsWrite>,
    headers: &HeaderMap,
    metric: Option<(Code, String)>,
    fields: EditorFields,
) -> Result<Response, Problem> {
    let outcome = match (fields.pressed.as_str(), &metric) {
        (DO_CHECK, _) => Outcome::default(),
        (DO_PREVIEW, Some((code, _))) => match draft::preview(site, visitor, code, &fields).await? {
            Ok(preview) => Outcome { preview: Some(preview), ..Outcome::default() },
            Err(refusal) => Outcome { refusal: Some(refusal), ..Outcome::default() },
        },
        _ => match save(site, visitor, headers, &fields).await {
            Ok(saved) => return Ok(saved),
            Err(Problem(refusal)) => Outcome { refusal: Some(refusal), ..Outcome::default() },
        },
    };
    page(site, visitor, metric, fields, outcome).await
}

/// Defines the version; leads to it.
async fn save(
    site: &Site,
    visitor: &Visitor<MetricsWrite>,
    headers: &HeaderMap,
    fields: &EditorFields,
) -> Result<Response, Problem> {
    let body = draft::command(fields)?;
    let reply = carry_out(site, visitor, headers, CommandName::DefineMetric, &body).await?;
    let saved: MetricVersion = serde_json::from_str(reply.result.get()).map_err(LogError::from)?;
    let from = Time::at(saved.effective_at.utc()).readable;
    let news = format!("Version {} of {} was defined, from {from} on.", saved.version, fields.name.trim());
    // the command was accepted, so this is a code
    Ok(Flash::done(news).at(&format!("{}/{}", metrics::routes::LIST, fields.code.trim())))
}

async fn page(
    site: &Site,
    visitor: &Visitor<MetricsWrite>,
    metric: Option<(Code, String)>,
    fields: EditorFields,
    Outcome { refusal, preview }: Outcome,
) -> Result<Response, Problem> {
    let check = draft::check(site, visitor, &fields).await?;
    let declared = site.queries.metric_fields(visitor.tenant, &GetMetricFields { known_at: None }).await?.fields;
    let declared = declared.iter().map(|(path, of)| (path.to_string(), of.as_str().to_owned())).collect();
    let status = refusal.as_ref().and_then(|refusal| StatusCode::from_u16(refusal.status).ok());
    let title = if metric.is_some() { "New version" } else { "Define a metric" };
    let problem = refusal.map(|refusal| refusal.problem());
    let view = EditorView { metric, fields, check, declared, problem, preview };
    let page = visitor.frame.page(title, Section::Metrics, metrics::editor(&view));
    Ok((status.unwrap_or(StatusCode::OK), page).into_response())
}
