//! The questions before a schedule pauses or is deleted: why?

use maud::{Markup, html};
use plinth_events::{names::ScheduleName, refusal::Problem};

use super::routes;
use crate::components::{Button, Question, Reason, Tone};

/// Why something is done to a schedule, as far as that was said.
#[derive(Debug, Clone)]
pub struct ScheduleQuestion {
    /// Which schedule.
    pub name: ScheduleName,
    /// What stands in the field.
    pub reason: String,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The page that asks why a schedule pauses.
pub fn pause_question(view: &ScheduleQuestion) -> Markup {
    let text = "Nothing is enqueued until it is resumed. The fire times in between are not made up for.";
    let act = Button::submit("Pause").tone(Tone::Accent);
    question(view, format!("Pause {}?", view.name), text, &routes::pause(&view.name), act)
}

/// The page that asks why a schedule is deleted.
pub fn delete_question(view: &ScheduleQuestion) -> Markup {
    let text =
        "It fires no more. The jobs that it enqueued stay as they are, and what happened to it stays in the log.";
    let act = Button::submit("Delete").tone(Tone::Bad);
    question(view, format!("Delete {}?", view.name), text, &routes::delete(&view.name), act)
}

fn question(view: &ScheduleQuestion, title: String, text: &str, action: &str, act: Button) -> Markup {
    let question = Question {
        title,
        text,
        action,
        reason: Reason::Optional(&view.reason),
        problem: view.problem.as_ref(),
        keep: ("Keep it", &routes::schedule(&view.name)),
        act,
    };
    question.page(html! {})
}
