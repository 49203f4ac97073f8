//! What configurations of widgets must be like: which schemas a tenant may declare, and what is wrong with a configuration by
//! one of them. Pure.
//!
//! Configurations are checked while other commands wait, so what that costs is bounded. A schema refers to nothing, not even to
//! parts of itself, and its patterns are matched in linear time: then the work grows with the schema times the configuration,
//! and a command may make so much of it and no more.

use jsonschema::{Draft, PatternOptions, Validator};
use plinth_events::{
    FieldError, Refusal, RefusalCode, command::widget_type::DeclareWidgetType, json::Config, json::ConfigSchema,
    limits, names::WidgetType, scan::escape,
};
use serde_json::{Map, Value};

use crate::schema_errors::field_errors;

/// The only `$schema` that a schema may name.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Largest compiled pattern, in bytes.
const PATTERN_BYTES: usize = 16 * 1024;
/// The keywords by which schemas refer to others.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];
/// The keywords for which other keywords are gone through once more, and again for each level that they are nested.
const REPEATED: [&str; 2] = ["unevaluatedProperties", "unevaluatedItems"];
/// A pattern is as much work as so many other values of a schema.
const PATTERN_WEIGHT: usize = 150;
/// So much more work it is to divide by a fraction than to compare.
const MULTIPLE_WEIGHT: usize = 40;
/// To say all that is wrong is many times the work of finding that something is: it is said up to so much of the latter.
const LISTED_WORK: usize = 200_000;

/// Whether a type of widgets can be declared like this.
///
/// # Errors
/// What is wrong with its schema, or by the schema with its default configuration.
pub fn check_declaration(command: &DeclareWidgetType) -> Result<(), Refusal> {
    let Some(schema) = &command.config_schema else { return Ok(()) };
    let schema = CompiledSchema::new(schema)?;
    match &command.default_config {
        Some(config) => {
            let mut work_left = limits::CONFIG_CHECK_WORK;
            schema.check(&command.widget_type, config, "/defaultConfig", &mut work_left)
        }
        None => Ok(()),
    }
}

/// A schema that is ready for use.
#[derive(Debug)]
pub struct CompiledSchema {
    validator: Validator,
    /// How much work a check is for each byte of a configuration.
    weight: usize,
}

impl CompiledSchema {
    /// Makes a schema ready.
    ///
    /// # Errors
    /// What is wrong with it, with its place in the body of the declaration.
    pub fn new(schema: &ConfigSchema) -> Result<Self, Refusal> {
        let schema: Value = serde_json::from_str(schema.as_str()).map_err(|error| invalid("", &error.to_string()))?;
        if schema.get("$schema").is_some_and(|draft| *draft != DRAFT) {
            return Err(invalid("/$schema", &format!("must be {DRAFT}")));
        }
        let weight = weigh(&schema)?;
        let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES);
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        let built = options.with_pattern_options(patterns).build(&schema);
        let validator = built.map_err(|error| invalid(&error.instance_path().to_string(), &error.to_string()))?;
        Ok(Self { validator, weight })
    }

    /// What is wrong with a configuration, which stands at `pointer` in the body of its command. The work is taken off what is
    /// left of it.
    ///
    /// # Errors
    /// All that is wrong, or that the work is too much.
    pub fn check(
        &self,
        widget_type: &WidgetType,
        config: &Config,
        pointer: &str,
        work_left: &mut usize,
    ) -> Result<(), Refusal> {
        let work = self.weight * config.size_bytes();
        *work_left = work_left.checked_sub(work).ok_or_else(|| too_much_work(widget_type, pointer))?;
        let config = Value::Object(config.0.clone());
        if self.validator.is_valid(&config) {
            return Ok(());
        }
        let mut errors = match work {
            ..=LISTED_WORK => field_errors(&self.validator, &config),
            _ => vec![FieldError::new("", "invalid_value", "is not valid, and too large to say where")],
        };
        errors.truncate(limits::ERRORS_LISTED);
        errors.iter_mut().for_each(|error| error.pointer.insert_str(0, pointer));
        let said = errors.first().map(|error| format!("{} {}", error.pointer, error.message)).unwrap_or_default();
        let detail = format!("the configuration of {widget_type} is not valid: {said}");
        Err(Refusal { errors, ..Refusal::new(RefusalCode::InvalidConfig, detail) })
    }
}

/// How much work a check by a schema is for each byte of a configuration.
fn weigh(schema: &Value) -> Result<usize, Refusal> {
    let mut weights = Weights::default();
    weights.add(schema, "", 0)?;
    if weights.patterns > limits::CONFIG_SCHEMA_PATTERNS {
        let (patterns, most) = (weights.patterns, limits::CONFIG_SCHEMA_PATTERNS);
        return Err(invalid("", &format!("has {patterns} patterns, {most} are allowed")));
    }
    Ok(weights.others + weights.patterns * PATTERN_WEIGHT)
}

/// What there is to a schema that stands alone.
#[derive(Default)]
struct Weights {
    patterns: usize,
    others: usize,
}

impl Weights {
    fn add(&mut self, part: &Value, pointer: &str, depth: usize) -> Result<(), Refusal> {
        if depth > limits::CONFIG_SCHEMA_DEPTH {
            return Err(invalid(pointer, &format!("is nested deeper than {}", limits::CONFIG_SCHEMA_DEPTH)));
        }
        self.others += 1;
        match part {
            Value::Object(members) => members.iter().try_for_each(|(key, value)| {
                let pointer = format!("{pointer}/{}", escape(key));
                self.add_keyword(key, value, &pointer)?;
                self.add(value, &pointer, depth + 1)
            }),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| self.add(item, &format!("{pointer}/{index}"), depth + 1)),
            _ => Ok(()),
        }
    }

    fn add_keyword(&mut self, key: &str, value: &Value, pointer: &str) -> Result<(), Refusal> {
        match key {
            "pattern" => self.patterns += 1,
            "patternProperties" => self.patterns += value.as_object().map_or(0, Map::len),
            "multipleOf" => self.others += MULTIPLE_WEIGHT,
            _ if REFERENCES.contains(&key) => {
                return Err(invalid(pointer, "is not allowed: a schema refers to nothing"));
            }
            _ if REPEATED.contains(&key) => {
                return Err(invalid(pointer, "is not allowed: nested, it would take too long"));
            }
            _ => {}
        }
        Ok(())
    }
}

fn too_much_work(widget_type: &WidgetType, pointer: &str) -> Refusal {
    let detail = format!(
        "to check the configuration of {widget_type} takes too long: make it or the schema of its type smaller, or change fewer \
         configurations at once"
    );
    Refusal::new(RefusalCode::TooLarge, detail).at(pointer)
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
        let region = format!("{}b", "a".repeat(1_000));
        let refusal = declared(&months(), Some(json!({ "months": 1, "region": region }))).unwrap_err();
        assert_eq!(pointers(refusal), ["/defaultConfig/region"]);
        for pattern in ["(?=a)", "[ab]*a[ab]{5000}c"] {
            let refusal = declared(&json!({ "pattern": pattern }), None).unwrap_err();
            assert_eq!(refusal.code, RefusalCode::InvalidValue);
        }
    }

    #[test]
    fn a_schema_by_which_checks_take_too_long_is_refused() {
        let many: Map<String, Value> = (0..21).map(|index| (format!("^x{index}"), json!({}))).collect();
        let refusal = declared(&json!({ "patternProperties": many }), None).unwrap_err();
        assert!(refusal.detail.ends_with("has 21 patterns, 20 are allowed"), "{refusal}");
        let nested = json!({ "allOf": [{ "unevaluatedProperties": false }] });
        assert_eq!(pointers(declared(&nested, None).unwrap_err()), ["/configSchema/allOf/0/unevaluatedProperties"]);
    }

    #[test]
    fn checking_is_only_so_much_work() {
        let numbers = |count: usize| Some(json!({ "numbers": vec![1; count] }));
        let schema = |kind: &str, rules: usize| json!({ "properties": { "numbers": { "items": { "anyOf": vec![json!({ "type": kind }); rules] } } } });
        declared(&schema("integer", 100), numbers(7_000)).unwrap();
        let refusal = declared(&schema("integer", 500), numbers(7_000)).unwrap_err();
        assert_eq!((refusal.code, refusal.status), (RefusalCode::TooLarge, 413));
        assert_eq!(pointers(refusal), ["/defaultConfig"]);
        // what is wrong is said up to a part of it
        assert_eq!(pointers(declared(&schema("string", 100), numbers(60)).unwrap_err()).len(), limits::ERRORS_LISTED);
        let refusal = declared(&schema("string", 100), numbers(7_000)).unwrap_err();
        assert_eq!((refusal.code, pointers(refusal)), (RefusalCode::InvalidConfig, vec!["/defaultConfig".to_owned()]));
    }
}
