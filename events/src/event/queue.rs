//! Events of a queue: all jobs of the tenant, or its jobs of one type.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{
    names::{JobType, Reason},
    queue::QueueSettings,
};

/// The jobs of the queue are run like this from now on, and in no way as before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueConfigured {
    /// Which jobs of the tenant; absent: all.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// How they are run.
    pub settings: QueueSettings,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// No job of the queue starts until it is resumed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuePaused {
    /// Which jobs of the tenant; absent: all.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Jobs of the queue start again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueResumed {
    /// Which jobs of the tenant; absent: all.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

events!(
    /// What happens to a queue.
    QueueEvent { QueueConfigured = "configured", QueuePaused = "paused", QueueResumed = "resumed" }
);

impl QueueEvent {
    /// Which jobs of the tenant it is about; none: all of them.
    pub fn job_type(&self) -> Option<&JobType> {
        match self {
            Self::QueueConfigured(event) => event.job_type.as_ref(),
            Self::QueuePaused(event) => event.job_type.as_ref(),
            Self::QueueResumed(event) => event.job_type.as_ref(),
        }
    }
}
