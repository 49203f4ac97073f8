//! Which fields the records of a tenant have, and of which types: what formulas are checked against when they are defined.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum FieldType {
    /// `true` or `false`.
    #[serde(rename = "boolean")]
    Boolean,
    /// A number of up to 28 digits.
    #[serde(rename = "decimal")]
    Decimal,
    /// Text.
    #[serde(rename = "string")]
    String,
    /// A point in time: RFC 3339 with an offset.
    #[serde(rename = "instant")]
    Instant,
    /// A day, which stands for its midnight in the zone of the evaluation.
    #[serde(rename = "date")]
    Date,
    /// A list of booleans.
    #[serde(rename = "boolean[]")]
    Booleans,
    /// A list of numbers.
    #[serde(rename = "decimal[]")]
    Decimals,
    /// A list of texts.
    #[serde(rename = "string[]")]
    Strings,
    /// A list of records.
    #[serde(rename = "record[]")]
    Records,
}

impl FieldType {
    /// The type as it is declared.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Decimal => "decimal",
            Self::String => "string",
            Self::Instant => "instant",
            Self::Date => "date",
            Self::Booleans => "boolean[]",
            Self::Decimals => "decimal[]",
            Self::Strings => "string[]",
            Self::Records => "record[]",
        }
    }
}

/// What becomes of a formula that names a field which was not declared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Undeclared {
    /// What the field is compared with tells its type.
    #[default]
    Allowed,
    /// The formula is refused.
    Refused,
}

impl Undeclared {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
        }
    }
}
