//! Commands for one job. Those of the contract that name many jobs are many of these.

use plinth_events::{
    JobId,
    command::job::{EnqueueJob, Failure},
    flow::DependencyCounts,
    json::{Checkpoint, Payload},
    names::{Reason, WorkerName},
    time::Instant,
};

use super::flow::Standing;

/// A command for one job.
#[derive(Debug, Clone, PartialEq)]
pub enum JobCommand {
    /// Let it exist.
    Enqueue {
        /// Its id, given or minted.
        job_id: JobId,
        /// What it is; the id in it is not looked at.
        job: EnqueueJob,
        /// What the jobs are that it depends on, in their order.
        dependencies: Vec<(JobId, Standing)>,
    },
    /// A worker wants the next attempt.
    Start {
        /// Who.
        worker: WorkerName,
        /// How long the worker may stay silent; the caller checked the range.
        lease_seconds: u32,
    },
    /// The attempt succeeded.
    Complete {
        /// The token of the attempt.
        token: u64,
        /// What came out of it.
        result: Option<Payload>,
    },
    /// The attempt keeps how far it came.
    Checkpoint {
        /// The token of the attempt.
        token: u64,
        /// How far.
        checkpoint: Checkpoint,
    },
    /// The attempt failed.
    Fail {
        /// How; the id in it is not looked at.
        failure: Failure,
    },
    /// The worker puts the job back, and the attempt does not count.
    Snooze {
        /// The token of the attempt.
        token: u64,
        /// For how long.
        seconds: u32,
    },
    /// Somebody wants it ended.
    Cancel {
        /// Why.
        reason: Reason,
    },
    /// Somebody wants it tried again.
    Retry {
        /// Why.
        reason: Option<Reason>,
    },
    /// It becomes what another job was to be that asked for its unique key.
    Replace {
        /// What it becomes.
        job: EnqueueJob,
    },
    /// Somebody wants it to wait for another time.
    Reschedule {
        /// Which.
        run_at: Instant,
        /// Why.
        reason: Option<Reason>,
    },
    /// Somebody wants it to have another priority.
    Prioritize {
        /// Which.
        priority: i16,
        /// Why.
        reason: Option<Reason>,
    },
    /// The worker stayed silent for longer than its lease.
    ExpireLease {
        /// The token of the attempt.
        token: u64,
    },
    /// The jobs that it waited for have ended, and it is its turn.
    Release {
        /// Which of its waits is over.
        wait: u64,
        /// How the jobs ended that it depends on, if it depends on any.
        dependencies: Option<DependencyCounts>,
    },
    /// A job failed that it must not do without.
    FailWithDependency {
        /// In which of its waits.
        wait: u64,
        /// Which job.
        dependency: JobId,
    },
    /// Its time to start is over.
    Expire,
    /// It was kept for long enough after its end.
    Archive {
        /// The place of its end in its history.
        sequence: u64,
        /// When it ended.
        ended_at: Instant,
    },
}
