//! What the formula in the editor says, what is wrong with it, and what it changes: a part of the editor that is fetched anew
//! while somebody types.

use maud::{Markup, html};
use plinth_events::{
    query::formula::{DiffClass, MetricDifference},
    refusal::FieldError,
};

use super::{differences::table, editor::FORM, routes, words};
use crate::components::{Icon, Notice, Tone, field_id, grouped, inline_code, sentence};

/// What is found out about what stands in the editor.
#[derive(Debug, Clone, Default)]
pub struct Check {
    /// Whether there is a formula at all.
    pub has_formula: bool,
    /// What is wrong with it.
    pub errors: Vec<FieldError>,
    /// What it says in plain English; none of one in another language.
    pub sentence: Option<String>,
    /// What is not the same as in the version that governs then; none: no version does, or the formula is wrong.
    pub comparison: Option<Comparison>,
}

/// What a draft changes.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The version that governs when the draft is to take effect.
    pub version: u32,
    /// How the draft relates to it.
    pub class: DiffClass,
    /// Where they differ: the first differences.
    pub differences: Vec<MetricDifference>,
    /// How many more there are.
    pub more: u64,
}

/// The part of the editor. It fetches itself again.
pub fn check(check: &Check) -> Markup {
    let (form, trigger) = (format!("#{FORM}"), format!("input from:#{FORM} delay:400ms"));
    html! {
        div #formula-check.formula-check aria-live="polite" data-hx-post=(routes::CHECK) data-hx-include=(form)
            data-hx-trigger=(trigger) data-hx-swap="outerMorph" {
            (formula(check))
            @if let Some(comparison) = &check.comparison { (changes(comparison)) }
        }
    }
}

fn formula(check: &Check) -> Markup {
    html! {
        @if !check.errors.is_empty() {
            (Notice::new(Tone::Bad, "The formula is not valid yet.").more(html! {
                ul { @for error in &check.errors { (error_item(error)) } }
            }))
        } @else if let Some(says) = &check.sentence {
            (Notice::new(Tone::Good, "It says:").more(html! { p.metric-sentence { (says) } }))
        } @else if check.has_formula {
            (Notice::new(Tone::Info, "The formula is in another language: it is kept as it stands, and never computed."))
        } @else {
            (Notice::new(Tone::Info, "Without a formula the metric says what it means in words only."))
        }
    }
}

/// The script shows it beside the row of the builder that it is about, by its pointer.
fn error_item(error: &FieldError) -> Markup {
    html! {
        li id=(field_id(&error.pointer)) data-pointer=(error.pointer) {
            (inline_code(&error.pointer)) " "
            span { (sentence(&error.message)) }
            @if let Some(suggestion) = &error.suggestion {
                " Did you mean " (inline_code(&suggestion.as_str().map_or_else(|| suggestion.to_string(), str::to_owned))) "?"
            } @else if !error.allowed.is_empty() {
                " Allowed: " (error.allowed.join(", ")) "."
            }
        }
    }
}

fn changes(comparison: &Comparison) -> Markup {
    let (badge, says) = words::class(comparison.class);
    html! {
        div.formula-changes {
            h3 { (Icon::Edit) "Compared with version " (comparison.version) " " (badge) }
            p.muted { (says) }
            @if !comparison.differences.is_empty() { (table(&comparison.differences)) }
            @if comparison.more > 0 { p.muted { "And " (grouped(comparison.more)) " more differences." } }
        }
    }
}
