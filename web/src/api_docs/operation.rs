//! One operation: what it does, what it needs, what is sent and what is answered.

use maud::{Markup, html};
use serde_json::Value;

use super::{each, either, example, markdown, schema, text};
use crate::components::{Column, Table, code_block, inline_code};

/// An operation of the document.
pub struct Operation<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub id: &'a str,
    pub tag: &'a str,
    pub declared: &'a Value,
}

impl<'a> Operation<'a> {
    /// All operations, by path.
    pub fn all(document: &'a Value) -> Vec<Self> {
        let paths = document["paths"].as_object().into_iter().flatten();
        let methods = |item: &'a Value| item.as_object().into_iter().flatten();
        paths
            .flat_map(|(path, item)| methods(item).map(|(method, declared)| Self::new(method, path, declared)))
            .collect()
    }

    fn new(method: &'a str, path: &'a str, declared: &'a Value) -> Self {
        Self { method, path, id: text(&declared["operationId"]), tag: text(&declared["tags"][0]), declared }
    }

    /// All about it.
    pub fn article(&self, document: &Value) -> Markup {
        html! {
            article.api-operation id=(self.id) {
                h3 { a href={ "#" (self.id) } { (self.id) } }
                p.api-address { strong { (self.method.to_uppercase()) } " " code { (self.path) } }
                (markdown(text(&self.declared["summary"])))
                (markdown(text(&self.declared["description"])))
                (self.scope())
                (self.parameters(document))
                (self.request(document))
                (self.answers())
            }
        }
    }

    fn scope(&self) -> Markup {
        let ways = each(&self.declared["security"]);
        let scopes: Vec<Markup> = ways.filter_map(|way| Some(inline_code(way["key"][0].as_str()?))).collect();
        match scopes.is_empty() {
            true => html! { p { "Needs no credential." } },
            false => html! { p { "Needs the scope " (either(scopes)) "." } },
        }
    }

    fn parameters(&self, document: &Value) -> Markup {
        let declared = each(&self.declared["parameters"]).map(|parameter| resolved(parameter, document));
        let rows: Vec<Vec<Markup>> = declared.map(parameter).collect();
        html! {
            @if !rows.is_empty() {
                h4 { "Parameters" }
                (Table::new("Parameters", vec![Column::new("Name"), Column::new("In"), Column::new("Meaning")], rows))
            }
        }
    }

    fn request(&self, document: &Value) -> Markup {
        let schema = &self.declared["requestBody"]["content"]["application/json"]["schema"];
        html! {
            @if !schema.is_null() {
                h4 { "Body: " (schema::kind(schema)) }
                (schema::tree(resolved(schema, document)))
            }
            h4 { "Example" }
            (code_block("Example of a request", &example::curl(self, resolved(schema, document))))
        }
    }

    fn answers(&self) -> Markup {
        let answers = self.declared["responses"].as_object().into_iter().flatten();
        html! {
            h4 { "Answers" }
            ul.api-answers {
                @for (status, answer) in answers {
                    li { (answer_line(status, answer)) }
                }
            }
        }
    }
}

fn answer_line(status: &str, answer: &Value) -> Markup {
    let contents = answer["content"].as_object().into_iter().flatten();
    html! {
        @if status == "default" {
            "else a " (schema::link("Problem"))
        } @else {
            strong { (status) } " " (text(&answer["description"]))
            @for (media_type, content) in contents {
                " " (inline_code(media_type)) ": " (schema::kind(&content["schema"]))
            }
        }
    }
}

fn parameter(parameter: &Value) -> Vec<Markup> {
    let is_required = parameter["required"] == true;
    vec![
        html! { (inline_code(text(&parameter["name"]))) @if is_required { " required" } },
        html! { (text(&parameter["in"])) },
        html! { (schema::kind(&parameter["schema"])) (markdown(text(&parameter["description"]))) },
    ]
}

/// What a reference within the document stands for.
fn resolved<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    let place = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    place.and_then(|place| document.pointer(place)).unwrap_or(value)
}
