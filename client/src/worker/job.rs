//! What a handler gets and what it says when it does not succeed.

use std::{
    error::Error,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use plinth_events::{JobId, TenantId, json::Payload, names::JobType};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

/// One attempt of a job, held by this worker until its handler returns.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job's id, the same in every attempt: the idempotency key for effects elsewhere.
    pub id: JobId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its type.
    pub job_type: JobType,
    /// What to work on, as JSON text; [`parse`](Self::parse) makes it a type.
    pub payload: Payload,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    /// How many attempts the job may have.
    pub max_attempts: u32,
    /// The fencing token of the attempt: greater than that of every earlier attempt.
    pub token: u64,
    /// Cancelled when somebody wants the job stopped. A handler that takes long looks at it, and returns a failure.
    pub cancelled: CancellationToken,
    pub(super) progress: Progress,
}

impl Job {
    /// The payload as a type. A payload that does not fit will not fit the next time either.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, JobFailure> {
        serde_json::from_str(self.payload.as_str())
            .map_err(|error| JobFailure::permanent(format!("the payload is not as expected: {error}")))
    }

    /// Says how far the attempt is, in percent. Sent along with the next heartbeat.
    pub fn report_progress(&self, percent: u8) {
        self.progress.set(percent);
    }
}

/// How far a job is, shared between its handler and the heartbeat.
#[derive(Debug, Clone)]
pub(super) struct Progress(Arc<AtomicU8>);

impl Progress {
    /// Stands for "never said".
    const UNKNOWN: u8 = u8::MAX;

    pub(super) fn unknown() -> Self {
        Self(Arc::new(AtomicU8::new(Self::UNKNOWN)))
    }

    pub(super) fn get(&self) -> Option<u8> {
        let percent = self.0.load(Ordering::Relaxed);
        (percent != Self::UNKNOWN).then_some(percent)
    }

    fn set(&self, percent: u8) {
        self.0.store(percent.min(100), Ordering::Relaxed);
    }
}

/// An attempt without a result. Every error becomes one that is tried again, so `?` works in handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobFailure {
    /// The attempt failed, and counts.
    Failed {
        /// What went wrong: what the job's row will say.
        error: String,
        /// Whether another attempt can help.
        retryable: bool,
        /// When to try again; Plinth backs off exponentially when absent.
        retry_after: Option<Duration>,
    },
    /// Not now: put the job back for this long. The attempt does not count.
    Snoozed(Duration),
}

impl JobFailure {
    /// A failure that another attempt may not meet.
    pub fn new(error: impl fmt::Display) -> Self {
        Self::Failed { error: error.to_string(), retryable: true, retry_after: None }
    }

    /// A failure that every attempt would meet: the job has failed.
    pub fn permanent(error: impl fmt::Display) -> Self {
        Self::Failed { error: error.to_string(), retryable: false, retry_after: None }
    }

    /// The same failure, tried again after this long.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        match self {
            Self::Failed { error, retryable, .. } => Self::Failed { error, retryable, retry_after: Some(after) },
            Self::Snoozed(_) => Self::Snoozed(after),
        }
    }
}

impl<E: Error> From<E> for JobFailure {
    /// A failure that says what the error and its sources say.
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn job(payload: &str) -> Job {
        Job {
            id: JobId(uuid::Uuid::nil()),
            tenant: TenantId(uuid::Uuid::nil()),
            job_type: "image_extraction".parse().unwrap(),
            payload: serde_json::from_str(payload).unwrap(),
            attempt: 1,
            max_attempts: 3,
            token: 1,
            cancelled: CancellationToken::new(),
            progress: Progress::unknown(),
        }
    }

    #[test]
    fn a_payload_that_does_not_fit_fails_the_job_for_good() {
        assert_eq!(job("7").parse::<u8>(), Ok(7));
        let failure = job("700").parse::<u8>().unwrap_err();
        assert!(matches!(failure, JobFailure::Failed { retryable: false, .. }), "{failure:?}");
    }

    #[test]
    fn an_error_becomes_a_failure_that_is_tried_again() {
        let read = || -> Result<String, JobFailure> { Ok(std::fs::read_to_string("/does/not/exist")?) };
        let Err(JobFailure::Failed { error, retryable: true, retry_after: None }) = read() else {
            panic!("not a failure that is tried again");
        };
        assert!(error.contains("No such file"), "{error}");
    }

    #[test]
    fn progress_is_unknown_until_it_is_said_and_never_beyond_100() {
        let job = job("{}");
        assert_eq!(job.progress.get(), None);
        job.report_progress(255);
        assert_eq!(job.progress.get(), Some(100));
    }
}
