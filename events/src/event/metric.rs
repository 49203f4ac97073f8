//! Events of a metric. [`crate::timeline`] says what they mean together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{
    json::Formula,
    names::{Code, Description, Name, Reason},
    time::Instant,
};

/// A version was added; it governs from `effectiveAt`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricDefined {
    /// Which metric.
    pub code: Code,
    /// Its number: 1, 2, 3 … in the order of commands.
    pub version: u32,
    /// What people call the metric.
    pub name: Name,
    /// What it means, in full.
    pub description: Description,
    /// How it is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<Formula>,
    /// The formula with its types spelled out, where declared fields said more about them than it does by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Formula>,
    /// When it takes over.
    pub effective_at: Instant,
    /// Why it was defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Whether it was recorded later than it took effect.
    #[serde(default)]
    pub retroactive: bool,
}

/// The metric ends: no version governs from `deprecatedAt` on, until a later point says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricDeprecated {
    /// Which metric.
    pub code: Code,
    /// When it ends.
    pub deprecated_at: Instant,
    /// Why.
    pub reason: Reason,
    /// Whether it was recorded later than it took effect.
    #[serde(default)]
    pub retroactive: bool,
}

/// A version was taken back before it took effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricVersionWithdrawn {
    /// Which metric.
    pub code: Code,
    /// Which version.
    pub version: u32,
    /// Why.
    pub reason: Reason,
}

events!(
    /// What happens to a metric.
    MetricEvent {
        MetricDefined = "defined",
        MetricDeprecated = "deprecated",
        MetricVersionWithdrawn = "version-withdrawn",
    }
);

impl MetricEvent {
    /// Which metric it happened to.
    pub fn code(&self) -> &Code {
        match self {
            Self::MetricDefined(event) => &event.code,
            Self::MetricDeprecated(event) => &event.code,
            Self::MetricVersionWithdrawn(event) => &event.code,
        }
    }
}
