//! Commands of a metric, one aggregate per tenant and code, and of what all formulas of a tenant are checked against.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fields::{FieldType, Undeclared},
    json::Formula,
    limits,
    names::{Code, Description, FieldPath, Name, Reason},
    time::Instant,
};

/// Adds the next version of a metric, which governs from `effectiveAt`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DefineMetric {
    /// Which metric.
    pub code: Code,
    /// What people call it.
    pub name: Name,
    /// What it means, in full.
    pub description: Description,
    /// How it is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<Formula>,
    /// When the version takes over; the time of recording when absent. Earlier than that needs a `reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Instant>,
    /// The latest version that the caller has seen (0: none); another one is `version_conflict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_version: Option<u32>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Ends a metric at `deprecatedAt`: no version governs from then on, until a later one takes over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeprecateMetric {
    /// Which metric.
    pub code: Code,
    /// When it ends; the time of recording when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated_at: Option<Instant>,
    /// Why.
    pub reason: Reason,
    /// What happens to versions scheduled after `deprecatedAt`; needed when there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Scheduled>,
}

/// What a deprecation does to the versions scheduled after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Scheduled {
    /// They are withdrawn by the same command.
    Withdraw,
    /// They stay: the metric pauses until the next of them.
    Keep,
}

/// Takes back a version that is not effective yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WithdrawMetricVersion {
    /// Which metric.
    pub code: Code,
    /// Which version, counted from 1.
    pub version: u32,
    /// Why.
    pub reason: Reason,
}

/// Says which fields the records of the tenant have, in place of all that was said before. Formulas are checked against
/// them when they are defined; what was defined before stays as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclareFields {
    /// The types by path, at most 1,000. What is inside of the records of a list has the whole path: `orders` is `record[]`,
    /// `orders.amount` is `decimal`.
    #[schemars(extend("maxProperties" = limits::DECLARED_FIELDS))]
    pub fields: BTreeMap<FieldPath, FieldType>,
    /// What becomes of a formula that names another field; `allowed` when absent.
    #[serde(default)]
    pub undeclared: Undeclared,
}
