//! All versions of a metric.

use maud::{Markup, html};
use plinth_events::{query::metric::MetricRow, timeline::Status};

use super::{
    Asked, MetricHead, Picture,
    routes::{Part, VERSION, differences, part, withdraw},
    words,
};
use crate::components::{Button, Column, Pager, Panel, People, Table, Time, dialog_link};

/// The versions of a metric.
#[derive(Debug, Clone)]
pub struct VersionsView {
    /// The top.
    pub head: MetricHead,
    /// The picture.
    pub picture: Picture,
    /// The versions, the newest first.
    pub versions: Vec<MetricRow>,
    /// The address of those that did not fit.
    pub more: Option<String>,
    /// Those who defined them.
    pub people: People,
}

/// The body of the page.
pub fn versions(view: &VersionsView) -> Markup {
    let columns = vec![
        Column::new("Version"),
        Column::new("Status"),
        Column::new("Governs"),
        Column::new("Says"),
        Column::new("Defined by"),
        Column::new("Recorded"),
        Column::new("Actions").hidden_label(),
    ];
    let table = Table::new("Versions", columns, view.versions.iter().map(|row| version(row, view)));
    let summary = format!("{} versions", view.versions.len());
    let body = html! {
        (Panel::new("Versions", html! { (table) }).note("The newest first. A version never changes; what it means stays provable.").flush())
        @if view.more.is_some() { (Pager { summary: &summary, first: None, next: view.more.as_deref() }) }
    };
    view.head.page(Part::Versions, view.picture.panel(&view.head, Part::Versions), body)
}

fn version(row: &MetricRow, view: &VersionsView) -> Vec<Markup> {
    let code = &view.head.code;
    let as_of = row.window.map(|window| window.from.utc().into());
    let asked = Asked { as_of, known_at: view.head.asked.known_at };
    let name = format!("v{}", row.version);
    vec![
        html! {
            @if as_of.is_some() { a href=(asked.at(&part(code, Part::Definition))) { (name) } } @else { (name) }
        },
        html! { (words::status(row.status)) },
        words::window(row.window),
        html! {
            @match &row.sentence {
                Some(sentence) => (sentence),
                None => span.muted { (row.name) },
            }
        },
        html! { (view.people.name(row.created_by_id)) },
        html! { (Time::at(row.created_at.utc())) },
        actions(row, view),
    ]
}

fn actions(row: &MetricRow, view: &VersionsView) -> Markup {
    let code = &view.head.code;
    let (version, before) = (row.version, row.version.saturating_sub(1));
    let title = format!("What changed from version {before} to version {version}");
    let is_scheduled = row.status == Status::Scheduled && view.head.asked.is_now();
    html! {
        div.actions.row-actions {
            @if before > 0 { (Button::link("Changes", &differences(code, before, version)).quiet().title(&title)) }
            @if is_scheduled && view.head.can_write {
                (dialog_link(&Button::link("Withdraw", &format!("{}?{VERSION}={version}", withdraw(code))).quiet()))
            }
        }
    }
}
