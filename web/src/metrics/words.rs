//! The words for how metrics and versions stand, and for how one differs from another.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use maud::{Markup, html};
use plinth_events::{
    query::formula::DiffClass,
    timeline::{Standing, Status, Window},
};

use crate::components::{Badge, Time, Tone};

/// How a metric stands, in a word.
pub(super) fn standing(standing: Standing) -> Badge<'static> {
    let tone = match standing {
        Standing::Effective => Tone::Good,
        Standing::Scheduled => Tone::Info,
        Standing::Deprecated => Tone::Warning,
        Standing::Withdrawn => Tone::Neutral,
    };
    Badge::new(tone, standing.as_str())
}

/// How a version stands, in a word.
pub(super) fn status(status: Status) -> Badge<'static> {
    match status {
        Status::Scheduled => Badge::new(Tone::Info, "scheduled"),
        Status::Effective => Badge::new(Tone::Good, "effective"),
        Status::Superseded => Badge::new(Tone::Neutral, "superseded"),
        Status::Deprecated => Badge::new(Tone::Warning, "deprecated"),
        Status::Withdrawn => Badge::new(Tone::Neutral, "withdrawn"),
        Status::NeverEffective => Badge::new(Tone::Neutral, "never effective"),
    }
}

/// How a new version relates to an old one: in a word, and in a sentence.
pub(super) fn class(class: DiffClass) -> (Badge<'static>, &'static str) {
    let (tone, sentence) = match class {
        DiffClass::Equivalent => (Tone::Neutral, "It says the same."),
        DiffClass::Editorial => {
            (Tone::Neutral, "Only its name or its description is another one. The formula means the same.")
        }
        DiffClass::Loosened => {
            (Tone::Info, "It is true of everything that the old one is true of, and may be true of more.")
        }
        DiffClass::Tightened => {
            (Tone::Warning, "It is true of less: the old one is true of everything that it is true of.")
        }
        DiffClass::Changed => (Tone::Warning, "It is neither looser nor tighter, as far as can be told."),
    };
    (Badge::new(tone, class.as_str()), sentence)
}

/// When a version governs.
pub(super) fn window(window: Option<Window>) -> Markup {
    match window {
        None => html! { span.muted { "never" } },
        Some(Window { from, until: None }) => html! { "since " (Time::at(from.utc())) },
        Some(Window { from, until: Some(until) }) => html! { (Time::at(from.utc())) " – " (Time::at(until.utc())) },
    }
}

/// The same as plain text.
pub(super) fn window_text(Window { from, until }: Window) -> String {
    let from = Time::at(from.utc()).readable;
    match until {
        None => format!("from {from} on"),
        Some(until) => format!("from {from} until {}", Time::at(until.utc()).readable),
    }
}

/// A time as a field for one has it: to the second, the next one if it lies in between, so that what took effect stays so.
pub(super) fn field_time(time: DateTime<Utc>) -> String {
    let up = if time.nanosecond() > 0 { TimeDelta::seconds(1) } else { TimeDelta::zero() };
    let time = time.checked_add_signed(up).unwrap_or(time);
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}
