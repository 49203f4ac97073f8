//! Commands for one job. Those of the contract that name many jobs are many of these.

use plinth_events::{
    JobId,
    command::job::EnqueueJob,
    json::Payload,
    names::{JobError, Reason, WorkerName},
};

/// A command for one job.
#[derive(Debug, Clone, PartialEq)]
pub enum JobCommand {
    /// Let it exist.
    Enqueue {
        /// Its id, given or minted.
        job_id: JobId,
        /// What it is; the id in it is not looked at.
        job: EnqueueJob,
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
    /// The attempt failed.
    Fail {
        /// The token of the attempt.
        token: u64,
        /// What went wrong.
        error: JobError,
        /// Whether another attempt can help.
        retryable: bool,
        /// When to try again; backoff when absent.
        retry_after_seconds: Option<u32>,
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
    /// The worker stayed silent for longer than its lease.
    ExpireLease {
        /// The token of the attempt.
        token: u64,
    },
}
