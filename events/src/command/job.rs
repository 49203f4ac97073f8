//! Commands of jobs. Those of workers name many jobs and are answered job by job.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    flow::OnDependencyFailure,
    ids::JobId,
    json::{ErrorDetails, Payload},
    limits,
    names::{ErrorKind, JobError, JobKey, JobType, ProgressMessage, Reason, WorkerName},
    object,
    retry::Retry,
    schedule::ScheduledFor,
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
    /// What it has in common with other jobs of its type, for the limits per key of its queues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency_key: Option<JobKey>,
    /// Jobs that must have ended before it may start: jobs that exist, and earlier ones of the same batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = limits::DEPENDENCIES))]
    pub depends_on: Option<Vec<JobId>>,
    /// What becomes of it when one of those fails; `cancel` when absent, for a batch's `callback` `run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_dependency_failure: Option<OnDependencyFailure>,
    /// Jobs of the tenant with the same key run one after the other, in the order in which they were enqueued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_key: Option<JobKey>,
    /// From when on no attempt starts any more: the job fails then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Instant>,
    /// At most one job of its type holds this key at a time: from its enqueue until it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_key: Option<JobKey>,
    /// For how long it holds the key at least, also when it ends earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = limits::DELAY_SECONDS))]
    pub unique_for_seconds: Option<u32>,
    /// What to do when another job holds the key; `reject` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_conflict: Option<OnConflict>,
    /// The fire time of a schedule that it is for: Plinth's own word, no key of the body.
    #[serde(skip)]
    pub schedule: Option<ScheduledFor>,
}

impl EnqueueJob {
    /// A job of a type with a payload, and nothing else said.
    pub fn new(job_type: JobType, payload: Payload) -> Self {
        Self {
            job_id: None,
            job_type,
            payload,
            max_attempts: None,
            run_at: None,
            priority: None,
            retry: None,
            timeout_seconds: None,
            concurrency_key: None,
            depends_on: None,
            on_dependency_failure: None,
            sequence_key: None,
            expires_at: None,
            unique_key: None,
            unique_for_seconds: None,
            on_conflict: None,
            schedule: None,
        }
    }
}

/// What becomes of a job whose unique key is held by another one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OnConflict {
    /// It is refused.
    #[default]
    Reject,
    /// Nothing: the answer names the holder.
    ReturnExisting,
    /// A holder that has not started becomes what this one is, and keeps its time unless this one has a `runAt`. Behind
    /// one that has started, this one is enqueued and holds the key from now on.
    Replace,
    /// As with `replace`, and the holder's time starts anew: at `runAt`, or now.
    Debounce,
}

/// Enqueues up to 1,000 jobs: all or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnqueueJobs {
    /// The jobs.
    #[serde(deserialize_with = "object::list")]
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<EnqueueJob>,
    /// One more job, which starts when all of these have ended, however they did.
    #[serde(default, deserialize_with = "object::optional", skip_serializing_if = "Option::is_none")]
    pub callback: Option<Box<EnqueueJob>>,
}

impl EnqueueJobs {
    /// The jobs, and the one that comes after them.
    pub fn all(&self) -> impl Iterator<Item = &EnqueueJob> {
        self.jobs.iter().chain(self.callback.as_deref())
    }
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
    /// What it is doing just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<ProgressMessage>,
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
    /// What kind of error it was, for programs to tell apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ErrorKind>,
    /// What a program may want to know about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<ErrorDetails>,
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

/// Gives pending jobs another time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RescheduleJobs {
    /// The jobs.
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<JobId>,
    /// When they may start; at once when past.
    pub run_at: Instant,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Gives pending jobs another priority.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrioritizeJobs {
    /// The jobs.
    #[schemars(length(min = 1, max = limits::BATCH_JOBS))]
    pub jobs: Vec<JobId>,
    /// Which due jobs are published first: larger before smaller.
    #[schemars(range(min = *limits::PRIORITIES.start(), max = *limits::PRIORITIES.end()))]
    pub priority: i16,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}
