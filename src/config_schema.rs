//! What configurations of widgets must be like: which schemas a tenant may declare, and what is wrong with a configuration by
//! one of them. Pure.
//!
//! Configurations are checked while other commands wait, so what that costs is bounded by the size of the two: a schema
//! refers to nothing, not even to parts of itself, and its patterns are matched in linear time.

use jsonschema::{Draft, PatternOptions, Validator};
use plinth_events::{
    FieldError, Refusal, RefusalCode, command::widget_type::DeclareWidgetType, json::Config, json::ConfigSchema,
    limits, names::WidgetType, scan::escape,
};
use serde_json::Value;

use crate::schema_errors::field_errors;

/// The only `$schema` that a schema may name.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Largest compiled pattern, in bytes.
const PATTERN_BYTES: usize = 256 * 1024;
/// The keywords by which schemas refer to others.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// Whether a type of widgets can be declared like this.
///
/// # Errors
/// What is wrong with its schema, or by the schema with its default configuration.
pub fn check_declaration(command: &DeclareWidgetType) -> Result<(), Refusal> {
    let Some(schema) = &command.config_schema else { return Ok(()) };
    let validator = compile(schema)?;
    match &command.default_config {
        Some(config) => check(&validator, &command.widget_type, config, "/defaultConfig"),
        None => Ok(()),
    }
}

/// Makes a schema ready for use.
///
/// # Errors
/// What is wrong with it, with its place in the body of the declaration.
pub fn compile(schema: &ConfigSchema) -> Result<Validator, Refusal> {
    let schema: Value = serde_json::from_str(schema.as_str()).map_err(|error| invalid("", &error.to_string()))?;
    if schema.get("$schema").is_some_and(|draft| *draft != DRAFT) {
        return Err(invalid("/$schema", &format!("must be {DRAFT}")));
    }
    check_stands_alone(&schema, "", 0)?;
    let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES);
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    let built = options.with_pattern_options(patterns).build(&schema);
    built.map_err(|error| invalid(&error.instance_path().to_string(), &error.to_string()))
}

/// What is wrong with a configuration, which stands at `pointer` in the body of its command.
///
/// # Errors
/// All that is wrong.
pub fn check(validator: &Validator, widget_type: &WidgetType, config: &Config, pointer: &str) -> Result<(), Refusal> {
    let mut errors = field_errors(validator, &Value::Object(config.0.clone()));
    let Some(first) = errors.first() else { return Ok(()) };
    let detail =
        format!("the configuration of {widget_type} is not valid: {}{} {}", pointer, first.pointer, first.message);
    errors.truncate(limits::ERRORS_LISTED);
    let at = |error: FieldError| FieldError { pointer: format!("{pointer}{}", error.pointer), ..error };
    let errors = errors.into_iter().map(at).collect();
    Err(Refusal { errors, ..Refusal::new(RefusalCode::InvalidConfig, detail) })
}

fn check_stands_alone(part: &Value, pointer: &str, depth: usize) -> Result<(), Refusal> {
    if depth > limits::CONFIG_SCHEMA_DEPTH {
        return Err(invalid(pointer, &format!("is nested deeper than {}", limits::CONFIG_SCHEMA_DEPTH)));
    }
    match part {
        Value::Object(members) => members.iter().try_for_each(|(key, value)| {
            let pointer = format!("{pointer}/{}", escape(key));
            if REFERENCES.contains(&key.as_str()) {
                return Err(invalid(&pointer, "is not allowed: a schema refers to nothing"));
            }
            check_stands_alone(value, &pointer, depth + 1)
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| check_stands_alone(item, &format!("{pointer}/{index}"), depth + 1)),
        _ => Ok(()),
    }
}

fn invalid(pointer: &str, message: &str) -> Refusal {
    let pointer = format!("/configSchema{pointer}");
    Refusal::new(RefusalCode::InvalidValue, format!("{pointer} {message}")).at(&pointer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn declared(schema: &Value, default_config: Option<Value>) -> Result<(), Refusal> {
        let body = json!({
            "widgetType": "revenue", "title": "Revenue", "configSchema": schema, "defaultConfig": default_config,
        });
        check_declaration(&serde_json::from_str(&body.to_string()).unwrap())
    }

    fn pointers(refusal: Refusal) -> Vec<String> {
        refusal.errors.into_iter().map(|error| error.pointer).collect()
    }

    fn months() -> Value {
        json!({
            "$schema": DRAFT, "type": "object", "required": ["months"], "additionalProperties": false,
            "properties": {
                "months": { "type": "integer", "minimum": 1 }, "region": { "type": "string", "pattern": "^(a+)+$" },
            },
        })
    }

    #[test]
    fn a_schema_that_stands_alone_is_taken() {
        declared(&months(), Some(json!({ "months": 12 }))).unwrap();
        declared(&json!({}), Some(json!({ "months": 12 }))).unwrap();
    }

    #[test]
    fn a_schema_that_is_none_is_refused_at_its_place() {
        let deep = (0..30).fold(json!({}), |inner, _| json!({ "not": inner }));
        let refused = [
            (json!({ "type": "text" }), "/configSchema/type"),
            (json!({ "properties": { "a": { "minimum": "1" } } }), "/configSchema/properties/a/minimum"),
            (json!({ "properties": { "a": { "$ref": "https://example.com" } } }), "/configSchema/properties/a/$ref"),
            (json!({ "$defs": { "a": {} }, "$ref": "#/$defs/a" }), "/configSchema/$ref"),
            (json!({ "$schema": "http://json-schema.org/draft-07/schema#" }), "/configSchema/$schema"),
        ];
        for (schema, pointer) in refused {
            let refusal = declared(&schema, None).unwrap_err();
            assert_eq!(refusal.code, RefusalCode::InvalidValue);
            assert_eq!(pointers(refusal), [pointer]);
        }
        let refusal = declared(&deep, None).unwrap_err();
        assert!(refusal.detail.ends_with("is nested deeper than 24"), "{refusal}");
    }

    #[test]
    fn the_default_configuration_is_checked_too() {
        let refusal = declared(&months(), Some(json!({ "months": 0, "days": 3 }))).unwrap_err();
        assert_eq!((refusal.code, refusal.status), (RefusalCode::InvalidConfig, 422));
        let mut found = pointers(refusal);
        found.sort();
        assert_eq!(found, ["/defaultConfig/days", "/defaultConfig/months"]);
    }

    #[test]
    fn patterns_are_matched_in_linear_time() {
        let region = format!("{}b", "a".repeat(10_000));
        let refusal = declared(&months(), Some(json!({ "months": 1, "region": region }))).unwrap_err();
        assert_eq!(pointers(refusal), ["/defaultConfig/region"]);
        let refusal = declared(&json!({ "pattern": "(?=a)" }), None).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::InvalidValue);
    }
}
