//! Events of a job. Heartbeats are not events.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{
    flow::{DependencyCounts, OnDependencyFailure},
    ids::JobId,
    json::{Checkpoint, ErrorDetails, Payload},
    names::{ErrorKind, JobError, JobKey, JobType, Reason, WorkerName},
    retry::RetryPolicy,
    schedule::ScheduledFor,
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
        /// What it has in common with other jobs of its type, for the limits per key of its queues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        concurrency_key: Option<JobKey>,
        /// The jobs that it depends on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        depends_on: Vec<JobId>,
        /// Those of them that were completed already.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        completed_dependencies: Vec<JobId>,
        /// Those of them that had failed already.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failed_dependencies: Vec<JobId>,
        /// What becomes of it when one of the others fails; absent: it fails too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_dependency_failure: Option<OnDependencyFailure>,
        /// Which line of jobs it is at the end of, of which only the first may start; absent: none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence_key: Option<JobKey>,
        /// From when on no attempt starts any more; absent: never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Instant>,
        /// The key that at most one job of its type holds at a time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unique_key: Option<JobKey>,
        /// Until when it holds the key at least; absent: until it ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unique_until: Option<Instant>,
        /// The fire time of a schedule that it is for; absent: none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schedule: Option<ScheduledFor>,
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
        /// The job's `concurrencyKey`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        concurrency_key: Option<JobKey>,
    }
);
job_event!(
    /// An attempt kept how far it came; the next one goes on from there.
    JobCheckpointed {
        /// The token of the attempt.
        token: u64,
        /// How far it came.
        checkpoint: Checkpoint,
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
        /// What kind of error it was, for programs to tell apart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ErrorKind>,
        /// What a program may want to know about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        details: Option<ErrorDetails>,
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
        /// Its `concurrencyKey`, as it was enqueued with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        concurrency_key: Option<JobKey>,
        /// Which line of jobs it is at the end of, as it was enqueued with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence_key: Option<JobKey>,
        /// From when on no attempt starts any more, as it was enqueued with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Instant>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    }
);
job_event!(
    /// What the job waited for has come: the jobs that it depends on have ended, and it is the first of its line.
    JobReleased {
        /// When it may start.
        run_at: Instant,
        /// How the jobs ended that it depends on; absent: it depends on none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dependencies: Option<DependencyCounts>,
    }
);
job_event!(
    /// A job failed that it depends on, and so it failed without having run.
    JobDependencyFailed {
        /// Which one.
        dependency: JobId,
    }
);
job_event!(
    /// No attempt started in time, and so the job failed.
    JobExpired {
        /// Until when one should have started.
        expires_at: Instant,
    }
);
job_event!(
    /// A pending job became what another one with its unique key was to be. Its attempts count from 1 again.
    JobReplaced {
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
    /// A pending job got another time.
    JobRescheduled {
        /// When it may start.
        run_at: Instant,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    }
);
job_event!(
    /// A pending job got another priority.
    JobPrioritized {
        /// Which due jobs are published first: larger before smaller.
        priority: i16,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    }
);
job_event!(
    /// A job that ended was kept for as long as its queues say: its row is gone, its history stays.
    JobArchived {
        /// When it ended.
        ended_at: Instant,
    }
);

events!(
    /// What happens to a job.
    JobEvent {
        JobEnqueued = "enqueued",
        JobStarted = "started",
        JobCheckpointed = "checkpointed",
        JobCompleted = "completed",
        JobFailed = "failed",
        JobLeaseExpired = "lease-expired",
        JobSnoozed = "snoozed",
        JobCancelRequested = "cancel-requested",
        JobCancelled = "cancelled",
        JobRetried = "retried",
        JobReplaced = "replaced",
        JobRescheduled = "rescheduled",
        JobPrioritized = "prioritized",
        JobReleased = "released",
        JobDependencyFailed = "dependency-failed",
        JobExpired = "expired",
        JobArchived = "archived",
    }
);

impl JobEvent {
    /// Whether the attempt that runs is over with it.
    pub fn ends_an_attempt(&self) -> bool {
        matches!(self, Self::JobCompleted(_) | Self::JobFailed(_) | Self::JobLeaseExpired(_) | Self::JobSnoozed(_))
    }

    /// Which job it happened to, and the job's type.
    pub fn job(&self) -> (JobId, &JobType) {
        match self {
            Self::JobEnqueued(event) => (event.job_id, &event.job_type),
            Self::JobStarted(event) => (event.job_id, &event.job_type),
            Self::JobCheckpointed(event) => (event.job_id, &event.job_type),
            Self::JobCompleted(event) => (event.job_id, &event.job_type),
            Self::JobFailed(event) => (event.job_id, &event.job_type),
            Self::JobLeaseExpired(event) => (event.job_id, &event.job_type),
            Self::JobSnoozed(event) => (event.job_id, &event.job_type),
            Self::JobCancelRequested(event) => (event.job_id, &event.job_type),
            Self::JobCancelled(event) => (event.job_id, &event.job_type),
            Self::JobRetried(event) => (event.job_id, &event.job_type),
            Self::JobReplaced(event) => (event.job_id, &event.job_type),
            Self::JobRescheduled(event) => (event.job_id, &event.job_type),
            Self::JobPrioritized(event) => (event.job_id, &event.job_type),
            Self::JobReleased(event) => (event.job_id, &event.job_type),
            Self::JobDependencyFailed(event) => (event.job_id, &event.job_type),
            Self::JobExpired(event) => (event.job_id, &event.job_type),
            Self::JobArchived(event) => (event.job_id, &event.job_type),
        }
    }
}

impl JobEnqueued {
    /// Those of the jobs that it depends on which had not ended.
    pub fn open_dependencies(&self) -> impl Iterator<Item = JobId> {
        let ended: HashSet<&JobId> = self.completed_dependencies.iter().chain(&self.failed_dependencies).collect();
        self.depends_on.iter().filter(move |job| !ended.contains(job)).copied()
    }

    /// How the others of them had ended.
    pub fn ended_dependencies(&self) -> DependencyCounts {
        let count = |jobs: &[JobId]| u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        let (completed, failed) = (count(&self.completed_dependencies), count(&self.failed_dependencies));
        DependencyCounts { completed, failed }
    }

    /// Whether it waits for other jobs, and not only for its time.
    pub fn is_blocked(&self) -> bool {
        let ended = self.completed_dependencies.len() + self.failed_dependencies.len();
        self.sequence_key.is_some() || self.depends_on.len() > ended
    }
}
