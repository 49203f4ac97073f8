//! What can be asked about the formulas of metrics: what changed between two versions, how one is computed by a database,
//! which fields formulas are checked against.

use std::{collections::BTreeMap, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KnownAt, metric::MetricRow};
use crate::{
    fields::{FieldType, Undeclared},
    json::StoredJson,
    names::{Code, FieldPath},
    time::Moment,
};

/// What changed in a metric between two versions, or between those that govern at two times?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiffMetric {
    /// Which metric.
    pub code: Code,
    /// The old version.
    pub from: Which,
    /// The new version.
    pub to: Which,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
}

/// One version of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected the number of a version or an RFC 3339 time with an offset")]
#[schemars(inline)]
pub enum Which {
    /// The one of this number.
    Version(u32),
    /// The one that governs at this time.
    At(Moment),
}

/// Text that names no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the number of a version, or an RFC 3339 time with an offset, such as 2026-03-01T00:00:00Z")]
pub struct NotAVersion;

impl FromStr for Which {
    type Err = NotAVersion;

    /// A number may be written as `v2`.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let version = text.strip_prefix('v').unwrap_or(text).parse().map(Self::Version);
        version.or_else(|_| text.parse().map(Self::At)).map_err(|_| NotAVersion)
    }
}

/// What changed between two versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricDiff {
    /// How the new version relates to the old one.
    pub class: DiffClass,
    /// Where they differ. An answer is cut before it gets too large for one message.
    pub differences: Vec<MetricDifference>,
    /// How many more differences there are.
    pub more: u32,
    /// The old version, as it stands now.
    pub from: MetricRow,
    /// The new version, as it stands now.
    pub to: MetricRow,
}

/// How a new version relates to an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum DiffClass {
    /// It says the same.
    Equivalent,
    /// Only its name or its description is another one.
    Editorial,
    /// It is true of everything that the old one is true of. (Of a measure: it takes in more records.)
    Loosened,
    /// The old one is true of everything that it is true of. (Of a measure: it takes in fewer records.)
    Tightened,
    /// Neither of these, as far as can be told.
    Changed,
}

impl DiffClass {
    /// The word for it in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Editorial => "editorial",
            Self::Loosened => "loosened",
            Self::Tightened => "tightened",
            Self::Changed => "changed",
        }
    }
}

/// Something that is not the same in two versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricDifference {
    /// `/name`, `/description`, or a JSON pointer below `/formula` into the canonical form of the new formula, or into that
    /// of the old one for what is gone.
    pub pointer: String,
    /// What the old version has; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<StoredJson>,
    /// What the new version has; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<StoredJson>,
}

/// How a database computes the version of a metric that governs at `asOf`, as known at `knownAt`?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetMetricSql {
    /// Which metric.
    pub code: Code,
    /// When it should govern; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// Which database.
    #[serde(default)]
    pub dialect: Dialect,
}

/// A dialect of SQL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Dialect {
    /// That of Postgres, from version 15 on.
    #[default]
    Postgres,
}

/// A formula as an expression of SQL over a column `record` of type `jsonb`. It calls the functions `metric_…` of schema
/// `plinth`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricSql {
    /// Which metric.
    pub code: Code,
    /// Which version.
    pub version: u32,
    /// What it says, in plain English.
    pub sentence: String,
    /// The dialect.
    pub dialect: Dialect,
    /// The expression, with `$1`, `$2` … for the binds.
    pub text: String,
    /// What the places stand for, all of them bound as text.
    pub binds: Vec<SqlBind>,
    /// Whether it is an aggregate: one value of all rows in place of a boolean (or null) for each.
    pub is_aggregate: bool,
}

/// What a place stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SqlBind {
    /// Its type in Postgres.
    #[serde(rename = "type")]
    pub sql_type: String,
    /// Where its value comes from.
    pub of: BindSource,
    /// A path or a value of the formula, as Postgres writes it as text; absent where it comes from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Where the value of a place comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum BindSource {
    /// From the formula: it is given.
    Formula,
    /// It is the time of the evaluation.
    AsOf,
    /// It is the name of the zone of the evaluation, such as `UTC`.
    Zone,
}

/// Which fields are the formulas of the tenant checked against, as known at `knownAt`?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetMetricFields {
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
}

/// The fields that a tenant declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricFields {
    /// The types by path.
    pub fields: BTreeMap<FieldPath, FieldType>,
    /// What becomes of a formula that names another field.
    pub undeclared: Undeclared,
    /// The position of the event that declared them; null: nothing is declared.
    pub position: Option<u64>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_version_is_its_number_or_a_time() {
        assert_eq!(("2".parse(), "v2".parse()), (Ok(Which::Version(2)), Ok(Which::Version(2))));
        let time = "2026-03-01T00:00:00Z";
        assert_eq!(time.parse(), Ok(Which::At(time.parse().unwrap())));
        assert_eq!("latest".parse::<Which>(), Err(NotAVersion));
    }
}
