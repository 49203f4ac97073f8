//! One schedule: when it fires next, what it enqueues, how it stands.

use chrono::TimeDelta;
use maud::{Markup, html};
use plinth_events::{envelope::RecordedEvent, query::schedule::ScheduleRow, time::Moment};

use super::{
    events, routes,
    words::{self, OVERLAPS},
};
use crate::{
    components::{
        Button, Crumb, Icon, Notice, PageHeader, Panel, People, Time, Tone, definitions, dialog_link, empty,
        json_text_block,
    },
    jobs,
};

/// A schedule.
#[derive(Debug, Clone)]
pub struct ScheduleView {
    /// The schedule.
    pub schedule: ScheduleRow,
    /// What happened to it, the newest first, as far as it is shown.
    pub events: Vec<RecordedEvent>,
    /// Those who did it.
    pub people: People,
    /// What time it is.
    pub now: Moment,
    /// Whether the person may change it.
    pub can_operate: bool,
}

/// The body of the page.
pub fn schedule(view: &ScheduleView) -> Markup {
    let crumbs = [Crumb { label: "Schedules", href: routes::LIST }];
    let schedule = &view.schedule;
    let header = PageHeader::new(schedule.name.as_str())
        .crumbs(&crumbs)
        .state(html! { (words::state(schedule)) })
        .note(html! { (words::pattern(schedule)) })
        .actions(actions(view));
    html! {
        (header)
        @if schedule.paused { (paused(schedule)) }
        @if let Some(text) = &schedule.description { p.metric-description { (text) } }
        div.panels {
            (Panel::new("Fires next", fires(view)))
            (Panel::new("Facts", facts(view)))
        }
        (Panel::new("Payload", json_text_block("Payload", schedule.job.payload.as_str())).note("What the worker of each job gets."))
        (events::events(view))
    }
}

fn actions(view: &ScheduleView) -> Markup {
    let name = &view.schedule.name;
    html! {
        @if view.can_operate {
            (dialog_link(&Button::link("Delete", &routes::delete(name)).icon(Icon::Trash)))
            @if view.schedule.paused {
                form method="post" action=(routes::resume(name)) { (Button::submit("Resume").icon(Icon::Play)) }
            } @else {
                (dialog_link(&Button::link("Pause", &routes::pause(name)).icon(Icon::Pause)))
            }
            (Button::link("Change", &routes::edit(name)).icon(Icon::Edit).tone(Tone::Accent))
        }
    }
}

fn paused(schedule: &ScheduleRow) -> Markup {
    let notice = Notice::new(Tone::Warning, "It is paused: nothing is enqueued until it is resumed.");
    match &schedule.pause_reason {
        Some(reason) => html! { (notice.more(html! { (reason) })) },
        None => html! { (notice) },
    }
}

fn fires(view: &ScheduleView) -> Markup {
    let times = &view.schedule.next_fire_times;
    if times.is_empty() {
        return empty("Never", "It is paused, or its pattern names no time to come.", html! {});
    }
    let now = view.now.utc();
    let is_near = |time| time - now < TimeDelta::days(1);
    html! {
        ol {
            @for time in times {
                li {
                    (Time::precise(time.utc()))
                    @if is_near(time.utc()) { " " span.muted { (Time::from_now(time.utc(), now).readable) } }
                }
            }
        }
    }
}

fn facts(view: &ScheduleView) -> Markup {
    let schedule = &view.schedule;
    let job = &schedule.job;
    let overlap = OVERLAPS.iter().find(|(overlap, ..)| *overlap == schedule.overlap).map_or("", |(.., words)| *words);
    let mut facts = vec![
        ("Enqueues", html! { a href=(jobs::routes::list(Some(&job.job_type), None)) { (job.job_type) } }),
        ("Fired last", words::last_fire(schedule, view.now)),
        ("If the last job runs still", html! { (overlap) }),
        ("Missed times that get a job late", html! { (schedule.catch_up) }),
    ];
    facts.extend(job.max_attempts.map(|attempts| ("Attempts", html! { (attempts) })));
    facts.extend(job.priority.map(|priority| ("Priority", html! { (priority) })));
    facts.extend(job.timeout_seconds.map(|seconds| ("Longest attempt", html! { (jobs::seconds(seconds)) })));
    facts.push(("Defined", html! { (Time::at(schedule.created_at.utc())) }));
    facts.push(("Last change", html! { (Time::at(schedule.updated_at.utc())) }));
    definitions(facts)
}
