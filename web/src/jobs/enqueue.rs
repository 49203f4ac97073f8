//! A job to be enqueued by hand.

use maud::{Markup, html};
use plinth_events::refusal::Problem;
use serde::Deserialize;

use super::routes;
use crate::components::{Button, Crumb, Field, FieldErrors, PageHeader, Panel, Tone, problem_banner};

/// What the form sends, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnqueueFields {
    /// Which workers it is for.
    #[serde(rename = "type")]
    pub job_type: String,
    /// What the worker gets: JSON.
    pub payload: String,
    /// When it may start, in UTC; empty: at once.
    pub run_at: String,
    /// How often it is tried; empty: as usual.
    pub max_attempts: String,
    /// Larger before smaller; empty: 0.
    pub priority: String,
}

impl Default for EnqueueFields {
    fn default() -> Self {
        let empty = String::new;
        Self { job_type: empty(), payload: "{}".to_owned(), run_at: empty(), max_attempts: empty(), priority: empty() }
    }
}

/// A job to be enqueued, as far as it was said.
#[derive(Debug, Clone)]
pub struct EnqueueView {
    /// What stands in the fields.
    pub fields: EnqueueFields,
    /// Types of jobs that there are.
    pub types: Vec<String>,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The body of the page.
pub fn enqueue(view: &EnqueueView) -> Markup {
    let crumbs = [Crumb { label: "Jobs", href: routes::OVERVIEW }];
    let errors = FieldErrors::of(view.problem.as_ref());
    let fields = &view.fields;
    let body = html! {
        form.form method="post" action=(routes::NEW) {
            (Field::text("type", "Type").value(&fields.job_type).at("/type", &errors).suggestions(&view.types).required().placeholder("send_invoice").hint("Which workers it is for."))
            (Field::code("payload", "Payload", 10).value(&fields.payload).at("/payload", &errors).required().hint("What the worker gets, as JSON."))
            div.form-row {
                (Field::moment("runAt", "May start from (UTC)").value(&fields.run_at).at("/runAt", &errors).hint("Empty: at once."))
                (Field::integer("maxAttempts", "Attempts").value(&fields.max_attempts).at("/maxAttempts", &errors).hint("Empty: as its queue says, usually 3."))
                (Field::integer("priority", "Priority").value(&fields.priority).at("/priority", &errors).hint("From -100 to 100, larger first. Empty: 0."))
            }
            div.actions { (Button::submit("Enqueue").tone(Tone::Accent)) }
        }
    };
    html! {
        (PageHeader::new("Enqueue a job").crumbs(&crumbs).note(html! { "Programs do this by the API; by hand it helps to try a worker, or to do something once more." }))
        @if let Some(problem) = &view.problem { (problem_banner(problem)) }
        (Panel::new("The job", body))
    }
}
