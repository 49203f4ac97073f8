//! What can be asked of the formula of a metric and records: what it says of them, and what another one would.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{KnownAt, formula::DiffClass};
use crate::{
    json::{Formula, Record},
    limits,
    names::{Code, TimeZoneName},
    time::Moment,
};

/// What does the version of a metric that governs at `asOf`, as known at `knownAt`, say of records? For more records than
/// fit one message there is `plinth metric evaluate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvaluateMetric {
    /// Which metric.
    pub code: Code,
    /// When it should govern, and the time of the evaluation, from which ages count; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// Of which time zone days, months and dates are; UTC when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<TimeZoneName>,
    /// The records.
    #[schemars(length(max = limits::EVALUATED_RECORDS))]
    pub records: Vec<Record>,
}

/// What would another formula say of records, compared with the version of a metric that governs at `asOf`, as known at
/// `knownAt`? Nothing is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewMetric {
    /// Which metric.
    pub code: Code,
    /// The new formula.
    pub formula: Formula,
    /// When the old version governs, and the time of the evaluation, from which ages count; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// Of which time zone days, months and dates are; UTC when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<TimeZoneName>,
    /// The records.
    #[schemars(length(max = limits::EVALUATED_RECORDS))]
    pub records: Vec<Record>,
}

/// What a version says of records. The same version, records, time and zone give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricEvaluation {
    /// Which version, and how it was applied.
    #[serde(flatten)]
    pub applied: Applied,
    /// The verdict of each record, in their order; absent of a measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<Vec<Verdict>>,
    /// What it comes to.
    pub summary: EvaluationSummary,
}

/// What another formula would change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricPreview {
    /// Which version it was compared with, and how both were applied.
    #[serde(flatten)]
    pub applied: Applied,
    /// How the new formula relates to the old one, whatever the records.
    pub class: DiffClass,
    /// What the old formula comes to.
    pub old: EvaluationSummary,
    /// What the new formula comes to.
    pub new: EvaluationSummary,
    /// The records whose verdicts change; absent unless both formulas are predicates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<VerdictChange>>,
}

/// Which version of a metric was applied, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// Which metric.
    pub code: Code,
    /// The version that governed.
    pub version: u32,
    /// The time of the evaluation.
    pub as_of: Moment,
    /// As known when; null: now.
    pub known_at: Option<KnownAt>,
    /// Of which time zone days, months and dates were.
    pub zone: TimeZoneName,
}

/// What a predicate says of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Verdict {
    /// It is so.
    True,
    /// It is not so.
    False,
    /// What would tell is missing or of a wrong type.
    Unknown,
}

impl Verdict {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

/// What a formula comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationSummary {
    /// How many records there were.
    pub records: u64,
    /// Of a predicate: how often each verdict was given. Absent of a measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<VerdictCounts>,
    /// Of a measure: its value, tagged with its type as in `{"decimal":"12.5"}`, and null if it is unknown. Absent of a
    /// predicate.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some")]
    pub value: Option<Value>,
    /// The fields that were missing or of a wrong type, by path.
    pub quality: BTreeMap<String, FieldQuality>,
}

/// How often each verdict was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerdictCounts {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldQuality {
    /// How many records have no value, or null.
    pub missing: u64,
    /// How many records have a value of another type than the formula asks for.
    pub wrong_type: u64,
}

/// Records whose verdict changes in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerdictChange {
    /// What the old formula says.
    pub from: Verdict,
    /// What the new formula says.
    pub to: Verdict,
    /// Of how many records.
    pub records: u64,
    /// The first of them, by their place among the records, counted from 1.
    pub examples: Vec<u64>,
}

/// A value that is there, be it null.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
