//! What is or was done to many jobs.

use maud::{Markup, html};
use plinth_events::{
    query::bulk::{BulkActionPage, BulkActionRow},
    time::Moment,
};

use super::words;
use crate::{
    components::{Button, Column, Crumb, Icon, PageHeader, Pager, Panel, People, Table, Time, Tone, empty, grouped},
    jobs::{
        routes::{self, BEFORE, BULK},
        words as jobs,
    },
};

/// Bulk actions.
#[derive(Debug, Clone)]
pub struct BulkListView {
    /// The actions.
    pub page: BulkActionPage,
    /// Whether there are none before them.
    pub is_first: bool,
    /// Who started them.
    pub people: People,
    /// What time it is.
    pub now: Moment,
    /// Whether the person may start one.
    pub can_operate: bool,
}

/// The body of the page.
pub fn bulk_list(view: &BulkListView) -> Markup {
    let crumbs = [Crumb { label: "Jobs", href: routes::OVERVIEW }];
    let columns = vec![
        Column::new("Action"),
        Column::new("Which jobs"),
        Column::new("Status"),
        Column::new("Changed").number(),
        Column::new("Who"),
        Column::new("Why"),
        Column::new("Started"),
    ];
    let text = "Many jobs can be cancelled, retried, rescheduled or re-prioritised at once, after a preview.";
    let table = Table::new("Bulk actions", columns, view.page.actions.iter().map(|action| row(action, view)))
        .empty(empty("No bulk actions yet", text, start(view.can_operate)));
    html! {
        (PageHeader::new("Bulk actions").crumbs(&crumbs).note(html! { "What was done to many jobs at once: newest first." }).actions(start(view.can_operate)))
        (Panel::new("Bulk actions", html! { (table) }).flush())
        (pager(view))
    }
}

fn start(can_operate: bool) -> Markup {
    let button = Button::link("Do something to many jobs", routes::BULK_NEW).icon(Icon::Plus).tone(Tone::Accent);
    html! { @if can_operate { (button) } }
}

fn row(row: &BulkActionRow, view: &BulkListView) -> Vec<Markup> {
    vec![
        html! { a href=(routes::bulk_action(row.action_id)) { (words::verb(&row.action)) } },
        words::filter(&row.filter),
        html! { (jobs::bulk_status(row.status)) },
        html! { (grouped(row.counts.changed)) " of " (grouped(row.counts.matched)) },
        html! { (view.people.name(row.started_by_id)) },
        html! { (row.reason) },
        html! { (Time::from_now(row.started_at.utc(), view.now.utc())) },
    ]
}

fn pager(view: &BulkListView) -> Markup {
    let next = view.page.next.map(|position| format!("{BULK}?{BEFORE}={position}"));
    let first = (!view.is_first).then_some(BULK);
    let summary = jobs::counted(view.page.actions.len() as u64, "action");
    let is_all = first.is_none() && next.is_none();
    html! { @if !is_all { (Pager { summary: &summary, first, next: next.as_deref() }) } }
}
