//! All schedules by their names.

use maud::{Markup, html};
use plinth_events::{
    query::schedule::{SchedulePage, ScheduleRow},
    time::Moment,
};

use super::{
    routes::{self, AFTER, LIST},
    words,
};
use crate::components::{Button, Column, Icon, PageHeader, Pager, Panel, Table, Time, Tone, dialog_link, empty};

/// Schedules.
#[derive(Debug, Clone)]
pub struct ScheduleListView {
    /// The schedules.
    pub page: SchedulePage,
    /// Whether there are none before them.
    pub is_first: bool,
    /// What time it is.
    pub now: Moment,
    /// Whether the person may change them.
    pub can_operate: bool,
}

/// The body of the page.
pub fn schedules(view: &ScheduleListView) -> Markup {
    let columns = vec![
        Column::new("Schedule"),
        Column::new("When"),
        Column::new("Status"),
        Column::new("Fires next"),
        Column::new("Fired last"),
        Column::new("Pause or resume").hidden_label(),
    ];
    let text = "A schedule enqueues a job at every time of a cron pattern, in a time zone.";
    let table = Table::new("Schedules", columns, view.page.schedules.iter().map(|schedule| row(schedule, view)))
        .empty(empty("No schedules yet", text, define(view.can_operate)));
    html! {
        (PageHeader::new("Schedules").note(html! { "Jobs that are enqueued when it is time." }).actions(define(view.can_operate)))
        (Panel::new("Schedules", html! { (table) }).flush())
        (pager(view))
    }
}

fn define(can_operate: bool) -> Markup {
    html! { @if can_operate { (Button::link("Define a schedule", routes::NEW).icon(Icon::Plus).tone(Tone::Accent)) } }
}

fn row(schedule: &ScheduleRow, view: &ScheduleListView) -> Vec<Markup> {
    let name = &schedule.name;
    vec![
        html! { div.job-name { a href=(routes::schedule(name)) { (name) } code { (schedule.job.job_type) } } },
        words::pattern(schedule),
        html! { (words::state(schedule)) },
        next(schedule, view.now),
        words::last_fire(schedule, view.now),
        html! { @if view.can_operate { div.actions.row-actions { (switch(schedule)) } } },
    ]
}

fn next(schedule: &ScheduleRow, now: Moment) -> Markup {
    match schedule.next_fire_times.first() {
        Some(time) => html! { (Time::from_now(time.utc(), now.utc())) },
        None => html! { span.muted { "–" } },
    }
}

/// Pause or resume.
fn switch(schedule: &ScheduleRow) -> Markup {
    let name = &schedule.name;
    if !schedule.paused {
        let label = format!("Pause {name}");
        return dialog_link(&Button::link(&label, &routes::pause(name)).icon_only(Icon::Pause).quiet());
    }
    let label = format!("Resume {name}");
    html! {
        form method="post" action=(routes::resume(name)) { (Button::submit(&label).icon_only(Icon::Play).quiet()) }
    }
}

fn pager(view: &ScheduleListView) -> Markup {
    let next = view.page.next.as_ref().map(|name| format!("{LIST}?{AFTER}={name}"));
    let first = (!view.is_first).then_some(LIST);
    let summary = format!("{} schedules", view.page.schedules.len());
    let is_all = first.is_none() && next.is_none();
    html! { @if !is_all { (Pager { summary: &summary, first, next: next.as_deref() }) } }
}
