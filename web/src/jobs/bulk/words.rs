//! What is done to which jobs, in words.

use maud::{Markup, html};
use plinth_events::bulk::{RecordedAction, RecordedFilter};

use crate::components::{Time, tag};

/// What is done, as the button says it.
pub(super) fn verb(action: &RecordedAction) -> &'static str {
    match action {
        RecordedAction::Cancel {} => "Cancel",
        RecordedAction::Retry {} => "Retry",
        RecordedAction::Reschedule { .. } => "Reschedule",
        RecordedAction::Prioritize { .. } => "Re-prioritise",
    }
}

/// What becomes of each job.
pub(super) fn effect(action: &RecordedAction) -> Markup {
    match action {
        RecordedAction::Cancel {} => {
            html! { "Those that wait end, and the workers of those that run are asked to stop." }
        }
        RecordedAction::Retry {} => html! { "Those that failed get a new set of attempts." },
        RecordedAction::Reschedule { run_at } => {
            html! { "Those that wait may start from " (Time::precise(run_at.utc())) " on." }
        }
        RecordedAction::Prioritize { priority } => html! { "Those that wait get priority " (priority) "." },
    }
}

/// Which jobs.
pub(super) fn filter(filter: &RecordedFilter) -> Markup {
    let RecordedFilter {
        job_type,
        status,
        created_before,
        created_after,
        changed_before,
        changed_after,
        error_contains,
    } = filter;
    let times = [
        ("enqueued from", created_after),
        ("enqueued before", created_before),
        ("changed from", changed_after),
        ("changed before", changed_before),
    ];
    if *filter == RecordedFilter::default() {
        return html! { "all jobs" };
    }
    html! {
        ul.filter {
            @if let Some(job_type) = job_type { li { (tag(job_type.as_str())) } }
            @if let Some(status) = status { li { (tag(status.as_str())) } }
            @for (words, time) in times {
                @if let Some(time) = time { li { (words) " " (Time::precise(time.utc())) } }
            }
            @if let Some(text) = error_contains { li { "error has “" (text) "”" } }
        }
    }
}
