//! Events of a bulk action: who did what to which jobs, and why. What it does to each job is an event of that job.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{
    bulk::{BulkCounts, RecordedAction, RecordedFilter},
    ids::BulkActionId,
    names::Reason,
};

/// The same is done to all jobs that the filter matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkActionStarted {
    /// Which action.
    pub action_id: BulkActionId,
    /// What is done.
    pub action: RecordedAction,
    /// To which jobs.
    pub filter: RecordedFilter,
    /// Why.
    pub reason: Reason,
}

/// The jobs that it has not come to yet are left alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkActionCancelled {
    /// Which action.
    pub action_id: BulkActionId,
    /// Why.
    pub reason: Reason,
}

/// It was done to all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkActionFinished {
    /// Which action.
    pub action_id: BulkActionId,
    /// How many jobs.
    #[serde(flatten)]
    pub counts: BulkCounts,
}

events!(
    /// What happens to a bulk action.
    BulkEvent {
        BulkActionStarted = "started",
        BulkActionCancelled = "cancelled",
        BulkActionFinished = "finished",
    }
);

impl BulkEvent {
    /// Which action it happened to.
    pub fn action_id(&self) -> BulkActionId {
        match self {
            Self::BulkActionStarted(event) => event.action_id,
            Self::BulkActionCancelled(event) => event.action_id,
            Self::BulkActionFinished(event) => event.action_id,
        }
    }
}
