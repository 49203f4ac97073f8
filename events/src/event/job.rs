//! Events of a job. Heartbeats are not events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{
    ids::JobId,
    json::Payload,
    names::{JobError, JobType, Reason, WorkerName},
    retry::RetryPolicy,
    time::Instant,
};

macro_rules! job_event {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Which job.
            pub job_id: JobId,
            /// Its type.
            #[serde(rename = "type")]
            pub job_type: JobType,
            $($(#[$field_doc])* pub $field: $type),*
        }
    };
}

job_event!(
    /// The job exists and waits for its time.
    JobEnqueued {
        /// What the worker gets.
        payload: Payload,
        /// How often it is tried.
        max_attempts: u32,
        /// When it may start.
        run_at: Instant,
        /// Which due jobs are published first: larger before smaller.
        priority: i16,
        /// How long it waits between attempts; absent: exponential from 2 s to an hour.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry: Option<RetryPolicy>,
        /// How long one attempt may take; absent: as long as it wants.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
    }
);
job_event!(
    /// A worker won an attempt.
    JobStarted {
        /// Which attempt, counted from 1.
        attempt: u32,
        /// The fencing token of the attempt; it grows from attempt to attempt.
        token: u64,
        /// Who runs it.
        worker: WorkerName,
        /// How long the worker may stay silent.
        lease_seconds: u32,
        /// When the lease runs out unless it is extended.
        lease_until: Instant,
        /// When it runs out even if it is extended; absent: never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Instant>,
    }
);
job_event!(
    /// The job is done.
    JobCompleted {
        /// Which attempt did it.
        attempt: u32,
        /// The token of the attempt.
        token: u64,
        /// What came out of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Payload>,
    }
);
job_event!(
    /// An attempt failed: tried again at `retryAt`, or for good when that is absent.
    JobFailed {
        /// Which attempt.
        attempt: u32,
        /// The token of the attempt.
        token: u64,
        /// What went wrong.
        error: JobError,
        /// When the next attempt may start; absent: the job has failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Instant>,
    }
);
job_event!(
    /// The worker of an attempt stayed silent for longer than its lease, or the attempt took too long: it failed.
    JobLeaseExpired {
        /// Which attempt.
        attempt: u32,
        /// The token of the attempt.
        token: u64,
        /// Whether the attempt took longer than it may, however lively its worker was.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        timed_out: bool,
        /// What the job's error says: `lease expired`, `timed out …`, `poison: …`, or why it was cancelled.
        error: JobError,
        /// When the next attempt may start; absent: the job has failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Instant>,
    }
);
job_event!(
    /// The worker put the job back; the attempt does not count.
    JobSnoozed {
        /// The token of the attempt.
        token: u64,
        /// How many attempts count now.
        attempts: u32,
        /// When the next attempt may start.
        run_at: Instant,
    }
);
job_event!(
    /// A running job was asked to stop.
    JobCancelRequested {
        /// Why.
        reason: Reason,
    }
);
job_event!(
    /// A pending job was ended.
    JobCancelled {
        /// Why.
        reason: Reason,
    }
);
job_event!(
    /// A failed job got a new set of attempts.
    JobRetried {
        /// When the next attempt may start.
        run_at: Instant,
        /// Its priority, as it was enqueued with.
        priority: i16,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    }
);

events!(
    /// What happens to a job.
    JobEvent {
        JobEnqueued = "enqueued",
        JobStarted = "started",
        JobCompleted = "completed",
        JobFailed = "failed",
        JobLeaseExpired = "lease-expired",
        JobSnoozed = "snoozed",
        JobCancelRequested = "cancel-requested",
        JobCancelled = "cancelled",
        JobRetried = "retried",
    }
);

impl JobEvent {
    /// Which job it happened to, and the job's type.
    pub fn job(&self) -> (JobId, &JobType) {
        match self {
            Self::JobEnqueued(event) => (event.job_id, &event.job_type),
            Self::JobStarted(event) => (event.job_id, &event.job_type),
            Self::JobCompleted(event) => (event.job_id, &event.job_type),
            Self::JobFailed(event) => (event.job_id, &event.job_type),
            Self::JobLeaseExpired(event) => (event.job_id, &event.job_type),
            Self::JobSnoozed(event) => (event.job_id, &event.job_type),
            Self::JobCancelRequested(event) => (event.job_id, &event.job_type),
            Self::JobCancelled(event) => (event.job_id, &event.job_type),
            Self::JobRetried(event) => (event.job_id, &event.job_type),
        }
    }
}
