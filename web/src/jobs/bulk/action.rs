//! One bulk action: how far it is, who started it and why.

use maud::{Markup, html};
use plinth_events::{
    bulk::{BulkCounts, BulkStatus},
    query::bulk::BulkActionRow,
};

use super::words;
use crate::{
    components::{
        Button, Crumb, Figure, Icon, PageHeader, Panel, People, Time, definitions, dialog_link, figures, grouped,
    },
    jobs::{LIVE, live, routes, words as jobs},
};

/// How often an action that runs is fetched again, in seconds.
const REFRESH_SECONDS: u8 = 2;

/// A bulk action.
#[derive(Debug, Clone)]
pub struct BulkActionView {
    /// The action.
    pub action: BulkActionRow,
    /// Who started it.
    pub people: People,
    /// Whether the person may stop it.
    pub can_operate: bool,
}

/// The body of the page.
pub fn bulk_action(view: &BulkActionView) -> Markup {
    let BulkActionRow { action_id, action, counts, status, .. } = &view.action;
    let title = format!("{} {}", words::verb(action), jobs::counted(counts.matched, "job"));
    html! {
        div #(LIVE).stack {
            @if *status == BulkStatus::Running { (live(&routes::bulk_action(*action_id), REFRESH_SECONDS)) }
            (header(view, &title))
            (numbers(*counts, *status))
            (Panel::new("What is done", facts(view)))
        }
    }
}

fn header(view: &BulkActionView, title: &str) -> Markup {
    let BulkActionRow { action_id, status, .. } = &view.action;
    let crumbs = [Crumb { label: "Jobs", href: routes::OVERVIEW }, Crumb { label: "Bulk actions", href: routes::BULK }];
    let is_running = *status == BulkStatus::Running;
    let header = PageHeader::new(title)
        .crumbs(&crumbs)
        .state(html! { (jobs::bulk_status(*status)) })
        .note(html! { code { (action_id) } })
        .actions(html! {
            @if is_running && view.can_operate {
                (dialog_link(&Button::link("Stop it", &routes::stop_bulk(*action_id)).icon(Icon::Close)))
            }
        });
    html! { (header) }
}

fn numbers(counts: BulkCounts, status: BulkStatus) -> Markup {
    let BulkCounts { matched, changed, refused } = counts;
    let done = changed + refused;
    let left = matched.saturating_sub(done);
    let behind = if status == BulkStatus::Cancelled { "Left alone" } else { "Still to come" };
    let values = [("Changed", changed), ("Left as they were", refused), (behind, left)]
        .map(|(label, value)| (label, grouped(value)));
    html! {
        @if matched > 0 {
            div.job-progress {
                progress max=(matched) value=(done) aria-label="How far it is" {}
                span { (grouped(done)) " of " (grouped(matched)) }
            }
        }
        (figures(values.iter().map(|(label, value)| Figure { label, value, note: None, href: None })))
    }
}

fn facts(view: &BulkActionView) -> Markup {
    let BulkActionRow { action, filter, reason, started_by_id, started_at, ended_at, .. } = &view.action;
    let mut facts = vec![
        ("Which jobs", words::filter(filter)),
        ("What happens", words::effect(action)),
        ("Why", html! { (reason) }),
        ("Who", html! { (view.people.name(*started_by_id)) }),
        ("Started", html! { (Time::precise(started_at.utc())) }),
    ];
    facts.extend(ended_at.map(|time| {
        let took = jobs::span(started_at.utc(), time.utc());
        ("Ended", html! { (Time::precise(time.utc())) ", after " (took) })
    }));
    definitions(facts)
}
