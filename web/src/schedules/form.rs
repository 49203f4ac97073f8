//! The form that says when a schedule fires, and what it enqueues.

use maud::{Markup, html};
use plinth_events::{names::ScheduleName, query::schedule::ScheduleRow, refusal::Problem};
use serde::Deserialize;

use super::{routes, words::OVERLAPS};
use crate::components::{
    Button, Choice, Crumb, Field, FieldErrors, PageHeader, Panel, Tone, indented_json, problem_banner,
};

/// What the form sends, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields of the command by their names")]
pub struct ScheduleFields {
    pub name: String,
    pub cron: String,
    pub time_zone: String,
    #[serde(rename = "type")]
    pub job_type: String,
    pub payload: String,
    pub max_attempts: String,
    pub priority: String,
    pub catch_up: String,
    pub overlap: String,
    pub description: String,
}

impl ScheduleFields {
    /// Of a schedule that is not there yet.
    pub fn new() -> Self {
        Self { time_zone: "UTC".to_owned(), payload: "{}".to_owned(), ..Self::default() }
    }
}

impl From<&ScheduleRow> for ScheduleFields {
    fn from(row: &ScheduleRow) -> Self {
        let overlap = OVERLAPS.iter().find(|(overlap, ..)| *overlap == row.overlap).map_or("", |(_, name, _)| *name);
        Self {
            name: row.name.to_string(),
            cron: row.cron.to_string(),
            time_zone: row.time_zone.to_string(),
            job_type: row.job.job_type.to_string(),
            payload: indented_json(row.job.payload.as_str()),
            max_attempts: row.job.max_attempts.map(|attempts| attempts.to_string()).unwrap_or_default(),
            priority: row.job.priority.map(|priority| priority.to_string()).unwrap_or_default(),
            catch_up: row.catch_up.to_string(),
            overlap: overlap.to_owned(),
            description: row.description.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

/// A schedule to be defined, as far as it was said.
#[derive(Debug, Clone)]
pub struct ScheduleFormView {
    /// Which schedule is changed; none: a new one.
    pub name: Option<ScheduleName>,
    /// What stands in the fields.
    pub fields: ScheduleFields,
    /// Types of jobs that there are.
    pub types: Vec<String>,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The body of the page.
pub fn schedule_form(view: &ScheduleFormView) -> Markup {
    let crumbs = [Crumb { label: "Schedules", href: routes::LIST }];
    let title = view.name.as_ref().map_or_else(|| "Define a schedule".to_owned(), |name| format!("Change {name}"));
    let action = view.name.as_ref().map_or_else(|| routes::NEW.to_owned(), routes::edit);
    let errors = FieldErrors::of(view.problem.as_ref());
    html! {
        (PageHeader::new(&title).crumbs(&crumbs))
        @if let Some(problem) = &view.problem { (problem_banner(problem)) }
        form.stack method="post" action=(action) {
            (Panel::new("When", when(view, &errors)))
            (Panel::new("What it enqueues", what(view, &errors)))
            div.actions { (Button::submit(if view.name.is_some() { "Save" } else { "Define" }).tone(Tone::Accent)) }
        }
    }
}

fn when(view: &ScheduleFormView, errors: &FieldErrors) -> Markup {
    let fields = &view.fields;
    let overlaps = OVERLAPS.iter().map(|(_, value, label)| Choice { value, label }).collect();
    html! {
        @if view.name.is_none() {
            (Field::text("name", "Name").value(&fields.name).at("/name", errors).required().placeholder("nightly_report"))
        }
        div.form-row {
            (Field::text("cron", "Pattern").value(&fields.cron).at("/cron", errors).required().placeholder("0 7 * * mon-fri").hint("Minute, hour, day, month, weekday; or @daily, @hourly, …"))
            (Field::text("timeZone", "Time zone").value(&fields.time_zone).at("/timeZone", errors).placeholder("Europe/Berlin").hint("By its IANA name. Empty: UTC."))
        }
        div.form-row {
            (Field::select("overlap", "If the last job runs still", overlaps).value(&fields.overlap).at("/overlap", errors))
            (Field::integer("catchUp", "Missed times that get a job late").value(&fields.catch_up).at("/catchUp", errors).hint("Empty: the latest one."))
        }
        (Field::lines("description", "What it is for", 2).value(&fields.description).at("/description", errors))
    }
}

fn what(view: &ScheduleFormView, errors: &FieldErrors) -> Markup {
    let fields = &view.fields;
    html! {
        div.form-row {
            (Field::text("type", "Type").value(&fields.job_type).at("/job/type", errors).suggestions(&view.types).required())
            (Field::integer("maxAttempts", "Attempts").value(&fields.max_attempts).at("/job/maxAttempts", errors).hint("Empty: as its queue says, usually 3."))
            (Field::integer("priority", "Priority").value(&fields.priority).at("/job/priority", errors).hint("Larger first. Empty: 0."))
        }
        (Field::code("payload", "Payload", 8).value(&fields.payload).at("/job/payload", errors).required().hint("What the worker of each job gets, as JSON."))
    }
}
