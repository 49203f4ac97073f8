//! What others changed since a page was shown: who, what and when.

use maud::{Markup, html};

use super::{Change, Scope};
use crate::components::{Notice, Tone, tag};

/// How many changes are told one by one.
const TOLD: usize = 3;

/// The place where the page tells of changes, and what can be done about them. It is there before there are any: what
/// comes into it later is read out.
pub(super) fn news(tone: Tone, changes: &[Change], is_shown: bool, choice: &Markup) -> Markup {
    html! {
        div #changed role="status" hidden[!is_shown] {
            @if is_shown {
                (Notice::new(tone, headline(changes)).more(html! { (list(changes)) (choice) }))
            }
        }
    }
}

fn is_of(changes: &[Change], scope: Scope) -> bool {
    changes.iter().any(|change| change.of == scope)
}

fn headline(changes: &[Change]) -> &'static str {
    match (is_of(changes, Scope::Mine), is_of(changes, Scope::Default)) {
        (true, true) => "Your layout and the default were changed meanwhile.",
        (false, true) => "The default was changed meanwhile.",
        (true | false, false) => "Your layout was changed elsewhere meanwhile.",
    }
}

fn list(changes: &[Change]) -> Markup {
    let is_mixed = is_of(changes, Scope::Mine) && is_of(changes, Scope::Default);
    html! {
        @if !changes.is_empty() {
            ul.changes {
                @for change in changes.iter().take(TOLD) {
                    li { (told(change)) @if is_mixed && change.of == Scope::Default { " " (tag("default")) } }
                }
                @if let Some(more @ 1..) = changes.len().checked_sub(TOLD) { li { "and " (more) " more before" } }
            }
        }
    }
}

/// A change in a sentence.
pub(super) fn told(change: &Change) -> Markup {
    html! { strong { (change.by) } " " (change.sentence) span.muted { ", " (change.at) } }
}
