//! How jobs wait for other jobs: what commands and events say about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of a job that waits when one of those that it depends on fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnDependencyFailure {
    /// It fails too, without having run.
    #[default]
    Cancel,
    /// It runs when all of them have ended.
    Run,
}

/// How the jobs ended that a job has waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DependencyCounts {
    /// How many were completed.
    pub completed: u32,
    /// How many failed, or were cancelled.
    pub failed: u32,
}
