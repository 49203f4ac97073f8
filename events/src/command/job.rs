//! Commands of jobs. Those of workers name many jobs and are answered job by job.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::JobId,
    json::Payload,
    limits,
    names::{JobError, JobType, Reason, WorkerName},
    object,
    retry::Retry,
    time::Instant,
};

/// Enqueues one job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnqueueJob {
    /// The job's id; minted when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// Which workers it is for.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// What the worker gets.
    pub payload: Payload,
    /// How often it is tried; 3 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = limits::MAX_ATTEMPTS))]
    pub max_attempts: Option<u32>,
    /// When it may start; at once when absent or past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_at: Option<Instant>,
    /// Which due jobs are published first: larger before smaller, 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = *limits::PRIORITIES.start(), max = *limits::PRIORITIES.end()))]
    pub priority: Option<i16>,
    /// How long it waits between attempts; exponential from 2 s to an hour when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// How long one attempt may take, however lively its worker is; as long as it wants when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = limits::TIMEOUT_SECONDS))]
    pub timeout_seconds: Option<u32>,
}

/// Enqueues up to 1,000 jobs: all or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnqueueJobs {
    /// The jobs.
    #[serde(deserialize_with = "object::list")]
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<EnqueueJob>,
}

/// Claims jobs for a worker: one winner per attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartJobs {
    /// The jobs.
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<JobId>,
    /// Who will run them.
    pub worker: WorkerName,
    /// How long the worker may stay silent; 30 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = limits::LEASE_SECONDS))]
    pub lease_seconds: Option<u32>,
}

/// Extends the leases of a worker's jobs. Not an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeartbeatJobs {
    /// Who runs them.
    pub worker: WorkerName,
    /// The jobs.
    #[serde(deserialize_with = "object::list")]
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<Heartbeat>,
}

/// One job that is still running.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Heartbeat {
    /// Which job.
    pub job_id: JobId,
    /// The token that starting it gave.
    pub token: u64,
    /// How far it is, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub progress: Option<u8>,
}

/// Reports that jobs are done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompleteJobs {
    /// The jobs.
    #[serde(deserialize_with = "object::list")]
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<Completion>,
}

/// One job that is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Completion {
    /// Which job.
    pub job_id: JobId,
    /// The token that starting it gave.
    pub token: u64,
    /// What came out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Payload>,
}

/// Reports that attempts failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FailJobs {
    /// The jobs.
    #[serde(deserialize_with = "object::list")]
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<Failure>,
}

/// One attempt that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failure {
    /// Which job.
    pub job_id: JobId,
    /// The token that starting it gave.
    pub token: u64,
    /// What went wrong.
    pub error: JobError,
    /// Whether another attempt can help; true when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// When to try again, in seconds from now; as the job's `retry` says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = limits::DELAY_SECONDS))]
    pub retry_after_seconds: Option<u32>,
}

/// Puts running jobs back for later, without counting the attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnoozeJobs {
    /// The jobs.
    #[serde(deserialize_with = "object::list")]
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<Snooze>,
}

/// One job to put back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Snooze {
    /// Which job.
    pub job_id: JobId,
    /// The token that starting it gave.
    pub token: u64,
    /// When it may start again, in seconds from now.
    #[schemars(range(min = 0, max = limits::DELAY_SECONDS))]
    pub seconds: u32,
}

/// Ends pending jobs at once, and asks the workers of running ones to stop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelJobs {
    /// The jobs.
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<JobId>,
    /// Why; it becomes the job's error, `cancelled: reason`.
    pub reason: Reason,
}

/// Gives failed jobs a new set of attempts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryJobs {
    /// The jobs.
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<JobId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}
