//! What can be asked about the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::RecordedEvent;

/// Events of the tenant from a position on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadEvents {
    /// The first position to read; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// How many at most; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
}

/// Events in the order of the log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// The events.
    pub events: Vec<RecordedEvent>,
    /// The position to read on from; null at the end. An answer is cut before it gets too large for one message.
    pub next: Option<u64>,
}
