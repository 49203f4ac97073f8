//! A question before something happens.

use maud::{Markup, html};
use plinth_events::refusal::Problem;

use super::{Button, Field, FieldErrors, dialog_page, problem_banner};

/// A question.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The question.
    pub title: String,
    /// What would happen.
    pub text: &'a str,
    /// Where the answer is sent to.
    pub action: &'a str,
    /// Whether it asks why.
    pub reason: Reason<'a>,
    /// Why the answer was refused.
    pub problem: Option<&'a Problem>,
    /// The way back: what it is called, and where it leads.
    pub keep: (&'a str, &'a str),
    /// The button that does it.
    pub act: Button<'a>,
}

/// Whether a question asks why, in a field named `reason` that holds what was typed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Reason<'a> {
    NotAsked,
    Optional(&'a str),
    Required(&'a str),
}

impl Question<'_> {
    /// The page, with more fields in the form.
    pub fn page(&self, fields: Markup) -> Markup {
        let errors = FieldErrors::of(self.problem);
        let field = |reason| Field::lines("reason", "Reason", 3).value(reason).at("/reason", &errors);
        let reason = match self.reason {
            Reason::NotAsked => None,
            Reason::Optional(reason) => Some(field(reason)),
            Reason::Required(reason) => Some(field(reason).required()),
        };
        let body = html! {
            p { (self.text) }
            @if let Some(problem) = self.problem { (problem_banner(problem)) }
            form method="post" action=(self.action) {
                (fields)
                @if let Some(reason) = reason { (reason) }
                div.actions {
                    span data-dialog-close { (Button::link(self.keep.0, self.keep.1)) }
                    (self.act)
                }
            }
        };
        dialog_page(&self.title, body)
    }
}
