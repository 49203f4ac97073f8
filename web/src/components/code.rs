//! Text for machines: formulas, payloads, errors.

use maud::{Markup, html};
use serde_json::Value;

/// A word of code in a sentence.
pub fn inline_code(text: &str) -> Markup {
    html! { code { (text) } }
}

/// Text as it is. It can be scrolled, so it can be reached by keyboard, and `label` says what it is.
pub fn code_block(label: &str, text: &str) -> Markup {
    block(label, html! { (text) })
}

/// JSON, indented, its parts in colours.
pub fn json_block(label: &str, value: &Value) -> Markup {
    block(label, json(value, 0))
}

pub(super) fn block(label: &str, content: Markup) -> Markup {
    html! { pre.code tabindex="0" role="region" aria-label=(label) { code { (content) } } }
}

fn json(value: &Value, depth: usize) -> Markup {
    match value {
        Value::Null | Value::Bool(_) => html! { span.code-word { (value.to_string()) } },
        Value::Number(number) => html! { span.code-number { (number.to_string()) } },
        Value::String(_) => html! { span.code-text { (value.to_string()) } },
        Value::Array(items) => json_list('[', ']', depth, items.iter().map(|item| json(item, depth + 1))),
        Value::Object(members) => {
            json_list('{', '}', depth, members.iter().map(|(name, value)| json_member(name, value, depth + 1)))
        }
    }
}

fn json_member(name: &str, value: &Value, depth: usize) -> Markup {
    html! { span.code-name { (Value::from(name).to_string()) } ": " (json(value, depth)) }
}

fn json_list(open: char, close: char, depth: usize, items: impl ExactSizeIterator<Item = Markup>) -> Markup {
    if items.len() == 0 {
        return html! { (open) (close) };
    }
    let indent = "  ".repeat(depth + 1);
    html! {
        (open)
        @for (index, item) in items.enumerate() {
            @if index > 0 { "," }
            "\n" (indent) (item)
        }
        "\n" ("  ".repeat(depth)) (close)
    }
}
