//! What was refused and why, from the problem body that a program would get.

use std::collections::HashMap;

use maud::{Markup, html};
use plinth_events::refusal::{FieldError, Problem};

use super::{Icon, Tone, field_id};

/// A refusal above the form that it is about: what, where, what would be right. Errors lead to their fields.
pub fn problem_banner(problem: &Problem) -> Markup {
    let tone = Tone::Bad;
    html! {
        div.notice.(tone.class()) role="alert" tabindex="-1" autofocus {
            (Icon::Alert)
            div {
                p { strong { (problem.title) } }
                p { (sentence(&problem.detail)) }
                @if !problem.errors.is_empty() {
                    ul { @for error in &problem.errors { li { (error_link(error)) } } }
                }
                p.problem-code { (problem.code) }
            }
        }
    }
}

fn error_link(error: &FieldError) -> Markup {
    html! { a href={ "#" (field_id(&error.pointer)) } { (sentence(&error.message)) } }
}

/// Details are lower case and end openly, as errors of programs do; here they stand alone.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if !sentence.ends_with(['.', '!', '?', ':']) {
        sentence.push('.');
    }
    sentence
}

/// The errors of a problem by the place that they are about.
#[derive(Debug, Clone, Default)]
pub struct FieldErrors<'a>(HashMap<&'a str, Vec<&'a FieldError>>);

impl<'a> FieldErrors<'a> {
    /// The errors of a problem, or none.
    pub fn of(problem: Option<&'a Problem>) -> Self {
        let mut by_pointer: HashMap<_, Vec<_>> = HashMap::new();
        for error in problem.iter().flat_map(|problem| &problem.errors) {
            by_pointer.entry(error.pointer.as_str()).or_default().push(error);
        }
        Self(by_pointer)
    }

    /// The errors about exactly this place.
    pub fn at(&self, pointer: &str) -> &[&'a FieldError] {
        self.0.get(pointer).map(Vec::as_slice).unwrap_or_default()
    }
}
