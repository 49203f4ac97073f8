//! How much was erased of a tenant or a user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasedCounts {
    /// Events in the log, of which only the proof is left that they were there.
    pub events: u64,
    /// Answers to commands.
    pub answers: u64,
    /// Messages in the streams.
    pub messages: u64,
}
