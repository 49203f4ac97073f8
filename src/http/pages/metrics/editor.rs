//! The editor: opened, checked, tried on records, saved.

use axum::response::{Html, Response};
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
use crate::http::{
    access::scope::{MetricsRead, MetricsWrite},
    api::parameters::InPath,
    pages::{flash::Flash, form::Sent, visitor::Visitor},
    problem::Problem,
};

/// What came of the button that was pressed, beside what the formula says.
#[derive(Default)]
struct Outcome {
    refusal: Option<Refusal>,
    preview: Option<MetricPreview>,
}

/// GET: the editor for a new metric.
pub async fn new(visitor: Visitor<MetricsWrite>) -> Result<Response, Problem> {
    let fields = EditorFields { expected_version: "0".to_owned(), ..EditorFields::default() };
    page(&visitor, None, fields, Outcome::default()).await
}

/// GET: the editor for the next version of a metric, with what the version says that stands for it.
pub async fn edit(visitor: Visitor<MetricsWrite>, InPath(code): InPath<Code>) -> Result<Response, Problem> {
    let Found { head, version, .. } = found(&visitor, code, Asked::default()).await?;
    let latest = rows(&visitor, &head.code, Asked::default()).await?.last().map_or(0, |row| row.version);
    let fields = EditorFields {
        code: head.code.to_string(),
        name: head.name.clone(),
        description: version.as_ref().map(|row| row.description.to_string()).unwrap_or_default(),
        formula: version.and_then(|row| row.formula).map(|text| indented_json(text.as_str())).unwrap_or_default(),
        expected_version: latest.to_string(),
        ..EditorFields::default()
    };
    page(&visitor, Some((head.code, head.name)), fields, Outcome::default()).await
}

/// POST: what the button says, for a new metric.
pub async fn send_new(visitor: Visitor<MetricsWrite>, Sent(fields): Sent<EditorFields>) -> Result<Response, Problem> {
    pressed(&visitor, None, draft::with_plain_line_breaks(fields)).await
}

/// POST: what the button says, for the next version of a metric.
pub async fn send(
    visitor: Visitor<MetricsWrite>,
    InPath(code): InPath<Code>,
    Sent(fields): Sent<EditorFields>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(&visitor, code, Asked::default()).await?;
    let fields = EditorFields { code: head.code.to_string(), ..draft::with_plain_line_breaks(fields) };
    pressed(&visitor, Some((head.code, head.name)), fields).await
}

/// POST: the part of the editor that says what the formula says.
pub async fn check(visitor: Visitor<MetricsRead>, Sent(fields): Sent<EditorFields>) -> Result<Html<String>, Problem> {
    let fields = draft::with_plain_line_breaks(fields);
    Ok(Html(metrics::check(&draft::check(&visitor, &fields).await?).into_string()))
}

async fn pressed(
    visitor: &Visitor<MetricsWrite>,
    metric: Option<(Code, String)>,
    fields: EditorFields,
) -> Result<Response, Problem> {
    let outcome = match (fields.pressed.as_str(), &metric) {
        (DO_CHECK, _) => Outcome::default(),
        (DO_PREVIEW, Some((code, _))) => match draft::preview(visitor, code, &fields).await? {
            Ok(preview) => Outcome { preview: Some(preview), ..Outcome::default() },
            Err(refusal) => Outcome { refusal: Some(refusal), ..Outcome::default() },
        },
        _ => match save(visitor, &fields).await {
            Ok(saved) => return Ok(saved),
            Err(Problem(refusal)) => Outcome { refusal: Some(refusal), ..Outcome::default() },
        },
    };
    page(visitor, metric, fields, outcome).await
}

/// Defines the version; leads to it.
async fn save(visitor: &Visitor<MetricsWrite>, fields: &EditorFields) -> Result<Response, Problem> {
    let body = draft::command(fields)?;
    let reply = visitor.carry_out(CommandName::DefineMetric, &body).await?;
    let saved: MetricVersion = reply.result_as()?;
    let from = Time::at(saved.effective_at.utc()).readable;
    let news = format!("Version {} of {} was defined, from {from} on.", saved.version, fields.name.trim());
    // the command was accepted, so this is a code
    Ok(Flash::done(news).at(&format!("{}/{}", metrics::routes::LIST, fields.code.trim())))
}

async fn page(
    visitor: &Visitor<MetricsWrite>,
    metric: Option<(Code, String)>,
    fields: EditorFields,
    Outcome { refusal, preview }: Outcome,
) -> Result<Response, Problem> {
    let check = draft::check(visitor, &fields).await?;
    let declared =
        visitor.site.queries.metric_fields(visitor.tenant, &GetMetricFields { known_at: None }).await?.fields;
    let declared = declared.iter().map(|(path, of)| (path.to_string(), of.as_str().to_owned())).collect();
    let title = if metric.is_some() { "New version" } else { "Define a metric" };
    let problem = refusal.as_ref().map(Refusal::problem);
    let view = EditorView { metric, fields, check, declared, problem, preview };
    Ok(visitor.frame.answer(title, Section::Metrics, refusal.as_ref(), metrics::editor(&view)))
}
