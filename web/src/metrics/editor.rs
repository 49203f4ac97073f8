//! The editor of a metric's next version: its texts, its formula with a builder beside the JSON, when it takes effect and why,
//! and what it would change about records.

use maud::{Markup, html};
use plinth_events::{names::Code, query::evaluate::MetricPreview, refusal::Problem};
use serde::Deserialize;

use super::{
    Check, check, preview,
    routes::{self, DO, DO_CHECK, DO_PREVIEW, DO_SAVE},
};
use crate::components::{Button, Crumb, Field, FieldErrors, Icon, PageHeader, Panel, Tone, problem_banner};

/// The id of the form.
pub(super) const FORM: &str = "definition";

/// What the form sends, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EditorFields {
    /// The code of the metric.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it means, in full.
    pub description: String,
    /// The formula: JSON.
    pub formula: String,
    /// When it takes over, in UTC; empty: now.
    pub effective_at: String,
    /// Why.
    pub reason: String,
    /// The latest version when the editor was opened.
    pub expected_version: String,
    /// Records to try it on: a JSON object a line, or a list of them.
    pub records: String,
    /// Which button was pressed.
    #[serde(rename = "do")]
    pub pressed: String,
}

/// The editor.
#[derive(Debug, Clone)]
pub struct EditorView {
    /// Which metric, and what it is called; none: a new one.
    pub metric: Option<(Code, String)>,
    /// What stands in its fields.
    pub fields: EditorFields,
    /// What the formula says.
    pub check: Check,
    /// The fields that records have, and their types, as far as they were declared.
    pub declared: Vec<(String, String)>,
    /// Why it was not saved.
    pub problem: Option<Problem>,
    /// What it would change about the records.
    pub preview: Option<MetricPreview>,
}

/// The body of the page.
pub fn editor(view: &EditorView) -> Markup {
    let errors = FieldErrors::of(view.problem.as_ref());
    let action = view.metric.as_ref().map_or_else(|| routes::NEW.to_owned(), |(code, _)| routes::edit(code));
    html! {
        (header(view))
        @if let Some(problem) = &view.problem { (problem_banner(problem)) }
        form.editor id=(FORM) method="post" action=(action) {
            input type="hidden" name="expectedVersion" value=(view.fields.expected_version);
            // What Enter in a field presses. It writes nothing.
            button.visually-hidden type="submit" name=(DO) value=(DO_CHECK) tabindex="-1" aria-hidden="true" { "Check" }
            (Panel::new("Meaning", meaning(view, &errors)))
            (Panel::new("Formula", formula(view)).note("True, false or unknown of each record, or one value of all of them."))
            (Panel::new("When and why", when_and_why(view, &errors)))
            (Panel::new("Impact", impact(view, &errors)).note("What the formula says of records that you paste. They are not kept."))
            div.actions.editor-actions {
                (Button::link("Cancel", &view.back()).quiet())
                (Button::submit("Check").name(DO, DO_CHECK).icon(Icon::Check))
                (Button::submit(view.save_label()).name(DO, DO_SAVE).tone(Tone::Accent))
            }
        }
    }
}

impl EditorView {
    fn back(&self) -> String {
        self.metric.as_ref().map_or_else(|| routes::LIST.to_owned(), |(code, _)| routes::metric(code))
    }

    fn save_label(&self) -> &'static str {
        if self.metric.is_some() { "Save as new version" } else { "Define the metric" }
    }
}

fn header(view: &EditorView) -> Markup {
    let back = view.back();
    let list = Crumb { label: "Metrics", href: routes::LIST };
    match &view.metric {
        None => html! { (PageHeader::new("Define a metric").crumbs(&[list])) },
        Some((code, name)) => html! {
            (PageHeader::new("New version").crumbs(&[list, Crumb { label: name, href: &back }]).note(html! {
                "Of " code { (code) } ". Versions before it stay as they are."
            }))
        },
    }
}

fn meaning(view: &EditorView, errors: &FieldErrors) -> Markup {
    let fields = &view.fields;
    html! {
        div.form-row {
            @match &view.metric {
                Some((code, _)) => input type="hidden" name="code" value=(code);,
                None => (Field::text("code", "Code").value(&fields.code).at("/code", errors).required()
                    .placeholder("at_risk_customer").hint("Small letters, digits and _. It never changes.")),
            }
            (Field::text("name", "Name").value(&fields.name).at("/name", errors).required().placeholder("At-risk customer"))
        }
        (Field::lines("description", "Description", 3).value(&fields.description).at("/description", errors)
            .hint("What it means, in full, for people."))
    }
}

fn formula(view: &EditorView) -> Markup {
    // what is wrong with it stands below, where it is found anew while somebody types
    let field = Field::code("formula", "JSON", 14)
        .value(&view.fields.formula)
        .at("/formula", &FieldErrors::default())
        .placeholder(r#"{"field": "lastOrderDate", "operator": ">", "value": "30 days"}"#);
    html! {
        div.formula-editor {
            div.formula-builder.script-only data-formula-builder role="group" aria-label="Formula builder" {}
            (field)
        }
        datalist #declared-fields {
            @for (path, of) in &view.declared { option value=(path) label=(of) {} }
        }
        (check(&view.check))
    }
}

fn when_and_why(view: &EditorView, errors: &FieldErrors) -> Markup {
    let fields = &view.fields;
    html! {
        div.form-row {
            (Field::moment("effectiveAt", "Takes effect (UTC)").value(&fields.effective_at).at("/effectiveAt", errors)
                .hint("Empty: now. A time in the past needs a reason."))
            (Field::lines("reason", "Reason", 2).value(&fields.reason).at("/reason", errors).hint("Stands in the history for ever."))
        }
    }
}

fn impact(view: &EditorView, errors: &FieldErrors) -> Markup {
    html! {
        @if view.metric.is_some() {
            (Field::code("records", "Records", 5).value(&view.fields.records).at("/records", errors)
                .placeholder(r#"{"lastOrderDate": "2026-01-15T00:00:00Z"}"#).hint("A JSON object a line, or a list of objects; at most 10,000."))
            div.actions { (Button::submit("Preview impact").name(DO, DO_PREVIEW).icon(Icon::Eye)) }
            @if let Some(found) = &view.preview { (preview::impact(found)) }
        } @else {
            p.muted { "Once the metric is defined, the next version of it can be compared with the one before." }
        }
    }
}
