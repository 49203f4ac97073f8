//! What can be asked about metrics.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::KnownAt;
use crate::{
    envelope::RecordedEvent,
    ids::UserId,
    json::Formula,
    names::{Code, Description, Name, Reason, Snippet},
    time::{Instant, Moment},
    timeline::{Standing, Status, Window},
};

/// Metrics by code, how they stand at `asOf`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListMetrics {
    /// Only metrics that stand so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Standing>,
    /// Only metrics with this in their code, or in their name in letters of any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Snippet>,
    /// The time to which each `status` refers; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// How many at most; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Only metrics after this code: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Code>,
}

/// Which version of a metric governs at `asOf`, as known at `knownAt`?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetMetric {
    /// Which metric.
    pub code: Code,
    /// When it should govern; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
}

/// All versions of a metric, how they stand at `asOf`, as known at `knownAt`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListMetricVersions {
    /// Which metric.
    pub code: Code,
    /// The time to which each `status` refers; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// The first version to list; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
}

/// What governs from when to when, how that stands at `asOf`, as known at `knownAt`: the points of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetMetricTimeline {
    /// Which metric.
    pub code: Code,
    /// The time to which each `status` refers; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// The first point to list, counted from 0; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
}

/// All events of a metric: who, when, why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetMetricHistory {
    /// Which metric.
    pub code: Code,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// The first position to read; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

/// Metrics, by code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricPage {
    /// The metrics.
    pub metrics: Vec<MetricEntry>,
    /// The code to read on after; null at the end.
    pub next: Option<Code>,
}

/// A metric in a list: how it stands at `asOf`, and the version that stands for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricEntry {
    /// Which metric.
    pub code: Code,
    /// How it stands.
    pub status: Standing,
    /// The version that governs; else the first that will, the last that did, or the last that was withdrawn.
    pub version: u32,
    /// What people call that version.
    pub name: Name,
    /// What the formula of that version says, in plain English; absent when it is in another language, or when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// When that version takes over.
    pub effective_at: Instant,
    /// When something else takes over; null while open-ended.
    pub deprecated_at: Option<Instant>,
    /// How many versions the metric has; the number of the latest.
    pub versions: u32,
    /// What happens to the metric next; null: nothing is scheduled.
    pub next_change: Option<MetricChange>,
}

/// What happens to a metric at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct MetricChange {
    /// When.
    pub at: Instant,
    /// The version that takes over; null: none, the metric is deprecated.
    pub version: Option<u32>,
}

/// A version of a metric, as its row in `MetricDefinition` has it, and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricRow {
    /// Which metric.
    pub code: Code,
    /// Which version.
    pub version: u32,
    /// What people call it.
    pub name: Name,
    /// What it means, in full.
    pub description: Description,
    /// How it is computed.
    pub formula: Option<Formula>,
    /// The formula with its types spelled out, where fields declared back then said more about them than it does by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Formula>,
    /// What the formula says, in plain English; absent when it is in another language, or when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// When the version takes over.
    pub effective_at: Instant,
    /// When something else takes over; null while open-ended. As `effectiveAt` when the version never governs.
    pub deprecated_at: Option<Instant>,
    /// When it governs; null: never.
    pub window: Option<Window>,
    /// How it stands at `asOf`.
    pub status: Status,
    /// The versions that it came in between when it was recorded, null where none governed; null: nothing stood behind it.
    pub inserted_between: Option<[Option<u32>; 2]>,
    /// Who defined it.
    pub created_by_id: Option<UserId>,
    /// When it was recorded.
    pub created_at: Moment,
    /// The position of the event that defined it.
    pub position: u64,
    /// Why it was defined.
    pub reason: Option<Reason>,
    /// Whether it was withdrawn before it took effect.
    pub withdrawn: bool,
}

/// All versions of a metric, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricVersions {
    /// The versions.
    pub versions: Vec<MetricRow>,
    /// The version to list on from; null at the end. An answer is cut before it gets too large for one message.
    pub next: Option<u32>,
}

/// The points of a metric, in the order in which they take over; of two at one time, the one recorded later stands later.
/// Their windows are half open and partition time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricTimeline {
    /// The points.
    pub points: Vec<MetricPoint>,
    /// The point to list on from; null at the end. An answer is cut before it gets too large for one message.
    pub next: Option<u32>,
}

/// A point of a metric: from a time on, a version governs or none does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricPoint {
    /// From when.
    pub at: Instant,
    /// Which version; null: none, the metric is deprecated.
    pub version: Option<u32>,
    /// What the formula of the version says, in plain English; absent when it is in another language, or when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// When it governs; null: never.
    pub window: Option<Window>,
    /// How it stands at `asOf`.
    pub status: Status,
    /// The versions that it came in between when it was recorded, null where none governed; null: nothing stood behind it.
    pub inserted_between: Option<[Option<u32>; 2]>,
    /// Who recorded it.
    pub recorded_by_id: Option<UserId>,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// The position of its event.
    pub position: u64,
    /// Why.
    pub reason: Option<Reason>,
}

/// Events of a metric.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricHistory {
    /// The events, by position.
    pub events: Vec<RecordedEvent>,
    /// What the formulas say that are defined by them, in plain English, by position. One in another language has none.
    pub sentences: BTreeMap<u64, String>,
    /// The position to read on from; null at the end. An answer is cut before it gets too large for one message.
    pub next: Option<u64>,
}
