//! All that happened to a job: what, who, when, at which position of the log.

use maud::{Markup, html};
use plinth_events::{
    JobId,
    envelope::RecordedEvent,
    event::job::{JobEnqueued, JobEvent, JobFailed, JobLeaseExpired},
    time::Instant,
};

use super::{JobView, history::History};
use crate::{
    components::{Column, PLINTH, Panel, Table, Time},
    jobs::{routes, words::counted},
    schedules,
};

/// The events.
pub(super) fn events(view: &JobView, history: &History) -> Markup {
    let columns = vec![Column::new("What"), Column::new("Who"), Column::new("When"), Column::new("Position").number()];
    let rows = history.events.iter().map(|(recorded, event)| row(view, recorded, event.as_ref()));
    let body = html! {
        (Table::new("Events of the job", columns, rows))
        @if view.has_more_events {
            p.table-note { a href={ "/api/jobs/" (view.job.id) "/history" } { "There are more events, in the API" } }
        }
    };
    html! { (Panel::new("What happened", body).note("In order, as it stands in the log.").flush()) }
}

fn row(view: &JobView, recorded: &RecordedEvent, event: Option<&JobEvent>) -> Vec<Markup> {
    let who = match recorded.origin.actor {
        None if event.is_some_and(is_by_plinth) => PLINTH,
        actor => view.people.name(actor),
    };
    vec![
        html! {
            div.event {
                p { strong { (event.map_or(recorded.event_type.clone(), title)) } }
                @if let Some(event) = event { p.muted { (details(event)) } }
            }
        },
        html! { (who) },
        html! { (Time::precise(recorded.recorded_at.utc())) },
        html! { (recorded.position) },
    ]
}

/// What nobody asks for: it follows from time, or from what happened to other jobs.
fn is_by_plinth(event: &JobEvent) -> bool {
    matches!(
        event,
        JobEvent::JobLeaseExpired(_)
            | JobEvent::JobReleased(_)
            | JobEvent::JobDependencyFailed(_)
            | JobEvent::JobExpired(_)
            | JobEvent::JobArchived(_)
    )
}

fn title(event: &JobEvent) -> String {
    match event {
        JobEvent::JobEnqueued(_) => "Enqueued".to_owned(),
        JobEvent::JobStarted(event) => format!("Attempt {} started", event.attempt),
        JobEvent::JobCheckpointed(_) => "Checkpoint kept".to_owned(),
        JobEvent::JobCompleted(event) => format!("Completed by attempt {}", event.attempt),
        JobEvent::JobFailed(event) => format!("Attempt {} failed", event.attempt),
        JobEvent::JobLeaseExpired(event) if event.timed_out => format!("Attempt {} took too long", event.attempt),
        JobEvent::JobLeaseExpired(event) => format!("The worker of attempt {} fell silent", event.attempt),
        JobEvent::JobSnoozed(_) => "Put back by its worker".to_owned(),
        JobEvent::JobCancelRequested(_) => "Asked to stop".to_owned(),
        JobEvent::JobCancelled(_) => "Cancelled".to_owned(),
        JobEvent::JobRetried(_) => "Given a new set of attempts".to_owned(),
        JobEvent::JobReplaced(_) => "Replaced by another job with its unique key".to_owned(),
        JobEvent::JobRescheduled(_) => "Given another time".to_owned(),
        JobEvent::JobPrioritized(event) => format!("Given priority {}", event.priority),
        JobEvent::JobReleased(_) => "What it waited for has come".to_owned(),
        JobEvent::JobDependencyFailed(_) => "Failed with a job that it depends on".to_owned(),
        JobEvent::JobExpired(_) => "Expired before an attempt started".to_owned(),
        JobEvent::JobArchived(_) => "Archived".to_owned(),
    }
}

fn details(event: &JobEvent) -> Markup {
    match event {
        JobEvent::JobEnqueued(event) => enqueued(event),
        JobEvent::JobStarted(event) => html! { "by " code { (event.worker) } },
        JobEvent::JobCheckpointed(event) => html! { code.event-json { (event.checkpoint.as_str()) } },
        JobEvent::JobFailed(JobFailed { error, retry_at, .. })
        | JobEvent::JobLeaseExpired(JobLeaseExpired { error, retry_at, .. }) => html! {
            (error) ", " (again(*retry_at))
        },
        JobEvent::JobSnoozed(event) => html! { "until " (Time::precise(event.run_at.utc())) },
        JobEvent::JobCancelRequested(event) => html! { (event.reason) },
        JobEvent::JobCancelled(event) => html! { (event.reason) },
        JobEvent::JobRetried(event) => html! { @if let Some(reason) = &event.reason { (reason) } },
        JobEvent::JobReplaced(event) => html! { (due(event.run_at)) },
        JobEvent::JobRescheduled(event) => html! {
            (due(event.run_at)) @if let Some(reason) = &event.reason { ": " (reason) }
        },
        JobEvent::JobPrioritized(event) => html! { @if let Some(reason) = &event.reason { (reason) } },
        JobEvent::JobReleased(event) => html! { (due(event.run_at)) },
        JobEvent::JobDependencyFailed(event) => link(event.dependency),
        JobEvent::JobExpired(event) => html! { "by " (Time::precise(event.expires_at.utc())) },
        JobEvent::JobArchived(event) => html! { "it ended at " (Time::precise(event.ended_at.utc())) },
        JobEvent::JobCompleted(_) => html! {},
    }
}

fn enqueued(event: &JobEnqueued) -> Markup {
    html! {
        (due(event.run_at)) ", priority " (event.priority) ", "
        (counted(event.max_attempts.into(), "attempt"))
        @if let Some(schedule) = &event.schedule {
            ", by schedule " a href=(schedules::routes::schedule(&schedule.name)) { (schedule.name) }
        }
        @if !event.depends_on.is_empty() { ", after " (counted(event.depends_on.len() as u64, "job")) }
    }
}

fn due(run_at: Instant) -> Markup {
    html! { "due " (Time::precise(run_at.utc())) }
}

fn again(retry_at: Option<Instant>) -> Markup {
    match retry_at {
        Some(time) => html! { "tried again from " (Time::precise(time.utc())) " on" },
        None => html! { "for good" },
    }
}

fn link(job: JobId) -> Markup {
    html! { a href=(routes::job(job)) { code { (job) } } }
}
