//! Schemas and types agree on what a body is: each sample is changed in every place in every way, and both must take or
//! refuse the result. Ranges of numbers and lengths of batches are in the schemas only; the service checks them.

use jsonschema::{Validator, error::ValidationErrorKind};
use plinth_events::{
    CommandName,
    query::QueryName,
    scan::scan,
    schema::{command_schema, query_schema},
};
use serde_json::{Value, json};

use crate::samples;

#[test]
fn schemas_and_types_agree_on_every_command() {
    for name in CommandName::ALL.iter().copied() {
        let parses = |body: &str| parse_command(name, body);
        assert_agreement(name.as_str(), &command_schema(name), &samples::command(name), parses);
    }
}

#[test]
fn schemas_and_types_agree_on_every_query() {
    for name in QueryName::ALL.iter().copied() {
        let parses = |body: &str| {
            let mut json = serde_json::Deserializer::from_str(body);
            name.parse(&mut json).map(drop).map_err(|error| error.to_string())
        };
        assert_agreement(name.as_str(), &query_schema(name), &samples::query(name), parses);
    }
}

#[test]
fn a_command_reads_as_the_same_from_its_own_body() {
    for name in CommandName::ALL.iter().copied() {
        let body = samples::command(name).to_string();
        scan(body.as_bytes()).unwrap();
        let command = name.parse(&mut serde_json::Deserializer::from_str(&body)).unwrap();
        let again = name.parse(&mut serde_json::Deserializer::from_str(&command.body().unwrap())).unwrap();
        assert_eq!(command, again);
        assert_eq!(command.name(), name);
    }
}

#[test]
fn a_struct_is_not_read_from_an_array() {
    let refused = |name, body| parse_command(name, body).unwrap_err();
    assert!(refused(CommandName::DeleteTenant, "[]").contains("expected a JSON object"));
    assert!(refused(CommandName::RegisterTenant, r#"["Northwind"]"#).contains("expected a JSON object"));
    let nested = r#"{"jobs":[["0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7b5",3,60]]}"#;
    assert!(refused(CommandName::SnoozeJobs, nested).contains("expected a JSON object"));
}

#[test]
fn known_at_says_what_it_takes() {
    let refused = |known_at: Value| {
        let body = json!({ "code": "at_risk_customer", "knownAt": known_at }).to_string();
        QueryName::GetMetric.parse(&mut serde_json::Deserializer::from_str(&body)).unwrap_err().to_string()
    };
    for value in [json!(true), json!("yesterday"), json!(-1), json!(1.5), json!({})] {
        let message = refused(value);
        assert!(message.contains("a position of the log or an RFC 3339 time with an offset"), "{message}");
    }
}

fn parse_command(name: CommandName, body: &str) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_str(body);
    name.parse(&mut json).map(drop).map_err(|error| error.to_string())
}

fn assert_agreement(name: &str, schema: &Value, sample: &Value, parses: impl Fn(&str) -> Result<(), String>) {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    assert!(validator.is_valid(sample), "{name}: {sample}");
    assert_eq!(parses(&sample.to_string()), Ok(()), "{name}: {sample}");
    for body in changed(sample) {
        match parses(&body.to_string()) {
            Ok(()) => assert_valid_but_for_ranges(name, &validator, &body),
            Err(error) => assert!(!validator.is_valid(&body), "{name}: {body} does not parse, but is valid: {error}"),
        }
    }
}

fn assert_valid_but_for_ranges(name: &str, validator: &Validator, body: &Value) {
    use ValidationErrorKind::{MaxItems, Maximum, MinItems, Minimum};
    for error in validator.iter_errors(body) {
        let range = matches!(error.kind(), Minimum { .. } | Maximum { .. } | MinItems { .. } | MaxItems { .. });
        assert!(range, "{name}: {body} parses, but is not valid: {error}");
    }
}

/// The value with each of its parts replaced, removed or extended.
fn changed(value: &Value) -> Vec<Value> {
    let mut all = replacements();
    match value {
        Value::Object(entries) => {
            let with = |key: &str, value: Option<Value>| {
                let mut entries = entries.clone();
                match value {
                    Some(value) => entries.insert(key.to_owned(), value),
                    None => entries.remove(key),
                };
                Value::Object(entries)
            };
            all.push(with("unheardOf", Some(json!(1))));
            for (key, value) in entries {
                all.push(with(key, None));
                all.extend(changed(value).into_iter().map(|value| with(key, Some(value))));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                all.extend(changed(item).into_iter().map(|item| {
                    let mut items = items.clone();
                    items[index] = item;
                    Value::Array(items)
                }));
            }
        }
        _ => {}
    }
    all
}

fn replacements() -> Vec<Value> {
    let texts = ["", "x", "X", "x-y", "x\n", "x y", "ä", "9a", "small", "xl", "keep", "failed", "withdraw"];
    let times = [
        "2026-03-01",
        "2026-03-01T00:00:00",
        "2026-03-01T00:00:00Z",
        "2026-03-01t00:00:00.123456789z",
        "2026-03-01 00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T00:00:00+0100",
        "2026-03-01T00:00:00+01:00",
        "2026-03-01T00:00:00.Z",
        "2016-12-31T23:59:60Z",
    ];
    let ids = [
        "0192d4a65c1e7b3a9a402f6e8d10c7b5",
        "{0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7b5}",
        "0192D4A6-5C1E-7B3A-9A40-2F6E8D10C7B5",
        "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7bg",
    ];
    let lengths = [63, 64, 200, 201, 2_000, 2_001, 10_000, 10_001];
    let numbers = [
        json!(0),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(101),
        json!(3601),
        json!(u32::MAX),
        json!(u64::from(u32::MAX) + 1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
    ];
    let mut all = vec![Value::Null, json!(true), json!([]), json!({}), json!([1]), json!({ "a": 1 })];
    all.extend(numbers);
    all.extend(texts.into_iter().chain(times).chain(ids).map(Value::from));
    all.extend(lengths.into_iter().map(|length| Value::from("a".repeat(length))));
    all
}
