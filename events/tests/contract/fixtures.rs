//! One recorded event per type and version, which must parse for ever.

use std::{collections::BTreeSet, fs};

use plinth_events::{
    AggregateKey, Event, cloud_event,
    envelope::RecordedEvent,
    event::UnknownEvent,
    schema::{self, event_name},
    subject::event_tail,
};
use serde_json::{Value, json};

use crate::committed::path;

fn fixture(event_type: &str) -> Value {
    let path = path(&format!("fixtures/{event_type}.v1.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn recorded(fixture: &Value) -> RecordedEvent {
    serde_json::from_str(&fixture.to_string()).unwrap()
}

fn fixtures() -> impl Iterator<Item = Value> {
    Event::types().map(|(_, event_type, _)| fixture(event_type))
}

#[test]
fn every_event_type_has_a_fixture_and_every_fixture_a_type() {
    let types: BTreeSet<String> = Event::types().map(|(_, event_type, _)| format!("{event_type}.v1.json")).collect();
    let names = fs::read_dir(path("fixtures")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name != "README.md").collect::<BTreeSet<_>>(), types);
}

#[test]
fn every_fixture_parses_into_its_type_and_is_written_as_it_was() {
    for fixture in fixtures() {
        let recorded = recorded(&fixture);
        let event = recorded.event().unwrap();
        assert_eq!(event.event_type(), recorded.event_type);
        assert_eq!(event.aggregate(), recorded.aggregate_type);
        assert_eq!(serde_json::from_str::<Value>(&event.data().unwrap()).unwrap(), fixture["data"]);
        assert_eq!(serde_json::to_value(&recorded).unwrap(), fixture);
    }
}

#[test]
fn every_fixture_stands_in_its_aggregate_and_has_a_subject() {
    for fixture in fixtures() {
        let recorded = recorded(&fixture);
        let event = recorded.event().unwrap();
        let key = AggregateKey::of(recorded.tenant_id, &event);
        assert_eq!(key.to_string(), recorded.aggregate_id);
        assert_eq!(key.aggregate(), recorded.aggregate_type);
        let tail = event_tail(recorded.tenant_id, &event);
        assert_eq!(tail.split('.').count(), 3, "{tail}");
        assert!(!tail.contains(['*', '>', ' ']), "{tail}");
    }
}

#[test]
fn every_fixture_is_what_its_schema_says() {
    for fixture in fixtures() {
        let name = event_name(fixture["type"].as_str().unwrap());
        let schema: Value = serde_json::from_str(schema::find(&name).unwrap()).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        validator.validate(&fixture["data"]).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_fixture_passes_through_a_message_unchanged() {
    for fixture in fixtures() {
        let recorded = recorded(&fixture);
        let headers = cloud_event::headers(&recorded, "plinth");
        let get = |name: &str| headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_str());
        let again = cloud_event::from_headers(get, recorded.data.get().as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), fixture);
    }
}

#[test]
fn data_with_keys_to_come_still_parses() {
    for mut fixture in fixtures() {
        let event = recorded(&fixture).event().unwrap();
        fixture["data"]["unheardOf"] = json!({ "in": "this version" });
        assert_eq!(recorded(&fixture).event().unwrap(), event);
    }
}

#[test]
fn an_unknown_type_or_version_is_told_apart_from_broken_data() {
    let mut unknown_type = fixture("MetricDefined");
    unknown_type["type"] = "MetricGuessed".into();
    assert!(matches!(recorded(&unknown_type).event(), Err(UnknownEvent::Type { .. })));
    let mut unknown_version = fixture("MetricDefined");
    unknown_version["version"] = "2".into();
    assert!(matches!(recorded(&unknown_version).event(), Err(UnknownEvent::Type { .. })));
    let mut broken = fixture("MetricDefined");
    broken["data"]["code"] = json!(7);
    assert!(matches!(recorded(&broken).event(), Err(UnknownEvent::Data { .. })));
}
