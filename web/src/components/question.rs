//! A question before something happens: why?

use maud::{Markup, html};
use plinth_events::refusal::Problem;

use super::{Button, Field, FieldErrors, dialog_page, problem_banner};

/// A question with a field for the reason, named `reason`.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The question.
    pub title: String,
    /// What would happen.
    pub text: &'a str,
    /// Where the answer is sent to.
    pub action: &'a str,
    /// The reason, as far as it was typed.
    pub reason: &'a str,
    /// Whether it needs one.
    pub is_reason_required: bool,
    /// Why the answer was refused.
    pub problem: Option<&'a Problem>,
    /// The way back: what it is called, and where it leads.
    pub keep: (&'a str, &'a str),
    /// The button that does it.
    pub act: Button<'a>,
}

impl Question<'_> {
    /// The page, with more fields in the form.
    pub fn page(&self, fields: Markup) -> Markup {
        let errors = FieldErrors::of(self.problem);
        let reason = Field::lines("reason", "Reason", 3).value(self.reason).at("/reason", &errors);
        let reason = if self.is_reason_required { reason.required() } else { reason };
        let body = html! {
            p { (self.text) }
            @if let Some(problem) = self.problem { (problem_banner(problem)) }
            form method="post" action=(self.action) {
                (fields)
                (reason)
                div.actions {
                    span data-dialog-close { (Button::link(self.keep.0, self.keep.1)) }
                    (self.act)
                }
            }
        };
        dialog_page(&self.title, body)
    }
}
