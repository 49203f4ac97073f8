//! The schemas of headers.

use serde_json::{Map, Value, json};

use crate::{
    cloud_event::attribute,
    envelope::{ACCEPTED, REFUSED, header},
};

/// The key of the schema of the headers that go with a body, by the name of the body's schema.
pub(super) fn of(name: &str) -> Option<&'static str> {
    match name.split('/').next()? {
        "commands" => Some("headers.command"),
        "events" => Some("headers.event"),
        "problem" => Some("headers.problem"),
        "receipt" => Some("headers.receipt"),
        _ => None,
    }
}

/// All of them, by their keys among the schemas of the document.
pub(super) fn schemas() -> Map<String, Value> {
    let uuid = || json!({ "type": "string", "format": "uuid" });
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "string", "pattern": "^[0-9]+$" });
    let one_of = |values: &[&str]| json!({ "type": "string", "enum": values });
    let command = [
        (header::COMMAND_ID, uuid()),
        (header::MESSAGE_ID, uuid()),
        (header::ACTOR, uuid()),
        (header::CORRELATION_ID, text()),
        (header::CAUSATION_ID, text()),
        (header::TRACEPARENT, text()),
    ];
    let always = [
        (header::MESSAGE_ID, uuid()),
        (header::CONTENT_TYPE, one_of(&["application/json"])),
        (attribute::SPEC_VERSION, one_of(&["1.0"])),
        (attribute::ID, uuid()),
        (attribute::TYPE, json!({ "type": "string", "pattern": "^plinth\\.[A-Za-z]+\\.v[0-9]+$" })),
        (attribute::SOURCE, text()),
        (attribute::SUBJECT, text()),
        (attribute::TIME, json!({ "type": "string", "format": "date-time" })),
        (attribute::TENANT, uuid()),
        (attribute::SEQUENCE, number()),
        (attribute::AGGREGATE_SEQUENCE, number()),
        (attribute::COMMAND_ID, uuid()),
    ];
    let sometimes = [
        (attribute::ACTOR, uuid()),
        (attribute::CORRELATION_ID, text()),
        (attribute::CAUSATION_ID, text()),
        (header::TRACEPARENT, text()),
    ];
    let problem = [(header::ERROR_CODE, number()), (header::ERROR, text())];
    let outcome = [(header::OUTCOME, one_of(&[ACCEPTED, REFUSED]))];
    let mut schemas = Map::new();
    schemas.insert("headers.command".to_owned(), headers(&[], &command));
    schemas.insert("headers.event".to_owned(), headers(&always, &sometimes));
    schemas.insert("headers.problem".to_owned(), headers(&problem, &[(header::RETRY_AFTER_MS, number())]));
    schemas.insert("headers.receipt".to_owned(), headers(&outcome, &[]));
    schemas
}

fn headers(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        required.iter().chain(optional).map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": names, "properties": properties })
}
