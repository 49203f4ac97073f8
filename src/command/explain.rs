//! What is wrong with a body: all errors at once, by the JSON Schema of the contract.
//!
//! The slow path. A body gets here only after it failed to parse into its type.

use std::{collections::HashMap, sync::LazyLock};

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use plinth_events::{
    CommandName, FieldError, Refusal, RefusalCode,
    json::Formula,
    limits,
    query::QueryName,
    scan::escape,
    schema::{command_schema, query_schema},
};
use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::{Deserializer, Path, Segment, Track};

use crate::formulas::errors_in_any_case;

type Validators<K> = LazyLock<HashMap<K, Option<Validator>>>;

static COMMANDS: Validators<CommandName> =
    LazyLock::new(|| CommandName::ALL.iter().map(|name| (*name, validator(&command_schema(*name)))).collect());
static QUERIES: Validators<QueryName> =
    LazyLock::new(|| QueryName::ALL.iter().map(|name| (*name, validator(&query_schema(*name)))).collect());

/// Why the body of a command is refused.
pub fn command(name: CommandName, body: &[u8]) -> Refusal {
    let mut track = Track::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let error = name.parse(Deserializer::new(&mut json, &mut track)).err();
    let mut refusal = refusal(COMMANDS.get(&name), body, error, &track.path());
    if name == CommandName::DefineMetric {
        refusal.errors.extend(formula_errors(body));
        refusal.errors.truncate(limits::ERRORS_LISTED);
    }
    refusal
}

/// What is wrong with the formula in a definition, beside what is wrong with the definition: the schema takes any object.
fn formula_errors(body: &[u8]) -> Vec<FieldError> {
    #[derive(Deserialize)]
    struct Definition {
        formula: Option<Formula>,
    }
    let formula = serde_json::from_slice(body).ok().and_then(|definition: Definition| definition.formula);
    formula.map(|formula| errors_in_any_case(formula.as_str())).unwrap_or_default()
}

/// Why the body of a query is refused.
pub fn query(name: QueryName, body: &[u8]) -> Refusal {
    let mut track = Track::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let error = name.parse(Deserializer::new(&mut json, &mut track)).err();
    refusal(QUERIES.get(&name), body, error, &track.path())
}

fn validator(schema: &Value) -> Option<Validator> {
    jsonschema::options().should_validate_formats(true).build(schema).ok()
}

/// By the schema, and where that finds nothing (sizes in bytes are not in it) by the parser's own error.
fn refusal(
    validator: Option<&Option<Validator>>,
    body: &[u8],
    error: Option<serde_json::Error>,
    path: &Path,
) -> Refusal {
    let instance: Value = match serde_json::from_slice(body) {
        Ok(instance) => instance,
        Err(error) => return Refusal::new(RefusalCode::Malformed, format!("the body is not JSON: {error}")),
    };
    let mut errors = Vec::new();
    for found in validator.and_then(Option::as_ref).into_iter().flat_map(|validator| validator.iter_errors(&instance)) {
        explain(&found, &mut errors);
    }
    if let (true, Some(error)) = (errors.is_empty(), error) {
        errors.push(parser_error(&error, path));
    }
    errors.truncate(limits::ERRORS_LISTED);
    let code = errors.iter().map(|error| worst(&error.code)).min_by_key(|code| code.status());
    let detail = errors.first().map_or_else(
        || "the body is not what its schema says".to_owned(),
        |error| {
            format!("{}{} {}", error.pointer, if error.pointer.is_empty() { "the body" } else { "" }, error.message)
        },
    );
    let mut refusal = Refusal::new(code.unwrap_or(RefusalCode::Malformed), detail);
    refusal.errors = errors;
    refusal
}

/// The refusal that an error makes of the whole; of several the lowest status stands.
fn worst(code: &str) -> RefusalCode {
    match code {
        "missing" | "unknown_key" | "wrong_type" => RefusalCode::Malformed,
        "too_large" => RefusalCode::TooLarge,
        _ => RefusalCode::InvalidValue,
    }
}

fn explain(error: &ValidationError<'_>, errors: &mut Vec<FieldError>) {
    let pointer = error.instance_path().to_string();
    let mut push = |pointer: String, code: &str, message: String| errors.push(FieldError::new(pointer, code, message));
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for key in unexpected {
                push(
                    format!("{pointer}/{}", escape(key)),
                    "unknown_key",
                    "is not a key that may stand here".to_owned(),
                );
            }
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            push(format!("{pointer}/{}", escape(key)), "missing", "is required".to_owned());
        }
        ValidationErrorKind::Type { .. } => push(pointer, "wrong_type", error.to_string()),
        ValidationErrorKind::Enum { options } => push(pointer, "not_allowed", format!("must be one of {options}")),
        ValidationErrorKind::Pattern { pattern } => push(pointer, "bad_format", format!("must match {pattern}")),
        ValidationErrorKind::Format { format } => push(pointer, "bad_format", format_rule(format)),
        ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
            push(pointer, "out_of_range", error.to_string());
        }
        ValidationErrorKind::MinLength { .. }
        | ValidationErrorKind::MaxLength { .. }
        | ValidationErrorKind::MinItems { .. }
        | ValidationErrorKind::MaxItems { .. }
        | ValidationErrorKind::MaxProperties { .. } => push(pointer, "bad_length", error.to_string()),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            explain_forms(&pointer, context, errors);
        }
        _ => push(pointer, "invalid_value", error.to_string()),
    }
}

/// What is wrong with a value of several possible forms, each given by what keeps the value from having it: the errors
/// of the form that was meant, or which tags there are.
fn explain_forms(pointer: &str, forms: &[Vec<ValidationError<'static>>], errors: &mut Vec<FieldError>) {
    let meant = forms.iter().filter(|form| !is_other_form(form, pointer)).min_by_key(|form| form.len());
    let tags: Vec<_> = forms.iter().flatten().filter_map(tag).collect();
    match (meant, tags.first()) {
        (Some(form), _) => form.iter().for_each(|error| explain(error, errors)),
        (None, Some((place, _))) => {
            let tags: Vec<String> = tags.iter().map(|(_, tag)| tag.to_string()).collect();
            errors.push(FieldError::new(place.clone(), "not_allowed", format!("must be one of {}", tags.join(", "))));
        }
        (None, None) => forms.iter().flatten().take(1).for_each(|error| explain(error, errors)),
    }
}

/// Whether the value was not meant to have a form: it has another type or another tag.
fn is_other_form(form: &[ValidationError<'static>], pointer: &str) -> bool {
    form.iter().any(|error| match error.kind() {
        ValidationErrorKind::Constant { .. } => true,
        ValidationErrorKind::Type { .. } => error.instance_path().to_string() == pointer,
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            context.iter().all(|form| is_other_form(form, pointer))
        }
        _ => false,
    })
}

/// Where a form has its tag, and which.
fn tag<'a>(error: &'a ValidationError<'static>) -> Option<(String, &'a Value)> {
    match error.kind() {
        ValidationErrorKind::Constant { expected_value } => Some((error.instance_path().to_string(), expected_value)),
        _ => None,
    }
}

fn format_rule(format: &str) -> String {
    match format {
        "uuid" => "must be a UUID of the form 8-4-4-4-12".to_owned(),
        "date-time" => "must be an RFC 3339 time with an offset, such as 2026-03-01T00:00:00Z".to_owned(),
        other => format!("must be a {other}"),
    }
}

fn parser_error(error: &serde_json::Error, path: &Path) -> FieldError {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
    let too_large = message.starts_with("must have at most") && message.contains("bytes");
    FieldError::new(pointer(path), if too_large { "too_large" } else { "invalid_value" }, message)
}

fn pointer(path: &Path) -> String {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}
