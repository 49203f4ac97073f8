#![allow(clippy::unwrap_used, clippy::expect_used)]

use scraper::{Html, Selector};
use serde_json::json;

use super::*;

fn page() -> Html {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "version": "1.2.3", "description": "## Credentials\n\nSend <one>." },
        "tags": [{ "name": "metrics", "description": "What is measured." }],
        "paths": { "/api/metrics/{code}": { "post": {
            "operationId": "defineMetric", "tags": ["metrics"], "summary": "Define it.",
            "parameters": [{ "name": "code", "in": "path", "required": true, "schema": { "type": "string" } }],
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Metric" } } } },
            "responses": { "200": { "description": "Done." }, "default": {} },
            "security": [{ "key": ["metrics:write"] }],
        } } },
        "components": { "schemas": { "Metric": {
            "type": "object", "required": ["name"], "examples": [{ "name": "it's" }],
            "properties": {
                "name": { "type": "string", "maxLength": 200 },
                "owners": { "type": "array", "items": { "type": "object", "properties": { "id": { "type": "integer" } } } },
            },
        } } },
    });
    Html::parse_document(&body(&document, "/api/openapi.json").into_string())
}

fn words(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    let found = page.select(&selector).map(|element| element.text().collect::<String>());
    found.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn an_operation_stands_there_with_its_address_its_scope_and_its_parameters() {
    let page = page();
    assert_eq!(words(&page, "#defineMetric h3"), ["defineMetric"]);
    assert!(words(&page, "#defineMetric p").contains(&"Define it.".to_owned()));
    assert_eq!(words(&page, "#defineMetric .api-address"), ["POST /api/metrics/{code}"]);
    assert!(words(&page, "#defineMetric").concat().contains("Needs the scope metrics:write."));
    assert_eq!(words(&page, "#defineMetric tbody th"), ["code required"]);
}

#[test]
fn the_example_can_be_pasted_into_a_shell() {
    let example = words(&page(), "#defineMetric pre").concat();
    assert!(example.starts_with("curl -X POST \"$PLINTH/api/metrics/{code}\""), "{example}");
    assert!(example.ends_with(r#"-d '{ "name": "it'\''s" }'"#), "{example}");
}

#[test]
fn every_link_within_the_page_leads_somewhere() {
    let page = page();
    let links = Selector::parse("a[href^='#']").unwrap();
    let targets: Vec<&str> = page.select(&links).map(|link| link.value().attr("href").unwrap()).collect();
    assert!(targets.contains(&"#defineMetric") && targets.contains(&"#type-Metric"), "{targets:?}");
    for target in targets.iter().filter(|target| **target != "#type-Problem") {
        assert_eq!(page.select(&Selector::parse(target).unwrap()).count(), 1, "{target}");
    }
}

#[test]
fn a_type_is_a_tree_of_its_members() {
    let page = page();
    assert_eq!(words(&page, "#type-Metric > ul > li > code"), ["name", "owners"]);
    assert_eq!(words(&page, "#type-Metric .schema-rule"), ["longest 200"]);
    assert_eq!(words(&page, "#type-Metric li li code"), ["id"]);
    assert_eq!(words(&page, "#type-Metric .schema-required"), ["required"]);
}

#[test]
fn text_of_the_document_is_formatted() {
    assert_eq!(words(&page(), ".prose h2"), ["Credentials"]);
}
