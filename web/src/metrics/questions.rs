//! The questions before a metric ends, or a version is taken back.

use maud::{Markup, html};
use plinth_events::{names::Code, refusal::Problem};
use serde::Deserialize;

use super::routes::{self, Part, VERSION};
use crate::components::{Button, Choice, Field, FieldErrors, Question, Reason, Tone};

/// What the form about the end of a metric sends, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeprecationFields {
    /// When it ends, in UTC; empty: now.
    pub deprecated_at: String,
    /// Why.
    pub reason: String,
    /// What becomes of the scheduled versions: `withdraw`, `keep`, or nothing.
    pub scheduled: String,
}

/// When and why a metric ends, as far as that was said.
#[derive(Debug, Clone)]
pub struct DeprecationView {
    /// What the metric is called.
    pub name: String,
    /// What stands in the fields.
    pub fields: DeprecationFields,
    /// The versions that are scheduled.
    pub scheduled_versions: Vec<u32>,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The page that asks when and why a metric ends.
pub fn deprecation(code: &Code, view: &DeprecationView) -> Markup {
    let errors = FieldErrors::of(view.problem.as_ref());
    let question = Question {
        title: format!("Deprecate {}?", view.name),
        text: "From then on no version governs. Nothing is deleted: what it meant until then stays, and a later version can take over.",
        action: &routes::deprecate(code),
        reason: Reason::Required(&view.fields.reason),
        problem: view.problem.as_ref(),
        keep: ("Keep it", &routes::metric(code)),
        act: Button::submit("Deprecate").tone(Tone::Bad),
    };
    question.page(html! {
        (Field::moment("deprecatedAt", "From (UTC)").value(&view.fields.deprecated_at).at("/deprecatedAt", &errors).hint("Empty: now."))
        @if !view.scheduled_versions.is_empty() { (scheduled(view, &errors)) }
    })
}

fn scheduled(view: &DeprecationView, errors: &FieldErrors) -> Markup {
    let versions =
        view.scheduled_versions.iter().map(|version| format!("version {version}")).collect::<Vec<_>>().join(", ");
    let hint = format!("Scheduled: {versions}.");
    let choices = vec![
        Choice { value: "", label: "choose, if any comes after that time" },
        Choice { value: "withdraw", label: "withdraw them too" },
        Choice { value: "keep", label: "keep them: the metric pauses until the next one" },
    ];
    html! { (Field::select("scheduled", "Scheduled versions", choices).value(&view.fields.scheduled).at("/scheduled", errors).hint(&hint)) }
}

/// What the form about a version that is taken back sends, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct WithdrawalFields {
    /// Which version.
    pub version: u32,
    /// Why.
    pub reason: String,
}

/// Which version is taken back, and why, as far as that was said.
#[derive(Debug, Clone)]
pub struct WithdrawalView {
    /// What the metric is called.
    pub name: String,
    /// What stands in the fields.
    pub fields: WithdrawalFields,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The page that asks why a version is taken back.
pub fn withdrawal(code: &Code, view: &WithdrawalView) -> Markup {
    let question = Question {
        title: format!("Withdraw version {} of {}?", view.fields.version, view.name),
        text: "It never takes effect. It stays in the history, with the reason.",
        action: &routes::withdraw(code),
        reason: Reason::Required(&view.fields.reason),
        problem: view.problem.as_ref(),
        keep: ("Keep it", &routes::part(code, Part::Versions)),
        act: Button::submit("Withdraw").tone(Tone::Bad),
    };
    question.page(html! { input type="hidden" name=(VERSION) value=(view.fields.version); })
}
