//! What a pass over records found.

use std::{collections::BTreeMap, fmt};

use serde::{Serialize, Serializer};

use crate::{path::FieldPath, value::Value};

/// What a predicate says of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is so.
    True,
    /// It is not so.
    False,
    /// What would tell is missing or of a wrong type.
    Unknown,
}

/// How often each verdict was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Verdicts {
    /// How many records it is true of.
    #[serde(rename = "true")]
    pub true_: u64,
    /// How many records it is false of.
    #[serde(rename = "false")]
    pub false_: u64,
    /// Of how many records it is unknown.
    pub unknown: u64,
}

/// How good the values of a field are, among the records (for a field inside of a list: among the records of the lists).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quality {
    /// How many records have no value, or null.
    pub missing: u64,
    /// How many records have a value of another type than the formula asks for.
    pub wrong_type: u64,
}

/// What a pass over records found. Written as JSON it is the same bytes for the same formula, records and time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// How many records there were.
    pub records: u64,
    /// Of a predicate: its verdicts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<Verdicts>,
    /// Of a measure: its value; null is unknown.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "serialize_value")]
    pub value: Option<Option<Value>>,
    /// Fields that were missing or of a wrong type.
    pub quality: BTreeMap<FieldPath, Quality>,
}

fn serialize_value<S: Serializer>(value: &Option<Option<Value>>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().and_then(Option::as_ref).map(Value::to_json).serialize(serializer)
}

impl Verdicts {
    pub(super) fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::True => self.true_ += 1,
            Verdict::False => self.false_ += 1,
            Verdict::Unknown => self.unknown += 1,
        }
    }
}

impl Verdict {
    /// The verdict as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Option<bool>> for Verdict {
    fn from(verdict: Option<bool>) -> Self {
        match verdict {
            Some(true) => Self::True,
            Some(false) => Self::False,
            None => Self::Unknown,
        }
    }
}
