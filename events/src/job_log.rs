//! The lines that workers wrote about a job: how they are asked for, and how they are answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{command::job_notes::LogLevel, ids::JobId, names::LogMessage, object, time::Instant};

/// The lines that workers wrote about a job, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetJobLogs {
    /// Which job.
    pub job_id: JobId,
    /// Only lines about attempts of this number; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Only lines after this place: `next` of the page before.
    #[serde(default, deserialize_with = "object::optional", skip_serializing_if = "Option::is_none")]
    pub after: Option<JobLogPlace>,
}

/// A place among the lines about a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobLogPlace {
    /// The token of the attempt that the line there is about.
    pub token: u64,
    /// Which line of it, counted from 1.
    pub line: u32,
}

/// Lines about a job, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobLogPage {
    /// The lines.
    pub lines: Vec<JobLogLine>,
    /// The place to read on from; null at the end. An answer is cut before it gets too large for one message.
    pub next: Option<JobLogPlace>,
}

/// A line about an attempt, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobLogLine {
    /// Which attempt it is about. One that was snoozed, or that came before a retry, has the number of another one.
    pub attempt: u32,
    /// The token of the attempt, different for each.
    pub token: u64,
    /// Which line of the attempt, counted from 1.
    pub line: u32,
    /// When it was said.
    pub at: Instant,
    /// How much it matters.
    pub level: LogLevel,
    /// What was said.
    pub message: LogMessage,
}

impl JobLogLine {
    /// Where it stands.
    pub fn place(&self) -> JobLogPlace {
        JobLogPlace { token: self.token, line: self.line }
    }
}
