#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use super::*;
use crate::http::api;

fn api() -> Value {
    document(&api::resources().into_openapi()).unwrap()
}

/// Every operation of the document by its method and path.
fn all(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

/// What is sent to an operation: its component by name.
fn body<'a>(operation: &Value, document: &'a Value) -> Option<(String, &'a Value)> {
    let reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()?;
    let name = reference.rsplit('/').next().unwrap();
    Some((name.to_owned(), &document["components"]["schemas"][name]))
}

#[test]
fn the_committed_document_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    let generated = format!("{:#}\n", api());
    if std::env::var_os("UPDATE_CONTRACT").is_some_and(|value| value == "1") {
        std::fs::write(path, generated).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let is_same = committed == generated;
    assert!(is_same, "docs/openapi.json is another: run UPDATE_CONTRACT=1 cargo test -p plinth openapi, and commit it");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = api();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"").skip(1) {
        let reference = reference.split('"').next().unwrap();
        let place = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out of the document"));
        assert!(document.pointer(place).is_some(), "{reference}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_words_and_one_described_part() {
    let document = api();
    let mut names = BTreeSet::new();
    for (operation, declared) in all(&document) {
        let name = declared["operationId"].as_str().unwrap();
        assert!(name.starts_with(|first: char| first.is_ascii_lowercase()), "{operation}: {name}");
        assert!(name.len() > 3 && name.chars().all(|letter| letter.is_ascii_alphanumeric()), "{operation}: {name}");
        assert!(names.insert(name), "{operation}: there are two {name}");
        assert!(declared["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{operation}");
        let tags = declared["tags"].as_array().unwrap();
        let is_described = |tag: &Value| document["tags"].as_array().unwrap().iter().any(|known| known["name"] == *tag);
        assert!(tags.len() == 1 && is_described(&tags[0]), "{operation}: {tags:?}");
    }
}

#[test]
fn every_operation_needs_a_scope_whichever_credential_it_gets() {
    for (operation, declared) in all(&api()) {
        let security = declared["security"].as_array().unwrap();
        let scopes = |scheme: &str| security.iter().filter_map(|way| way.get(scheme)).cloned().collect::<Vec<_>>();
        let needed = scopes("key");
        assert!(!needed.is_empty() && needed == scopes("oidc"), "{operation}: {security:?}");
        for scopes in needed {
            let is_one = scopes.as_array().is_some_and(|scopes| scopes.len() == 1);
            assert!(is_one && scopes[0].as_str().unwrap().parse::<Scope>().is_ok(), "{operation}: {scopes}");
        }
    }
}

#[test]
fn every_parameter_is_described_and_every_name_in_a_path_is_one() {
    let document = api();
    for (operation, declared) in all(&document) {
        let parameters = declared["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in parameters.iter().filter(|parameter| parameter.get("$ref").is_none()) {
            assert!(parameter["description"].as_str().is_some_and(|text| !text.is_empty()), "{operation}: {parameter}");
        }
        for name in operation.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()) {
            let is_it = |parameter: &Value| parameter["name"] == name && parameter["in"] == "path";
            assert!(parameters.iter().any(is_it), "{operation}: {name}");
        }
    }
}

#[test]
fn every_body_has_an_example_that_is_valid() {
    let document = api();
    for (operation, declared) in all(&document) {
        let Some((name, schema)) = body(declared, &document) else { continue };
        let example =
            schema.pointer("/examples/0").unwrap_or_else(|| panic!("{operation}: examples.json lacks {name}"));
        let whole = json!({ "$ref": format!("#/components/schemas/{name}"), "components": document["components"] });
        let validator = jsonschema::validator_for(&whole).unwrap();
        let errors: Vec<String> = validator.iter_errors(example).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{operation}: {errors:?}");
    }
}

#[test]
fn every_example_is_one_of_a_body() {
    let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap();
    let document = api();
    let sent: Vec<String> = all(&document).filter_map(|(_, operation)| Some(body(operation, &document)?.0)).collect();
    for name in examples.keys() {
        assert!(sent.contains(name) || sent.contains(&format!("{name}Body")), "{name}");
    }
}

#[test]
fn the_introduction_lists_all_scopes_and_all_codes() {
    let introduction = introduction();
    assert!(Scope::ALL.iter().all(|scope| introduction.contains(&format!("| `{scope}` |"))));
    assert!(RefusalCode::ALL.iter().all(|code| introduction.contains(&format!("| {} | `{code}` |", code.status()))));
    assert!(!introduction.contains('{'), "{introduction}");
}
