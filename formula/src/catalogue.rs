//! Which fields a tenant's records have, and of which types.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::path::FieldPath;

/// The fields that a tenant declared. It is used when a formula is parsed; what the formula means is then said by the
/// formula alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Catalogue {
    /// The types by path. What is inside of the records of a list is declared by the whole path: `orders` as `record[]`
    /// and `orders.amount` as `decimal`.
    #[serde(default)]
    pub fields: BTreeMap<FieldPath, FieldType>,
    /// What becomes of a formula that names another field.
    #[serde(default)]
    pub undeclared: Undeclared,
}

/// What becomes of a formula that names a field which was not declared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undeclared {
    /// The type of the field is inferred from what it is compared with.
    #[default]
    Allowed,
    /// The formula is refused.
    Refused,
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldType {
    /// `true` or `false`.
    #[serde(rename = "boolean")]
    Boolean,
    /// A number of up to 28 digits.
    #[serde(rename = "decimal", alias = "number")]
    Decimal,
    /// Text.
    #[serde(rename = "string")]
    String,
    /// A point in time: RFC 3339 with an offset.
    #[serde(rename = "instant")]
    Instant,
    /// A day, which stands for its midnight in the evaluation zone.
    #[serde(rename = "date")]
    Date,
    /// A list of booleans.
    #[serde(rename = "boolean[]")]
    Booleans,
    /// A list of numbers.
    #[serde(rename = "decimal[]", alias = "number[]")]
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

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
