//! Queries of bulk actions, and how many jobs one would be about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    bulk::{BulkCounts, BulkStatus, JobFilter, RecordedAction, RecordedFilter},
    ids::{BulkActionId, UserId},
    names::Reason,
    object,
    time::Instant,
};

/// How many jobs does a filter match?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountJobs {
    /// Which jobs; all of the tenant when absent.
    #[serde(default, deserialize_with = "object::object")]
    pub filter: JobFilter,
}

/// How many jobs a filter matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobCount {
    /// So many.
    pub jobs: u64,
}

/// One bulk action, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetBulkAction {
    /// Which action.
    pub action_id: BulkActionId,
}

/// Bulk actions, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListBulkActions {
    /// How many at most; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Only actions that were started before this position of the log: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// A bulk action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkActionRow {
    /// Its id.
    pub action_id: BulkActionId,
    /// The position of the event that started it.
    pub position: u64,
    /// What is done.
    pub action: RecordedAction,
    /// To which jobs.
    pub filter: RecordedFilter,
    /// Why.
    pub reason: Reason,
    /// Who started it.
    pub started_by_id: Option<UserId>,
    /// When.
    pub started_at: Instant,
    /// When it was over; null while it is running.
    pub ended_at: Option<Instant>,
    /// Where it stands.
    pub status: BulkStatus,
    /// How many jobs, so far.
    #[serde(flatten)]
    pub counts: BulkCounts,
}

/// Bulk actions, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkActionPage {
    /// The actions.
    pub actions: Vec<BulkActionRow>,
    /// The position to read on before; null at the end.
    pub next: Option<u64>,
}
