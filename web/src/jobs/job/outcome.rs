//! What a job was given, what came of it, and what went wrong. What is long is cut, with a link to all of it.

use maud::{Markup, html};
use plinth_events::{
    json::StoredJson,
    query::job::{JobRow, JobStatus},
};

use super::{JobView, history::History};
use crate::components::{Panel, code_block, grouped, indented_json, inline_code, json_text_block};

/// JSON that is longer is cut, in bytes.
const JSON_BYTES: usize = 8 * 1024;
/// To so many letters.
const CUT_LETTERS: usize = 2_000;

/// What went wrong last.
pub(super) fn error(view: &JobView, history: &History) -> Markup {
    let Some(error) = &view.job.error else { return html! {} };
    let failure = history.last_failure().filter(|failure| failure.error.as_str() == error);
    let kind = failure.and_then(|failure| failure.kind.as_ref());
    let details = failure.and_then(|failure| failure.details.as_ref());
    let title = if view.job.status == JobStatus::Failed { "Error" } else { "Error of the last attempt" };
    let body = html! {
        (code_block("Error", error))
        @if let Some(kind) = kind { p { "Kind: " (inline_code(kind.as_str())) } }
        @if let Some(details) = details { (json_text_block("Details of the error", details.as_str())) }
    };
    html! { (Panel::new(title, body)) }
}

/// What the worker gets, and what came out of it.
pub(super) fn payload_and_result(view: &JobView) -> Markup {
    let JobRow { payload, result, .. } = &view.job;
    html! {
        div.panels {
            (Panel::new("Payload", json(view, "Payload", payload)))
            @if let Some(result) = result { (Panel::new("Result", json(view, "Result", result))) }
        }
    }
}

fn json(view: &JobView, label: &str, json: &StoredJson) -> Markup {
    let text = json.as_str();
    if view.shows_all || text.len() <= JSON_BYTES {
        return json_text_block(label, text);
    }
    let beginning: String = text.chars().take(JSON_BYTES).collect();
    let beginning: String = indented_json(&beginning).chars().take(CUT_LETTERS).collect();
    html! {
        (code_block(label, &format!("{beginning}\n…")))
        p { a href=(view.whole()) { "Show all " (grouped(text.len() as u64)) " bytes" span.visually-hidden { " of " (label) } } }
    }
}
