//! Records that somebody pastes, and what a metric says of them.

use axum::response::Response;
use plinth_events::{
    Refusal, RefusalCode,
    json::Record,
    limits,
    names::Code,
    query::evaluate::{EvaluateMetric, MetricEvaluation},
};
use plinth_web::{
    metrics::{Asked, MetricHead, RecordsFields, RecordsView, records},
    shell::Section,
};

use super::{
    asked::Times,
    head::{Found, found},
    parts::refused_or,
};
use crate::http::{
    access::scope::MetricsRead,
    api::parameters::{InPath, Parameters},
    pages::{form::Sent, visitor::Visitor},
    problem::Problem,
};

/// Where the records stand in what is sent.
const POINTER: &str = "/records";
/// Records whose verdicts are listed.
const LISTED: usize = 100;
/// As much of a record is shown, in characters.
const SHOWN_CHARS: usize = 200;

/// GET: the form.
pub async fn form(
    visitor: Visitor<MetricsRead>,
    InPath(code): InPath<Code>,
    Parameters(times): Parameters<Times>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(&visitor, code, times.into()).await?;
    let view =
        RecordsView { head, fields: RecordsFields::default(), first: Vec::new(), evaluation: None, problem: None };
    Ok(visitor.frame.page(&view.head.name, Section::Metrics, records(&view)))
}

/// POST: what the metric says of the records.
pub async fn evaluate(
    visitor: Visitor<MetricsRead>,
    InPath(code): InPath<Code>,
    Parameters(times): Parameters<Times>,
    Sent(fields): Sent<RecordsFields>,
) -> Result<Response, Problem> {
    let Found { head, .. } = found(&visitor, code, times.into()).await?;
    let (first, evaluation) = match read(&fields.records) {
        Ok(read) => {
            let first = read.iter().take(LISTED).map(|record| record.as_str().chars().take(SHOWN_CHARS).collect());
            (first.collect(), evaluation(&visitor, &head, &fields, read).await?)
        }
        Err(refusal) => (Vec::new(), Err(refusal)),
    };
    let (evaluation, refusal) = match evaluation {
        Ok(evaluation) => (Some(evaluation), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let problem = refusal.as_ref().map(Refusal::problem);
    let view = RecordsView { head, fields, first, evaluation, problem };
    Ok(visitor.frame.answer(&view.head.name, Section::Metrics, refusal.as_ref(), records(&view)))
}

async fn evaluation(
    visitor: &Visitor<MetricsRead>,
    head: &MetricHead,
    fields: &RecordsFields,
    records: Vec<Record>,
) -> Result<Result<MetricEvaluation, Refusal>, Problem> {
    let zone = match fields.zone.trim() {
        "" => None,
        name => match name.parse() {
            Ok(zone) => Some(zone),
            Err(error) => return Ok(Err(Refusal::new(RefusalCode::InvalidValue, format!("zone {error}")).at("/zone"))),
        },
    };
    let Asked { as_of, known_at } = head.asked;
    let query = EvaluateMetric { code: head.code.clone(), as_of, known_at, zone, records };
    refused_or(visitor.site.queries.metric_evaluation(visitor.tenant, &query).await)
}

/// The records in a text: a list of JSON objects, or an object a line.
pub fn read(text: &str) -> Result<Vec<Record>, Refusal> {
    let wrong = |code, detail: String| Err(Refusal::new(code, detail).at(POINTER));
    let text = text.trim();
    if text.len() > limits::MESSAGE_BYTES {
        return wrong(RefusalCode::TooLarge, format!("the records have more than {} bytes", limits::MESSAGE_BYTES));
    }
    let records =
        if text.starts_with('[') { serde_json::from_str(text).map_err(|error| error.to_string()) } else { lines(text) };
    match records {
        Err(error) => wrong(RefusalCode::Malformed, format!("the records cannot be read: {error}")),
        Ok(records) if records.is_empty() => wrong(RefusalCode::InvalidValue, "there are no records".to_owned()),
        Ok(records) if records.len() > limits::EVALUATED_RECORDS => {
            let (most, sent) = (limits::EVALUATED_RECORDS, records.len());
            wrong(RefusalCode::TooLarge, format!("there are {sent} records, at most {most} are evaluated at once"))
        }
        Ok(records) => Ok(records),
    }
}

fn lines(text: &str) -> Result<Vec<Record>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(place, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("line {}: {error}", place + 1))
    };
    lines.map(read).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn records_are_a_list_or_an_object_a_line() {
        let texts = |text| read(text).unwrap().iter().map(|record| record.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(texts("{\"a\":1.50}\r\n\r\n {} \n"), ["{\"a\":1.50}", "{}"]);
        assert_eq!(texts("\n[{\"a\":1}, {}]"), ["{\"a\":1}", "{}"]);
    }

    #[test]
    fn what_is_no_record_is_named_by_its_line() {
        let detail = |text| read(text).unwrap_err().detail;
        assert!(detail("{}\n7").contains("line 2: must be a JSON object"), "{}", detail("{}\n7"));
        assert_eq!(detail("  "), "there are no records");
        assert_eq!(detail(&"{}\n".repeat(10_001)), "there are 10001 records, at most 10000 are evaluated at once");
    }
}
