//! What a metric means at a time: the version that governs, or the one that stands for it while none does.

use maud::{Markup, html};
use plinth_events::{query::metric::MetricRow, time::Instant, timeline::Standing};

use super::{
    MetricHead, Picture,
    routes::{Part, metric},
    words,
};
use crate::components::{Button, Notice, Panel, People, Time, Tone, definitions, empty, json_text_block, tag};

/// A metric at a time.
#[derive(Debug, Clone)]
pub struct DefinitionView {
    /// The top.
    pub head: MetricHead,
    /// The picture.
    pub picture: Picture,
    /// The version that stands for the metric; none: nothing was known of it.
    pub version: Option<MetricRow>,
    /// Since when it is deprecated, if it is.
    pub deprecated_since: Option<Instant>,
    /// Those who defined it.
    pub people: People,
}

/// The body of the page.
pub fn definition(view: &DefinitionView) -> Markup {
    let body = html! {
        (state(view))
        @match &view.version {
            Some(row) => (version(row, view)),
            None => (unknown(view)),
        }
    };
    view.head.page(Part::Definition, view.picture.panel(&view.head, Part::Definition), body)
}

/// Why no version governs, if none does.
fn state(view: &DefinitionView) -> Markup {
    let row = view.version.as_ref();
    let text = match (view.head.standing, view.deprecated_since, row) {
        (Some(Standing::Deprecated), Some(since), _) => {
            format!(
                "Deprecated since {}: no version governs. Below is the last one that did.",
                Time::at(since.utc()).readable
            )
        }
        (Some(Standing::Scheduled), _, Some(row)) => {
            format!(
                "No version governs yet. Below is the first one that will, from {} on.",
                Time::at(row.effective_at.utc()).readable
            )
        }
        (Some(Standing::Withdrawn), ..) => {
            "All versions were withdrawn before they took effect. Below is the last of them.".to_owned()
        }
        _ => return html! {},
    };
    let tone = if view.head.standing == Some(Standing::Scheduled) { Tone::Info } else { Tone::Warning };
    html! { (Notice::new(tone, &text)) }
}

fn version(row: &MetricRow, view: &DefinitionView) -> Markup {
    let title = format!("Version {}", row.version);
    let facts = html! {
        @if let Some(sentence) = &row.sentence { p.metric-sentence { (sentence) } }
        @if !row.description.as_str().is_empty() { p.metric-description { (row.description) } }
        (definitions(facts(row, view)))
    };
    html! {
        div.metric-panels {
            (Panel::new(&title, facts).actions(html! { (words::status(row.status)) }))
            (Panel::new("Formula", formula(row)))
        }
    }
}

fn facts<'a>(row: &'a MetricRow, view: &'a DefinitionView) -> Vec<(&'a str, Markup)> {
    let mut facts = vec![
        ("Name", html! { (row.name) }),
        ("Governs", words::window(row.window)),
        ("Defined by", html! { (view.people.name(row.created_by_id)) }),
        ("Recorded", html! { (Time::at(row.created_at.utc())) }),
        ("Position in the log", html! { (tag(&row.position.to_string())) }),
    ];
    facts.extend(row.inserted_between.map(|between| ("Came in", inserted(between))));
    facts.extend(row.reason.as_ref().map(|reason| ("Why", html! { (reason) })));
    facts
}

fn inserted([before, after]: [Option<u32>; 2]) -> Markup {
    let name =
        |version: Option<u32>| version.map_or_else(|| "nothing".to_owned(), |version| format!("version {version}"));
    html! { "between " (name(before)) " and " (name(after)) }
}

fn formula(row: &MetricRow) -> Markup {
    let Some(formula) = &row.formula else {
        return empty("No formula", "This version says what it means in words only.", html! {});
    };
    html! {
        (json_text_block("Formula", formula.as_str()))
        @if let Some(meaning) = &row.meaning {
            p.muted { "With the types of the declared fields spelled out:" }
            (json_text_block("Meaning of the formula", meaning.as_str()))
        }
    }
}

fn unknown(view: &DefinitionView) -> Markup {
    let back = metric(&view.head.code);
    let text = "The metric was defined later. The picture above has what is known now.";
    html! {
        (Panel::new("Version", empty("Nothing was known of it then", text, html! { (Button::link("Back to now", &back)) })))
    }
}
