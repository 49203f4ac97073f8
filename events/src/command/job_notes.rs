//! What workers write down about jobs while they run: how far they came, and what happened on the way.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ids::JobId, json::Checkpoint, limits, names::LogMessage, object, time::Instant};

/// Keeps how far attempts came, for the next ones to go on from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckpointJobs {
    /// The jobs.
    #[serde(deserialize_with = "object::list")]
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<JobCheckpoint>,
}

/// How far one attempt came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobCheckpoint {
    /// Which job.
    pub job_id: JobId,
    /// The token that starting it gave.
    pub token: u64,
    /// What the next attempt gets, in place of any earlier one.
    pub checkpoint: Checkpoint,
}

/// Keeps lines about attempts for people to read. Not an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogJobs {
    /// The jobs.
    #[serde(deserialize_with = "object::list")]
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<JobLog>,
}

/// Lines about one attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobLog {
    /// Which job.
    pub job_id: JobId,
    /// The token that starting it gave.
    pub token: u64,
    /// The lines, in order.
    #[serde(deserialize_with = "object::list")]
    #[schemars(length(min = 1, max = limits::LOG_LINES))]
    pub lines: Vec<LogLine>,
}

/// One line about an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogLine {
    /// When it was said; when it is kept when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// How much it matters.
    pub level: LogLevel,
    /// What was said.
    pub message: LogMessage,
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    /// All of them, the least important first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The text in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}
