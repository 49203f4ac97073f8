//! What another formula would change about records, and what a formula comes to.

use maud::{Markup, html};
use plinth_events::query::evaluate::{EvaluationSummary, FieldQuality, MetricPreview, Verdict, VerdictChange};
use serde_json::Value;

use super::words;
use crate::components::{Badge, Column, Figure, Table, Tone, figures, grouped};

/// All verdicts, in the order in which they are counted.
const VERDICTS: [Verdict; 3] = [Verdict::True, Verdict::False, Verdict::Unknown];

/// What would change.
pub(super) fn impact(preview: &MetricPreview) -> Markup {
    let (badge, says) = words::class(preview.class);
    let changed: u64 = preview.changes.iter().flatten().map(|change| change.records).sum();
    html! {
        section.impact aria-label="Impact" {
            p { "Compared with version " (preview.applied.version) " over " (grouped(preview.new.records)) " records: " (badge) " " span.muted { (says) } }
            (old_and_new(preview))
            @if let Some(changes) = &preview.changes {
                h3 { (grouped(changed)) @if changed == 1 { " record changes its verdict" } @else { " records change their verdict" } }
                @if !changes.is_empty() { (changes_table(changes)) }
            }
            (quality("Fields, as the new formula asks for them", &preview.new))
        }
    }
}

fn old_and_new(MetricPreview { old, new, .. }: &MetricPreview) -> Markup {
    let columns = vec![Column::new(""), Column::new("Old").number(), Column::new("New").number()];
    let row = |name: &str, old: String, new: String| vec![html! { (name) }, html! { (old) }, html! { (new) }];
    let (old_counts, new_counts) = (counts(old), counts(new));
    let mut rows: Vec<_> = VERDICTS
        .into_iter()
        .filter(|_| old_counts.is_some() || new_counts.is_some())
        .map(|verdict| {
            let count = |counts: Option<[u64; 3]>| {
                counts.map_or_else(|| "–".to_owned(), |counts| grouped(counts[verdict as usize]))
            };
            row(verdict.as_str(), count(old_counts), count(new_counts))
        })
        .collect();
    if old.value.is_some() || new.value.is_some() {
        rows.push(row("value", value(old), value(new)));
    }
    html! { (Table::new("Old and new", columns, rows)) }
}

fn changes_table(changes: &[VerdictChange]) -> Table<'static> {
    let columns = vec![Column::new("From"), Column::new("To"), Column::new("Records").number(), Column::new("Such as")];
    let rows = changes.iter().map(|change| {
        let examples: Vec<String> = change.examples.iter().map(|place| format!("record {place}")).collect();
        let more = if change.records > change.examples.len() as u64 { ", …" } else { "" };
        vec![
            html! { (badge(change.from)) },
            html! { (badge(change.to)) },
            html! { (grouped(change.records)) },
            html! { (examples.join(", ")) (more) },
        ]
    });
    Table::new("Changed verdicts", columns, rows)
}

/// A verdict, in a word.
pub(super) fn badge(verdict: Verdict) -> Badge<'static> {
    let tone = match verdict {
        Verdict::True => Tone::Good,
        Verdict::False => Tone::Neutral,
        Verdict::Unknown => Tone::Warning,
    };
    Badge::new(tone, verdict.as_str())
}

/// What a formula comes to, as figures.
pub(super) fn outcome(summary: &EvaluationSummary) -> Markup {
    let records = grouped(summary.records);
    let value = value(summary);
    let counts = counts(summary).map(|counts| counts.map(grouped));
    let figure = |label, value| Figure { label, value, note: None, href: None };
    let mut shown = vec![figure("Records", records.as_str())];
    match &counts {
        Some([yes, no, unknown]) => {
            shown.extend([figure("True", yes.as_str()), figure("False", no), figure("Unknown", unknown)])
        }
        None => shown.push(figure("Value", &value)),
    }
    html! { (figures(shown)) (quality("Fields", summary)) }
}

fn counts(summary: &EvaluationSummary) -> Option<[u64; 3]> {
    summary.verdicts.map(|counts| [counts.true_, counts.false_, counts.unknown])
}

/// The value of a measure, without the name of its type.
fn value(summary: &EvaluationSummary) -> String {
    match &summary.value {
        None => "–".to_owned(),
        Some(Value::Null) => "unknown".to_owned(),
        Some(Value::Object(tagged)) => tagged.values().map(plain).collect::<Vec<_>>().join(" "),
        Some(value) => plain(value),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn quality(title: &str, summary: &EvaluationSummary) -> Markup {
    let columns = vec![Column::new("Field"), Column::new("Missing").number(), Column::new("Of a wrong type").number()];
    let rows = summary.quality.iter().map(|(path, FieldQuality { missing, wrong_type })| {
        vec![html! { code { (path) } }, html! { (grouped(*missing)) }, html! { (grouped(*wrong_type)) }]
    });
    html! { @if !summary.quality.is_empty() { h3 { (title) } (Table::new(title, columns, rows)) } }
}
