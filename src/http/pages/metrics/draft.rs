//! What stands in the editor: what its formula says, what it would change, and the command that it becomes.

use plinth_events::{
    Refusal, RefusalCode,
    json::Formula,
    names::Code,
    query::{
        evaluate::{MetricPreview, PreviewMetric},
        formula::GetMetricFields,
        metric::{GetMetric, MetricRow},
    },
    time::Moment,
};
use plinth_web::metrics::{Check, Comparison, EditorFields};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{asked::field_time, parts::refused_or, pasted};
use crate::{
    formulas::{Understood, catalogue, diff, errors_in_any_case, sentence, understand},
    http::{pages::visitor::Visitor, problem::Problem},
};

/// Where the formula stands in the command.
const FORMULA: &str = "/formula";
/// Differences that are shown.
const DIFFERENCES: usize = 20;

/// The fields with line breaks as they were before a form sent them.
pub fn with_plain_line_breaks(fields: EditorFields) -> EditorFields {
    let plain = |text: String| text.replace("\r\n", "\n");
    EditorFields {
        description: plain(fields.description),
        formula: plain(fields.formula),
        reason: plain(fields.reason),
        records: plain(fields.records),
        ..fields
    }
}

/// The formula in the fields; none: the definition has none.
fn formula(fields: &EditorFields) -> Result<Option<Formula>, Refusal> {
    let text = fields.formula.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let raw: Box<RawValue> = serde_json::from_str(text).map_err(|error| {
        let errors = errors_in_any_case(text);
        let refusal = Refusal::new(RefusalCode::InvalidFormula, format!("the formula is not JSON: {error}"));
        if errors.is_empty() { refusal.at(FORMULA) } else { Refusal { errors, ..refusal } }
    })?;
    let formula = Formula::try_from(raw);
    formula
        .map(Some)
        .map_err(|rule| Refusal::new(RefusalCode::InvalidFormula, format!("the formula {rule}")).at(FORMULA))
}

/// What the formula says, what is wrong with it, and what is not as in the version that governs when it takes effect.
pub async fn check<S>(visitor: &Visitor<S>, fields: &EditorFields) -> Result<Check, Problem> {
    let has_formula = !fields.formula.trim().is_empty();
    let understood = match formula(fields) {
        Ok(None) => None,
        Ok(Some(formula)) => Some((formula.clone(), in_full(visitor, &formula).await?)),
        Err(refusal) => return Ok(Check { has_formula, errors: refusal.errors, ..Check::default() }),
    };
    let (formula, meaning) = match understood {
        None => (None, None),
        Some((formula, Ok(understood))) => (Some(formula), understood.meaning),
        Some((_, Err(refusal))) => return Ok(Check { has_formula, errors: refusal.errors, ..Check::default() }),
    };
    let sentence = sentence(formula.as_ref(), meaning.as_ref());
    let comparison = governing(visitor, fields).await?.map(|row| compare(&row, fields, formula, meaning));
    Ok(Check { has_formula, errors: Vec::new(), sentence, comparison })
}

/// What a formula means if it is defined now, or all that is wrong with it.
async fn in_full<S>(visitor: &Visitor<S>, formula: &Formula) -> Result<Result<Understood, Refusal>, Problem> {
    let declared = visitor.site.queries.metric_fields(visitor.tenant, &GetMetricFields { known_at: None }).await?;
    Ok(understand(formula, &catalogue(&declared.fields, declared.undeclared)))
}

/// The version that governs when the draft is to take effect, if any does.
async fn governing<S>(visitor: &Visitor<S>, fields: &EditorFields) -> Result<Option<MetricRow>, Problem> {
    let Ok(code) = fields.code.parse::<Code>() else { return Ok(None) };
    let as_of = field_time(&fields.effective_at, "").unwrap_or_default();
    let query = GetMetric { code, as_of, known_at: None };
    Ok(refused_or(visitor.site.queries.metric(visitor.tenant, &query).await)?.ok())
}

fn compare(row: &MetricRow, fields: &EditorFields, formula: Option<Formula>, meaning: Option<Formula>) -> Comparison {
    let changed = MetricRow {
        name: fields.name.parse().unwrap_or_else(|_| row.name.clone()),
        description: fields.description.parse().unwrap_or_else(|_| row.description.clone()),
        formula,
        meaning,
        ..row.clone()
    };
    let (class, mut differences) = diff(row, &changed);
    let more = differences.len().saturating_sub(DIFFERENCES) as u64;
    differences.truncate(DIFFERENCES);
    Comparison { version: row.version, class, differences, more }
}

/// What the draft would change about the records.
pub async fn preview<S>(
    visitor: &Visitor<S>,
    code: &Code,
    fields: &EditorFields,
) -> Result<Result<MetricPreview, Refusal>, Problem> {
    let query = match preview_query(code, fields) {
        Ok(query) => query,
        Err(refusal) => return Ok(Err(refusal)),
    };
    refused_or(visitor.site.queries.metric_preview(visitor.tenant, &query).await)
}

fn preview_query(code: &Code, fields: &EditorFields) -> Result<PreviewMetric, Refusal> {
    let Some(formula) = formula(fields)? else {
        return Err(Refusal::new(RefusalCode::NotComputable, "there is no formula to compare with").at(FORMULA));
    };
    let as_of = field_time(&fields.effective_at, "/effectiveAt")?;
    let records = pasted::read(&fields.records)?;
    Ok(PreviewMetric { code: code.clone(), formula, as_of, known_at: None, zone: None, records })
}

/// The command `metric.define`, whose own rules find all else that may be wrong.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Definition<'a> {
    code: &'a str,
    name: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    formula: Option<Formula>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// The body of the command that the fields become.
pub fn command(fields: &EditorFields) -> Result<Vec<u8>, Problem> {
    let reason = fields.reason.trim();
    let definition = Definition {
        code: fields.code.trim(),
        name: fields.name.trim(),
        description: fields.description.trim(),
        formula: formula(fields)?,
        effective_at: field_time(&fields.effective_at, "/effectiveAt")?,
        expected_version: fields.expected_version.parse().ok(),
        reason: (!reason.is_empty()).then_some(reason),
    };
    Ok(serde_json::to_vec(&definition)?)
}
