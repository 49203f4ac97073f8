//! What happened to a metric: who did what, when and why.

use maud::{Markup, html};
use plinth_events::{
    Event,
    envelope::RecordedEvent,
    event::metric::{MetricDefined, MetricDeprecated, MetricEvent},
    query::{KnownAt, metric::MetricHistory},
};

use super::{
    Asked, MetricHead,
    routes::{Part, part},
};
use crate::components::{Badge, Column, Pager, Panel, People, Table, Time, Tone};

/// The history of a metric.
#[derive(Debug, Clone)]
pub struct HistoryView {
    /// The top.
    pub head: MetricHead,
    /// The events, by position.
    pub history: MetricHistory,
    /// The address of those that did not fit.
    pub more: Option<String>,
    /// Those who did it.
    pub people: People,
}

/// The body of the page.
pub fn history(view: &HistoryView) -> Markup {
    let columns = vec![
        Column::new("What"),
        Column::new("Who"),
        Column::new("When"),
        Column::new("Why"),
        Column::new("Position").number(),
    ];
    let table = Table::new("History", columns, view.history.events.iter().rev().map(|event| row(event, view)));
    let note = "The newest first. A position leads to what was known right after it.";
    let summary = format!("{} events", view.history.events.len());
    let body = html! {
        (Panel::new("History", html! { (table) }).note(note).flush())
        @if view.more.is_some() { (Pager { summary: &summary, first: None, next: view.more.as_deref() }) }
    };
    view.head.page(Part::History, html! {}, body)
}

fn row(recorded: &RecordedEvent, view: &HistoryView) -> Vec<Markup> {
    let event = match recorded.event() {
        Ok(Event::Metric(event)) => Some(event),
        _ => None,
    };
    let asked = Asked { as_of: None, known_at: Some(KnownAt::Position(recorded.position)) };
    let then = asked.at(&part(&view.head.code, Part::Definition));
    vec![
        html! {
            div.event {
                p { (title(event.as_ref(), recorded)) @if is_retroactive(event.as_ref()) { " " (Badge::new(Tone::Warning, "back-dated")) } }
                @if let Some(sentence) = view.history.sentences.get(&recorded.position) { p.muted { (sentence) } }
            }
        },
        html! { (view.people.name(recorded.origin.actor)) },
        html! { (Time::at(recorded.recorded_at.utc())) },
        html! { @match event.as_ref().and_then(reason) { Some(reason) => (reason), None => span.muted { "–" } } },
        html! { a href=(then) title="What was known right after it" { (recorded.position) } },
    ]
}

fn title(event: Option<&MetricEvent>, recorded: &RecordedEvent) -> Markup {
    match event {
        Some(MetricEvent::MetricDefined(MetricDefined { version, effective_at, .. })) => html! {
            strong { "Version " (version) " defined" } ", from " (Time::at(effective_at.utc())) " on"
        },
        Some(MetricEvent::MetricDeprecated(MetricDeprecated { deprecated_at, .. })) => html! {
            strong { "Deprecated" } " from " (Time::at(deprecated_at.utc())) " on"
        },
        Some(MetricEvent::MetricVersionWithdrawn(event)) => {
            html! { strong { "Version " (event.version) " withdrawn" } }
        }
        None => html! { (recorded.event_type) },
    }
}

fn reason(event: &MetricEvent) -> Option<&str> {
    match event {
        MetricEvent::MetricDefined(event) => event.reason.as_ref().map(|reason| reason.as_str()),
        MetricEvent::MetricDeprecated(event) => Some(event.reason.as_str()),
        MetricEvent::MetricVersionWithdrawn(event) => Some(event.reason.as_str()),
    }
}

fn is_retroactive(event: Option<&MetricEvent>) -> bool {
    match event {
        Some(MetricEvent::MetricDefined(event)) => event.retroactive,
        Some(MetricEvent::MetricDeprecated(event)) => event.retroactive,
        _ => false,
    }
}
