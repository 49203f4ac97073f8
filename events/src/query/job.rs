//! What can be asked about jobs. What their workers wrote about them is in [`job_log`](crate::job_log).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::KnownAt;
use crate::{
    ids::JobId,
    json::StoredJson,
    names::{JobType, ProgressMessage, Reason, WorkerName},
    object,
    time::Instant,
};

/// One job, as it is or as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetJob {
    /// Which job.
    pub job_id: JobId,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
}

/// All events of a job: who, when, what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetJobHistory {
    /// Which job.
    pub job_id: JobId,
    /// What was known by then; everything when absent. A time, or a position of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<KnownAt>,
    /// The first position to read; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

/// Jobs, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListJobs {
    /// Only jobs of this type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// Only jobs in this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<JobStatus>,
    /// How many at most; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Only jobs after this place: `next` of the page before.
    #[serde(default, deserialize_with = "object::optional", skip_serializing_if = "Option::is_none")]
    pub after: Option<JobPlace>,
}

/// A place in the list of jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobPlace {
    /// When the job there was enqueued.
    pub created_at: Instant,
    /// Which job it is.
    pub job_id: JobId,
}

/// The status of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names say it")]
pub enum JobStatus {
    Pending,
    Processing,
    Completed,
    Failed,
}

impl JobStatus {
    /// All of them, in the order of a job's life.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Processing, Self::Completed, Self::Failed];

    /// The text in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// A job, as its row in `Job` has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobRow {
    /// The job's id.
    pub id: JobId,
    /// Its type.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// What the worker gets.
    pub payload: StoredJson,
    /// Its status.
    pub status: JobStatus,
    /// How many attempts count so far.
    pub attempts: u32,
    /// How many attempts it may have.
    pub max_attempts: u32,
    /// What came out of it.
    pub result: Option<StoredJson>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it was enqueued.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// How far its running attempt says that it is; only of one job, as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<JobProgress>,
    /// Where exactly it stood, by its events; only when the query says `knownAt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<JobPhase>,
}

/// How far an attempt says that it is, by its last heartbeat that said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct JobProgress {
    /// In percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// What it is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<ProgressMessage>,
}

/// Where exactly a job stood, by its events. Leases that heartbeats extended are not among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "name", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[schemars(inline)]
pub enum JobPhase {
    /// It waited for other jobs to end.
    Blocked {
        /// When it might start at the earliest.
        run_at: Instant,
    },
    /// It waited for its time, or for a worker.
    Pending {
        /// When it might start.
        run_at: Instant,
    },
    /// A worker had it.
    Processing {
        /// Who.
        worker: WorkerName,
        /// The token of the attempt.
        token: u64,
        /// Since when.
        started_at: Instant,
        /// Why it was asked to stop, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cancel_reason: Option<Reason>,
    },
    /// It was done.
    Completed,
    /// It had failed.
    Failed,
}

/// Jobs, newest first. Where few match among many, there may be fewer than asked for, or none, and others after them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<JobRow>,
    /// The place to read on from; null at the end.
    pub next: Option<JobPlace>,
}
