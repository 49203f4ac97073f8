//! What is wrong with a formula, as the refusal of its definition.

use plinth_events::{FieldError, Refusal, RefusalCode, limits};
use plinth_formula::{ErrorCode, FormulaError};

/// Where the formula stands in the body of its definition.
const POINTER: &str = "/formula";

/// What declared fields may make right.
const BY_TYPE: [ErrorCode; 5] = [
    ErrorCode::MixedTypes,
    ErrorCode::TypeConflict,
    ErrorCode::EmptyRange,
    ErrorCode::ValueNotAllowed,
    ErrorCode::OperatorNotAllowed,
];

/// What is wrong whatever fields are declared.
pub(super) fn in_any_case(errors: &[FormulaError]) -> Vec<FieldError> {
    errors.iter().filter(|error| !BY_TYPE.contains(&error.code)).map(field_error).collect()
}

/// All errors, each with its place.
pub(super) fn invalid(errors: &[FormulaError]) -> Refusal {
    let listed: Vec<FieldError> = errors.iter().take(limits::ERRORS_LISTED).map(field_error).collect();
    let detail = match listed.as_slice() {
        [] => "the formula is not valid".to_owned(),
        [only] => format!("{}: {}", only.pointer, only.message),
        [first, ..] => format!("{}: {} (the first of {} errors)", first.pointer, first.message, errors.len()),
    };
    let mut refusal = Refusal::new(RefusalCode::InvalidFormula, detail);
    refusal.errors = listed;
    refusal
}

fn field_error(error: &FormulaError) -> FieldError {
    FieldError {
        allowed: error.allowed.clone(),
        suggestion: error.suggestion.clone(),
        ..FieldError::new(format!("{POINTER}{}", error.pointer), error.code.as_str(), error.message.clone())
    }
}

/// The formula, with its types spelled out as they were declared, is longer than a formula may be.
pub(super) fn too_large(rule: &str) -> Refusal {
    let detail = format!("the formula with its declared types spelled out {rule}");
    Refusal::new(RefusalCode::TooLarge, detail).at(POINTER)
}
