//! What can be asked about queues.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{names::JobType, queue::QueueSettings};

/// The queues of the tenant of which somebody said something. Those of the installation are asked for under its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListQueues {
    /// Only queues of types behind this one: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<JobType>,
}

/// A queue: all jobs of the tenant, or those of one type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// Which jobs; null: all.
    #[serde(rename = "type")]
    pub job_type: Option<JobType>,
    /// Whether none of them starts.
    pub is_paused: bool,
    /// How they are run.
    pub settings: QueueSettings,
    /// How many of them run now.
    pub running: u64,
}

/// Queues, that of all jobs first, the others by their type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuePage {
    /// The queues.
    pub queues: Vec<QueueStatus>,
    /// The type to read on from; null at the end.
    pub next: Option<JobType>,
}
