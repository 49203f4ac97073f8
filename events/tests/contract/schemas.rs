//! The JSON Schemas.

use std::{collections::BTreeSet, fs, path::Path};

use plinth_events::{
    CommandName,
    query::QueryName,
    schema::{self, answer_name, command_name, documents, query_name, reply_name},
};
use serde_json::Value;

use crate::committed::{assert_committed, path, updating};

#[test]
fn the_committed_schemas_are_what_the_types_say() {
    for document in documents() {
        assert_committed(&format!("schemas/{}", document.path()), &document.json);
    }
}

#[test]
fn no_schema_is_committed_that_the_types_do_not_have() {
    if updating() {
        return;
    }
    let generated: BTreeSet<String> = documents().iter().map(|document| document.path()).collect();
    assert_eq!(files(&path("schemas"), ""), generated);
}

fn files(folder: &Path, prefix: &str) -> BTreeSet<String> {
    let mut files_here = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files_here.extend(files(&entry.path(), &format!("{name}/")));
        } else {
            files_here.insert(name);
        }
    }
    files_here
}

#[test]
fn every_schema_is_valid_under_the_meta_schema_and_named_by_its_id() {
    for document in documents() {
        let schema: Value = serde_json::from_str(&document.json).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "{}", document.name);
        assert_eq!(schema["$id"], format!("urn:plinth:schema:{}", document.name));
        assert!(schema["title"].is_string(), "{}", document.name);
    }
}

#[test]
fn every_schema_stands_alone() {
    for document in documents() {
        assert!(!document.json.contains("$ref"), "{} refers to another schema", document.name);
    }
}

#[test]
fn a_schema_is_found_by_its_name() {
    for command in CommandName::ALL {
        assert!(schema::find(&command_name(*command)).is_some());
        assert!(schema::find(&reply_name(*command)).is_some());
    }
    for query in QueryName::ALL {
        assert!(schema::find(&query_name(*query)).is_some());
        assert!(schema::find(&answer_name(*query)).is_some());
    }
    assert!(schema::find("problem").is_some());
    assert!(schema::find("receipt").is_some());
    assert!(schema::find("job-invitation").is_some());
    assert_eq!(schema::find("commands/metric.guess"), None);
    assert_eq!(schema::find("../Cargo"), None);
}

#[test]
fn commands_and_queries_refuse_unknown_keys_at_every_level() {
    for document in documents() {
        if document.name.starts_with("commands/") || document.name.starts_with("queries/") {
            assert_closed(&document.name, &serde_json::from_str(&document.json).unwrap());
        }
    }
}

fn assert_closed(name: &str, schema: &Value) {
    let Value::Object(keywords) = schema else { return };
    if let Some(Value::Object(properties)) = keywords.get("properties") {
        assert_eq!(schema["additionalProperties"], false, "{name}: {schema}");
        properties.values().for_each(|property| assert_closed(name, property));
    }
    keywords.get("items").into_iter().for_each(|items| assert_closed(name, items));
}

#[test]
fn events_leave_room_for_keys_to_come() {
    for document in documents().iter().filter(|document| document.name.starts_with("events/")) {
        assert_open(&document.name, &serde_json::from_str(&document.json).unwrap());
    }
}

fn assert_open(name: &str, schema: &Value) {
    let Value::Object(keywords) = schema else { return };
    if let Some(Value::Object(properties)) = keywords.get("properties") {
        assert!(!keywords.contains_key("additionalProperties"), "{name}: {schema}");
        properties.values().for_each(|property| assert_open(name, property));
    }
    let inner = ["items", "anyOf", "oneOf"].into_iter().filter_map(|key| keywords.get(key));
    let inner = inner.flat_map(|schemas| schemas.as_array().cloned().unwrap_or_else(|| vec![schemas.clone()]));
    inner.for_each(|schema| assert_open(name, &schema));
}
