//! JSON Schemas as trees of members that people read.

use maud::{Markup, html};
use serde_json::Value;

use super::{each, either, markdown, text};
use crate::components::inline_code;

/// The id of the place where a type is described.
pub fn anchor(name: &str) -> String {
    format!("type-{name}")
}

/// A type by name, with the way to where it is described.
pub fn link(name: &str) -> Markup {
    html! { a href={ "#" (anchor(name)) } { code { (name) } } }
}

/// What a value is, in a few words.
pub fn kind(schema: &Value) -> Markup {
    if let Some(name) = text(&schema["$ref"]).rsplit('/').next().filter(|name| !name.is_empty()) {
        return link(name);
    }
    if let Some(constant) = schema.get("const") {
        return inline_code(&constant.to_string());
    }
    let constants: Vec<Markup> = each(&schema["enum"]).map(|value| inline_code(&value.to_string())).collect();
    let alternatives = alternatives(schema).map(kind);
    match &schema["type"] {
        _ if !constants.is_empty() => either(constants),
        Value::String(name) => named(name, schema),
        Value::Array(names) => either(names.iter().map(|name| named(text(name), schema)).collect()),
        _ => match alternatives.collect::<Vec<_>>() {
            none if none.is_empty() => html! { "any JSON" },
            some => either(some),
        },
    }
}

/// What is in a value: its members, those of its items, those of its alternatives.
pub fn tree(schema: &Value) -> Markup {
    let members = schema["properties"].as_object();
    let inner = [&schema["items"], &schema["additionalProperties"]];
    html! {
        @if let Some(members) = members {
            ul.schema { @for (name, member) in members { li { (self::member(name, member, schema)) } } }
        }
        @for inner in inner { (tree_of_object(inner)) }
        @for alternative in alternatives(schema) { (tree_of_object(alternative)) }
        @if members.is_none() && each(&schema["enum"]).next().is_some() { p { (kind(schema)) } }
    }
}

fn tree_of_object(schema: &Value) -> Markup {
    let is_worth_a_tree = schema.get("properties").is_some() || alternatives(schema).next().is_some();
    html! {
        @if is_worth_a_tree {
            div.schema-part { (markdown(text(&schema["description"]))) (tree(schema)) }
        }
    }
}

fn member(name: &str, member: &Value, object: &Value) -> Markup {
    let is_required = each(&object["required"]).any(|required| required == name);
    html! {
        (inline_code(name)) " " span.schema-kind { (kind(member)) }
        @if is_required { " " span.schema-required { "required" } }
        @if let Some(rule) = rule(member) { " " span.schema-rule { (rule) } }
        (markdown(text(&member["description"])))
        (tree(member))
    }
}

/// Within which bounds a value is, if there are any.
fn rule(schema: &Value) -> Option<String> {
    let bounds = [
        ("at least", "minimum"),
        ("at most", "maximum"),
        ("shortest", "minLength"),
        ("longest", "maxLength"),
        ("fewest", "minItems"),
        ("most", "maxItems"),
        ("like", "pattern"),
        ("when absent", "default"),
    ];
    let said = bounds.iter().filter_map(|(words, keyword)| {
        let bound = schema.get(*keyword).filter(|bound| !bound.is_null())?;
        Some(format!("{words} {}", bound.as_str().map_or_else(|| bound.to_string(), str::to_owned)))
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn named(name: &str, schema: &Value) -> Markup {
    match name {
        "array" => html! { "list of " (kind(&schema["items"])) },
        "object" if schema["additionalProperties"].is_object() => {
            html! { "object of " (kind(&schema["additionalProperties"])) }
        }
        "string" => match text(&schema["format"]) {
            "" => html! { "string" },
            format => html! { "string, " (format) },
        },
        other => html! { (other) },
    }
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf", "allOf"].into_iter().flat_map(|keyword| each(&schema[keyword]))
}
