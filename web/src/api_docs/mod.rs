//! The documentation of the HTTP API, on one page, from its OpenAPI document.

mod example;
mod operation;
mod schema;

use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{Options, Parser, html::push_html};
use serde_json::Value;

use self::operation::Operation;
use crate::components::{Button, PageHeader, inline_code};

/// The body of the page; `address` is where the document itself is.
pub fn body(document: &Value, address: &str) -> Markup {
    let operations = Operation::all(document);
    let parts: Vec<Part> = each(&document["tags"]).map(|tag| Part::new(tag, &operations)).collect();
    html! {
        (PageHeader::new("HTTP API")
            .note(html! { "Version " (text(&document["info"]["version"])) ", as OpenAPI " (text(&document["openapi"])) "." })
            .actions(html! { (Button::link("OpenAPI document", address)) }))
        div.api {
            (outline(&parts))
            div.api-content {
                section.prose { (markdown(text(&document["info"]["description"]))) }
                @for part in &parts { (section(part, document)) }
                (types(document))
            }
        }
    }
}

/// A part of the API with its operations.
struct Part<'a> {
    name: &'a str,
    description: &'a str,
    operations: Vec<&'a Operation<'a>>,
}

impl<'a> Part<'a> {
    fn new(tag: &'a Value, operations: &'a [Operation<'a>]) -> Self {
        let name = text(&tag["name"]);
        let operations = operations.iter().filter(|operation| operation.tag == name).collect();
        Self { name, description: text(&tag["description"]), operations }
    }
}

fn outline(parts: &[Part]) -> Markup {
    html! {
        nav.api-outline aria-label="Operations" {
            @for part in parts {
                h2 { (part.name) }
                ul { @for operation in &part.operations { li { a href={ "#" (operation.id) } { (operation.id) } } } }
            }
            h2 { a href="#types" { "types" } }
        }
    }
}

fn section(part: &Part, document: &Value) -> Markup {
    html! {
        section.api-part {
            h2 { (part.name) }
            p { (part.description) }
            @for operation in &part.operations { (operation.article(document)) }
        }
    }
}

fn types(document: &Value) -> Markup {
    let schemas = document["components"]["schemas"].as_object();
    html! {
        section.api-part #types {
            h2 { "types" }
            p { "What the bodies above are made of." }
            @for (name, schema) in schemas.into_iter().flatten() {
                article.api-type id=(schema::anchor(name)) {
                    h3 { (inline_code(name)) }
                    (markdown(text(&schema["description"])))
                    (schema::tree(schema))
                }
            }
        }
    }
}

/// Text of the document, which may be formatted.
fn markdown(text: &str) -> Markup {
    let mut rendered = String::new();
    push_html(&mut rendered, Parser::new_ext(text, Options::ENABLE_TABLES));
    PreEscaped(rendered)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// One of several, or one alone.
fn either(some: Vec<Markup>) -> Markup {
    html! { @for (index, one) in some.iter().enumerate() { @if index > 0 { " or " } (one) } }
}

#[cfg(test)]
mod tests;
