//! What a metric says of records that are pasted.

use maud::{Markup, html};
use plinth_events::{
    query::evaluate::{MetricEvaluation, Verdict},
    refusal::Problem,
};
use serde::Deserialize;

use super::{
    MetricHead, preview,
    routes::{Part, part},
};
use crate::components::{Button, Column, Field, FieldErrors, Icon, Panel, Table, Time, Tone, problem_banner};

/// What the form sends, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecordsFields {
    /// The records: a JSON object a line, or a list of them.
    pub records: String,
    /// The time zone of days and months; empty: UTC.
    pub zone: String,
}

/// Records and what a metric says of them.
#[derive(Debug, Clone)]
pub struct RecordsView {
    /// The top.
    pub head: MetricHead,
    /// What was typed.
    pub fields: RecordsFields,
    /// The first records, as far as they are read.
    pub first: Vec<String>,
    /// What the metric says of them.
    pub evaluation: Option<MetricEvaluation>,
    /// Why it says nothing.
    pub problem: Option<Problem>,
}

/// The body of the page.
pub fn records(view: &RecordsView) -> Markup {
    let body = html! {
        @if let Some(problem) = &view.problem { (problem_banner(problem)) }
        (Panel::new("Records", form(view)).note("What the metric says of records that you paste. They are not kept."))
        @if let Some(evaluation) = &view.evaluation { (found(view, evaluation)) }
    };
    view.head.page(Part::Records, html! {}, body)
}

fn form(view: &RecordsView) -> Markup {
    let errors = FieldErrors::of(view.problem.as_ref());
    let fields = &view.fields;
    html! {
        form.form-wide method="post" action=(view.head.asked.at(&part(&view.head.code, Part::Records))) {
            (Field::code("records", "Records", 8).value(&fields.records).at("/records", &errors).required()
                .placeholder(r#"{"lastOrderDate": "2026-01-15T00:00:00Z"}"#).hint("A JSON object a line, or a list of objects; at most 10,000."))
            div.filters {
                (Field::text("zone", "Time zone").value(&fields.zone).at("/zone", &errors).placeholder("UTC"))
                (Button::submit("Evaluate").icon(Icon::Play).tone(Tone::Accent))
            }
        }
    }
}

fn found(view: &RecordsView, evaluation: &MetricEvaluation) -> Markup {
    let applied = &evaluation.applied;
    let title = format!("What version {} says", applied.version);
    let note =
        format!("As of {}, days and months as in {}.", Time::at(applied.as_of.utc()).readable, applied.zone.as_str());
    html! {
        (Panel::new(&title, preview::outcome(&evaluation.summary)).note(&note))
        @if let Some(verdicts) = &evaluation.verdicts {
            (Panel::new("Verdicts", html! { (verdict_table(view, verdicts)) }).note("Of the first records.").flush())
        }
    }
}

fn verdict_table(view: &RecordsView, verdicts: &[Verdict]) -> Table<'static> {
    let columns = vec![Column::new("Record"), Column::new("Verdict"), Column::new("What it is")];
    let rows = view.first.iter().zip(verdicts).enumerate().map(|(index, (record, verdict))| {
        vec![html! { (index + 1) }, html! { (preview::badge(*verdict)) }, html! { code.record { (record) } }]
    });
    Table::new("Verdicts", columns, rows)
}
