//! What happened to a schedule: when it fired, which fire times it skipped and why, who changed it.

use maud::{Markup, html};
use plinth_events::{
    Event,
    envelope::RecordedEvent,
    event::schedule::{ScheduleEvent, ScheduleSkipped},
    names::Reason,
    schedule::SkipReason,
    time::Instant,
};

use super::ScheduleView;
use crate::{
    components::{Column, PLINTH, Panel, Table, Time},
    jobs,
};

/// The newest events.
pub(super) fn events(view: &ScheduleView) -> Markup {
    let columns = vec![Column::new("What"), Column::new("Who"), Column::new("When")];
    let rows = view.events.iter().map(|recorded| row(view, recorded));
    let table = Table::new("Events of the schedule", columns, rows);
    html! { (Panel::new("What happened", html! { (table) }).note("The newest first.").flush()) }
}

fn row(view: &ScheduleView, recorded: &RecordedEvent) -> Vec<Markup> {
    let event = match recorded.event() {
        Ok(Event::Schedule(event)) => Some(event),
        _ => None,
    };
    let who = match event {
        Some(ScheduleEvent::ScheduleFired(_) | ScheduleEvent::ScheduleSkipped(_)) => PLINTH,
        _ => view.people.name(recorded.origin.actor),
    };
    vec![
        html! {
            div.event {
                p { strong { (event.as_ref().map_or(recorded.event_type.clone(), title)) } }
                @if let Some(event) = &event { p.muted { (details(event)) } }
            }
        },
        html! { (who) },
        html! { (Time::precise(recorded.recorded_at.utc())) },
    ]
}

fn title(event: &ScheduleEvent) -> String {
    match event {
        ScheduleEvent::ScheduleDefined(_) => "Defined".to_owned(),
        ScheduleEvent::SchedulePaused(_) => "Paused".to_owned(),
        ScheduleEvent::ScheduleResumed(_) => "Resumed".to_owned(),
        ScheduleEvent::ScheduleDeleted(_) => "Deleted".to_owned(),
        ScheduleEvent::ScheduleFired(_) => "Fired".to_owned(),
        ScheduleEvent::ScheduleSkipped(event) => format!("Skipped {}", jobs::counted(event.count.into(), "fire time")),
        ScheduleEvent::ScheduleBackfilled(event) => {
            format!("Enqueued {} for the past", jobs::counted(event.jobs.into(), "job"))
        }
    }
}

fn details(event: &ScheduleEvent) -> Markup {
    match event {
        ScheduleEvent::ScheduleDefined(event) => html! { code { (event.cron) } " " (event.time_zone) },
        ScheduleEvent::SchedulePaused(event) => why(event.reason.as_ref()),
        ScheduleEvent::ScheduleDeleted(event) => why(event.reason.as_ref()),
        ScheduleEvent::ScheduleResumed(_) => html! {},
        ScheduleEvent::ScheduleFired(event) => html! {
            "for " (at(event.fire_time)) ": " a href=(jobs::routes::job(event.job_id)) { code { (event.job_id) } }
        },
        ScheduleEvent::ScheduleSkipped(event) => skipped(event),
        ScheduleEvent::ScheduleBackfilled(event) => html! { (at(event.from)) " to " (at(event.until)) },
    }
}

fn skipped(event: &ScheduleSkipped) -> Markup {
    let why = match event.reason {
        SkipReason::Misfire => "nobody was there to enqueue its job in time",
        SkipReason::Overlap => "the job of the fire time before had not ended",
        SkipReason::JobIdTaken => "another job has the id that its job would have",
    };
    html! {
        (at(event.from)) @if event.until != event.from { " to " (at(event.until)) } ": " (why)
    }
}

fn why(reason: Option<&Reason>) -> Markup {
    html! { @if let Some(reason) = reason { (reason) } }
}

fn at(time: Instant) -> Time {
    Time::precise(time.utc())
}
