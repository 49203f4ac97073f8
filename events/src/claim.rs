//! Workers over HTTP: what they ask for jobs with, and what they get. Everything else they say as over NATS.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    flow::DependencyCounts,
    ids::{EventId, JobId},
    json::{Checkpoint, StoredJson},
    limits,
    names::{JobType, WorkerName},
    object::object,
    schedule::ScheduledFor,
    time::Instant,
};

/// Starts due jobs for a worker, and waits for some if there are none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimJobs {
    /// Which jobs.
    #[schemars(length(min = 1, max = limits::CLAIM_TYPES))]
    pub types: Vec<JobType>,
    /// Who will run them.
    pub worker: WorkerName,
    /// How many at most; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = limits::CLAIM_JOBS))]
    pub max_jobs: Option<u32>,
    /// How long the worker may stay silent; 30 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = limits::LEASE_SECONDS))]
    pub lease_seconds: Option<u32>,
    /// How long to wait for the first job; not at all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = limits::CLAIM_WAIT_SECONDS))]
    pub wait_seconds: Option<u32>,
}

impl ClaimJobs {
    /// Parses a body that passed [`crate::scan::scan`].
    pub fn parse<'de, D: Deserializer<'de>>(body: D) -> Result<Self, D::Error> {
        object(body)
    }

    /// Whether its numbers are in the ranges that the schema gives them.
    pub fn is_within_limits(&self) -> bool {
        (1..=limits::CLAIM_TYPES).contains(&self.types.len())
            && self.max_jobs.is_none_or(|jobs| (1..=limits::CLAIM_JOBS).contains(&jobs))
            && self.lease_seconds.is_none_or(|seconds| (1..=limits::LEASE_SECONDS).contains(&seconds))
            && self.wait_seconds.is_none_or(|seconds| seconds <= limits::CLAIM_WAIT_SECONDS)
    }
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimedJobs {
    /// The jobs that the worker has from now on, the most urgent first; none: there was nothing to do.
    pub jobs: Vec<ClaimedJob>,
}

/// A job that a worker has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimedJob {
    /// Which job.
    pub job_id: JobId,
    /// Its type.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// What to work on.
    pub payload: StoredJson,
    /// Which attempt it is, counted from 1.
    pub attempt: u32,
    /// How many attempts the job may have.
    pub max_attempts: u32,
    /// The token to report with.
    pub token: u64,
    /// When the lease runs out unless it is extended.
    pub lease_until: Instant,
    /// When the attempt ends however lively its worker is; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Instant>,
    /// How far an earlier attempt came, if it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// How the jobs ended that it depends on; absent: it depends on none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<DependencyCounts>,
    /// The schedule that it comes from, and the fire time that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduledFor>,
    /// What the job belongs to, as it was enqueued with: for everything that is sent because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The id of the event that enqueued it: for everything that is sent because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// The W3C trace context that the job was enqueued in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}
