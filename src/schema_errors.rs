//! What is wrong with JSON by a JSON Schema: each error with its place, a stable code and a message. Pure.

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use plinth_events::{FieldError, scan::escape};
use serde_json::Value;

/// Everything that is wrong.
pub fn field_errors(validator: &Validator, instance: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    validator.iter_errors(instance).for_each(|error| explain(&error, &mut errors));
    errors
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
