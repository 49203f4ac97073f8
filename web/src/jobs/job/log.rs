//! What the workers of a job wrote, attempt by attempt.

use maud::{Markup, html};
use plinth_events::{command::job_notes::LogLevel, job_log::JobLogLine};

use super::JobView;
use crate::components::{Badge, Panel, Tone, empty, grouped};

/// Most lines unless everything is shown: the latest.
const LINES: usize = 200;

/// The lines.
pub(super) fn log(view: &JobView) -> Markup {
    let lines = &view.log.lines;
    if lines.is_empty() {
        let text = "A worker can say what it is doing: the lines show here, attempt by attempt.";
        return html! { (Panel::new("Log", empty("No lines", text, html! {}))) };
    }
    let hidden = if view.shows_all { 0 } else { lines.len().saturating_sub(LINES) };
    let body = html! {
        @if hidden > 0 { p { a href=(view.whole()) { "Show the " (grouped(hidden as u64)) " lines before" } } }
        @for attempt in lines[hidden..].chunk_by(|line, next| line.token == next.token) {
            section.log {
                @if let Some(first) = attempt.first() { h3 { "Attempt " (first.attempt) } }
                ol { @for line in attempt { (shown(line)) } }
            }
        }
        @if view.log.next.is_some() {
            p { a href={ "/api/jobs/" (view.job.id) "/logs" } { "There are more lines, in the API" } }
        }
    };
    html! { (Panel::new("Log", body)) }
}

fn shown(line: &JobLogLine) -> Markup {
    let at = line.at.utc();
    html! {
        li {
            time datetime=(line.at) { (at.format("%H:%M:%S%.3f")) }
            (level(line.level))
            span.log-text { (line.message) }
        }
    }
}

fn level(level: LogLevel) -> Badge<'static> {
    match level {
        LogLevel::Debug => Badge::new(Tone::Neutral, "debug"),
        LogLevel::Info => Badge::new(Tone::Info, "info"),
        LogLevel::Warn => Badge::new(Tone::Warning, "warn"),
        LogLevel::Error => Badge::new(Tone::Bad, "error"),
    }
}
