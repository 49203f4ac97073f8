//! The questions before jobs are cancelled or paused, or a bulk action stops: why?

use maud::{Markup, html};
use plinth_events::{
    BulkActionId,
    names::JobType,
    query::job::{JobRow, JobStatus},
    refusal::Problem,
};
use serde::Deserialize;

use super::routes::{self, TYPE};
use crate::components::{Button, Question, Reason, Tone};

/// What the forms send, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ReasonFields {
    /// Why.
    pub reason: String,
    /// Of which type, where a type is asked for; empty: of all.
    #[serde(rename = "type")]
    pub job_type: String,
}

/// Why a job is cancelled, as far as that was said.
#[derive(Debug, Clone)]
pub struct CancelView {
    /// Which job.
    pub job: JobRow,
    /// What stands in the field.
    pub reason: String,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The page that asks why a job is cancelled.
pub fn cancel_question(view: &CancelView) -> Markup {
    let job = view.job.id;
    let text = match view.job.status {
        JobStatus::Processing => "It runs. Its worker is asked to stop, and has failed when it does.",
        _ => "It waits, and ends at once. It can be tried again later.",
    };
    let question = Question {
        title: format!("Cancel {}?", view.job.job_type),
        text,
        action: &routes::cancel(job),
        reason: Reason::Required(&view.reason),
        problem: view.problem.as_ref(),
        keep: ("Keep it", &routes::job(job)),
        act: Button::submit("Cancel the job").tone(Tone::Bad),
    };
    question.page(html! {})
}

/// Why jobs are paused, as far as that was said.
#[derive(Debug, Clone)]
pub struct PauseView {
    /// Of which type; none: all.
    pub job_type: Option<JobType>,
    /// What stands in the field.
    pub reason: String,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The page that asks why jobs are paused.
pub fn pause_question(view: &PauseView) -> Markup {
    let title = view.job_type.as_ref().map_or_else(|| "Pause all jobs?".to_owned(), |name| format!("Pause {name}?"));
    let question = Question {
        title,
        text: "Those that run go on. No other one starts until they are resumed; they wait, and none is lost.",
        action: routes::PAUSE,
        reason: Reason::Optional(&view.reason),
        problem: view.problem.as_ref(),
        keep: ("Let them run", routes::OVERVIEW),
        act: Button::submit("Pause").tone(Tone::Accent),
    };
    question.page(html! { @if let Some(name) = &view.job_type { input type="hidden" name=(TYPE) value=(name); } })
}

/// Why a bulk action stops, as far as that was said.
#[derive(Debug, Clone)]
pub struct StopBulkView {
    /// Which action.
    pub action_id: BulkActionId,
    /// What stands in the field.
    pub reason: String,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The page that asks why a bulk action stops.
pub fn stop_bulk_question(view: &StopBulkView) -> Markup {
    let question = Question {
        title: "Stop the bulk action?".to_owned(),
        text: "Jobs that it has not come to yet are left alone. What it did stays.",
        action: &routes::stop_bulk(view.action_id),
        reason: Reason::Required(&view.reason),
        problem: view.problem.as_ref(),
        keep: ("Let it run", &routes::bulk_action(view.action_id)),
        act: Button::submit("Stop it").tone(Tone::Bad),
    };
    question.page(html! {})
}
