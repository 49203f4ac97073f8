//! What is wrong with a formula.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

/// One thing that is wrong with a formula.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct FormulaError {
    /// Where: a JSON pointer (RFC 6901) that begins at the formula.
    pub pointer: String,
    /// What kind, stable.
    pub code: ErrorCode,
    /// What, for people.
    pub message: String,
    /// What would be allowed there, if that can be listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<Json>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)+) => {
        /// The kinds of errors.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $name),+
        }

        impl ErrorCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as programs see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }
    };
}

codes! {
    /// The text is not JSON.
    Malformed = "malformed";
    /// A key occurs twice in an object.
    DuplicateKey = "duplicate_key";
    /// A key that nothing knows.
    UnknownKey = "unknown_key";
    /// A key that is needed.
    Missing = "missing";
    /// JSON of another type is needed.
    WrongType = "wrong_type";
    /// An object that is neither predicate nor measure nor of another language.
    UnknownFormula = "unknown_formula";
    /// Nested deeper than allowed.
    TooDeep = "too_deep";
    /// More predicates and measures than allowed.
    TooManyNodes = "too_many_nodes";
    /// A list with no values.
    EmptyList = "empty_list";
    /// A list with more values than allowed.
    ListTooLong = "list_too_long";
    /// A text longer than allowed.
    StringTooLong = "string_too_long";
    /// A NUL character.
    NulCharacter = "nul_character";
    /// A text that is no path to a field.
    InvalidPath = "invalid_path";
    /// An operator that nothing knows.
    UnknownOperator = "unknown_operator";
    /// An operator that does not fit what it is used on.
    OperatorNotAllowed = "operator_not_allowed";
    /// An aggregate that nothing knows.
    UnknownAggregate = "unknown_aggregate";
    /// A type that nothing knows.
    UnknownType = "unknown_type";
    /// A value where the operator takes none.
    UnexpectedValue = "unexpected_value";
    /// A value that the operator or the field does not take.
    ValueNotAllowed = "value_not_allowed";
    /// A text that is no duration, or one that is zero, negative, too long or too fine.
    InvalidDuration = "invalid_duration";
    /// A text that is no point in time.
    InvalidInstant = "invalid_instant";
    /// A text that is no day.
    InvalidDate = "invalid_date";
    /// A number that is none, or has more than 28 digits.
    InvalidDecimal = "invalid_decimal";
    /// Values of several types in one list or range.
    MixedTypes = "mixed_types";
    /// A range whose end is before its beginning.
    EmptyRange = "empty_range";
    /// A field is used as another type than it was declared as.
    TypeMismatch = "type_mismatch";
    /// A field is used as two types in one formula.
    TypeConflict = "type_conflict";
    /// A field that was not declared.
    UnknownField = "unknown_field";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
