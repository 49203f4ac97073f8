//! What changed between two versions.

use maud::{Markup, html};
use plinth_events::{
    json::StoredJson,
    query::{
        formula::{MetricDiff, MetricDifference},
        metric::MetricRow,
    },
};

use super::{
    MetricHead,
    asked::written,
    routes::{FROM, KNOWN_AT, Part, TO, part},
    words,
};
use crate::components::{Button, Choice, Column, Field, Panel, Table, empty, grouped};

/// Two versions of a metric.
#[derive(Debug, Clone)]
pub struct DifferencesView {
    /// The top.
    pub head: MetricHead,
    /// The number of the latest version.
    pub latest: u32,
    /// What changed between them; none: there is only one version.
    pub diff: Option<MetricDiff>,
}

/// The body of the page.
pub fn differences(view: &DifferencesView) -> Markup {
    let body = match &view.diff {
        Some(diff) => html! { (choice(view, diff)) (comparison(diff)) },
        None => html! {
            (Panel::new("Differences", empty("There is only one version", "Differences show once there is a second one.", html! {})))
        },
    };
    view.head.page(Part::Differences, html! {}, body)
}

fn choice(view: &DifferencesView, diff: &MetricDiff) -> Markup {
    let versions: Vec<_> =
        (1..=view.latest).rev().map(|version| (version.to_string(), format!("version {version}"))).collect();
    let choices = || versions.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        form.filters method="get" action=(part(&view.head.code, Part::Differences)) {
            (Field::select(FROM, "From", choices()).value(&diff.from.version.to_string()))
            (Field::select(TO, "To", choices()).value(&diff.to.version.to_string()))
            @if let Some(known) = view.head.asked.known_at { input type="hidden" name=(KNOWN_AT) value=(written(known)); }
            (Button::submit("Compare"))
        }
    }
}

fn comparison(diff: &MetricDiff) -> Markup {
    let (badge, sentence) = words::class(diff.class);
    html! {
        (Panel::new("What it says", says(&diff.from, &diff.to)).note(sentence).actions(html! { (badge) }))
        (Panel::new("Where they differ", html! { (table(&diff.differences)) }).flush())
        @if diff.more > 0 { p.muted { "And " (grouped(diff.more.into())) " more differences." } }
    }
}

fn says(from: &MetricRow, to: &MetricRow) -> Markup {
    html! {
        div.sides {
            @for row in [from, to] {
                div {
                    p.muted { "Version " (row.version) }
                    p.metric-sentence { (row.sentence.as_deref().unwrap_or(row.name.as_str())) }
                    p.muted { (words::window(row.window)) }
                }
            }
        }
    }
}

/// Differences, old and new side by side.
pub(super) fn table(differences: &[MetricDifference]) -> Table<'static> {
    let columns = vec![Column::new("Where"), Column::new("Old"), Column::new("New")];
    let rows = differences.iter().map(|difference| {
        vec![
            html! { code { (difference.pointer) } },
            side("old", difference.old.as_ref()),
            side("new", difference.new.as_ref()),
        ]
    });
    Table::new("Differences", columns, rows).empty(empty("No differences", "Both say the same.", html! {}))
}

fn side(class: &str, value: Option<&StoredJson>) -> Markup {
    html! {
        @match value {
            Some(value) => code.diff.(class) { (value.as_str()) },
            None => span.muted { "nothing" },
        }
    }
}
