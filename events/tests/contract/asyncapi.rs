//! The AsyncAPI document.

use plinth_events::{CommandName, Event, asyncapi, query::QueryName};
use serde_json::Value;

use crate::committed::assert_committed;

#[test]
fn the_committed_document_is_what_the_types_say() {
    assert_committed("asyncapi.json", &asyncapi::json());
}

#[test]
fn every_reference_leads_somewhere() {
    let document = asyncapi::document();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect_references(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(reference) if key == "$ref" => references.push(reference.clone()),
                    value => collect_references(value, references),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, references)),
        _ => {}
    }
}

#[test]
fn every_command_query_and_event_is_in_the_document() {
    let document = asyncapi::document();
    for command in CommandName::ALL {
        let name = command.as_str();
        assert_eq!(document["operations"][name]["action"], "receive");
        assert!(document["channels"]["cmd"]["messages"][name].is_object());
        assert!(document["channels"]["intake"]["messages"][name].is_object());
    }
    for query in QueryName::ALL {
        assert!(document["channels"]["query"]["messages"][query.as_str()].is_object());
    }
    for (_, event_type, _) in Event::types() {
        assert!(document["channels"]["evt"]["messages"][event_type].is_object());
    }
}

#[test]
fn streams_are_named_as_they_are_made() {
    let document = asyncapi::document();
    for (channel, stream) in
        [("intake", "PLINTH_INTAKE"), ("receipt", "PLINTH_RECEIPTS"), ("evt", "PLINTH_EVENTS"), ("job", "PLINTH_JOBS")]
    {
        assert_eq!(document["channels"][channel]["x-jetstream"]["stream"], stream);
    }
}
