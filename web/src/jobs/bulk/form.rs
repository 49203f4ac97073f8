//! The form that says what is to be done to which jobs.

use maud::{Markup, html};
use plinth_events::{query::job::JobStatus, refusal::Problem};
use serde::Deserialize;

use crate::{
    components::{Button, Choice, Crumb, Field, FieldErrors, PageHeader, Panel, Tone, problem_banner},
    jobs::{
        routes::{self, DO, DO_PREVIEW},
        words::{STATUSES, label},
    },
};

/// What the form sends, as it was typed. Times are in UTC unless they say otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields of the command by their names")]
pub struct BulkFields {
    #[serde(rename = "type")]
    pub job_type: String,
    pub status: String,
    pub created_after: String,
    pub created_before: String,
    pub changed_after: String,
    pub changed_before: String,
    pub error_contains: String,
    pub action: String,
    pub run_at: String,
    pub priority: String,
    pub reason: String,
}

impl BulkFields {
    /// Names and values, as the form sends them.
    pub(super) fn pairs(&self) -> [(&'static str, &str); 11] {
        [
            ("type", &self.job_type),
            ("status", &self.status),
            ("createdAfter", &self.created_after),
            ("createdBefore", &self.created_before),
            ("changedAfter", &self.changed_after),
            ("changedBefore", &self.changed_before),
            ("errorContains", &self.error_contains),
            ("action", &self.action),
            ("runAt", &self.run_at),
            ("priority", &self.priority),
            ("reason", &self.reason),
        ]
    }
}

/// What is to be done to which jobs, as far as that was said.
#[derive(Debug, Clone)]
pub struct BulkFormView {
    /// What stands in the fields.
    pub fields: BulkFields,
    /// Types of jobs that there are.
    pub types: Vec<String>,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The body of the page.
pub fn bulk_form(view: &BulkFormView) -> Markup {
    let crumbs = [Crumb { label: "Jobs", href: routes::OVERVIEW }, Crumb { label: "Bulk actions", href: routes::BULK }];
    let errors = FieldErrors::of(view.problem.as_ref());
    html! {
        (PageHeader::new("Do something to many jobs").crumbs(&crumbs).note(html! { "You see how many jobs it is about before anything happens." }))
        @if let Some(problem) = &view.problem { (problem_banner(problem)) }
        form.stack method="post" action=(routes::BULK_NEW) {
            (Panel::new("Which jobs", which(view, &errors)).note("Those to which all of it applies. An empty field says nothing. Times are in UTC."))
            (Panel::new("What", what(&view.fields, &errors)))
            div.actions { (Button::submit("Preview").name(DO, DO_PREVIEW).tone(Tone::Accent)) }
        }
    }
}

fn which(view: &BulkFormView, errors: &FieldErrors) -> Markup {
    let fields = &view.fields;
    let any = Choice { value: "", label: "any" };
    let statuses = STATUSES.map(|status: JobStatus| Choice { value: status.as_str(), label: label(status) });
    let statuses = std::iter::once(any).chain(statuses).collect();
    html! {
        div.form-row {
            (Field::text("type", "Type").value(&fields.job_type).at("/filter/type", errors).suggestions(&view.types))
            (Field::select("status", "Status", statuses).value(&fields.status).at("/filter/status", errors))
            (Field::text("errorContains", "Error contains").value(&fields.error_contains).at("/filter/errorContains", errors))
        }
        div.form-row {
            (Field::moment("createdAfter", "Enqueued from").value(&fields.created_after).at("/filter/createdAfter", errors))
            (Field::moment("createdBefore", "Enqueued before").value(&fields.created_before).at("/filter/createdBefore", errors))
            (Field::moment("changedAfter", "Last changed from").value(&fields.changed_after).at("/filter/changedAfter", errors))
            (Field::moment("changedBefore", "Last changed before").value(&fields.changed_before).at("/filter/changedBefore", errors))
        }
    }
}

fn what(fields: &BulkFields, errors: &FieldErrors) -> Markup {
    let actions = vec![
        Choice { value: "cancel", label: "Cancel: end those that wait, stop those that run" },
        Choice { value: "retry", label: "Retry: a new set of attempts for those that failed" },
        Choice { value: "reschedule", label: "Reschedule: another time for those that wait" },
        Choice { value: "prioritize", label: "Re-prioritise: another priority for those that wait" },
    ];
    html! {
        div.form-row {
            (Field::select("action", "Action", actions).value(&fields.action).at("/action/kind", errors))
            (Field::moment("runAt", "May start from (UTC)").value(&fields.run_at).at("/action/runAt", errors).hint("To reschedule."))
            (Field::integer("priority", "Priority").value(&fields.priority).at("/action/priority", errors).hint("To re-prioritise, from -100 to 100: larger before smaller."))
        }
        (Field::lines("reason", "Reason", 2).value(&fields.reason).at("/reason", errors).required().hint("It stands in the history of every job."))
    }
}
