//! What a handler says when it does not succeed.

use std::{error::Error, fmt, time::Duration};

use serde::Serialize;
use serde_json::Value;

/// An attempt without a result. Every error becomes one that is tried again, so `?` works in handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobFailure {
    /// The attempt failed, and counts.
    Failed {
        /// What went wrong: what the job's row will say.
        error: String,
        /// What kind of error it was, for programs to tell apart.
        kind: Option<String>,
        /// What a program may want to know about it.
        details: Option<Value>,
        /// Whether another attempt can help.
        retryable: bool,
        /// When to try again; as the job's policy says when absent.
        retry_after: Option<Duration>,
    },
    /// Not now: put the job back for this long. The attempt does not count.
    Snoozed(Duration),
}

impl JobFailure {
    /// A failure that another attempt may not meet.
    pub fn new(error: impl fmt::Display) -> Self {
        Self::Failed { error: error.to_string(), kind: None, details: None, retryable: true, retry_after: None }
    }

    /// A failure that every attempt would meet: the job has failed.
    pub fn permanent(error: impl fmt::Display) -> Self {
        Self::Failed { error: error.to_string(), kind: None, details: None, retryable: false, retry_after: None }
    }

    /// The same failure, tried again after this long.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        match self {
            Self::Failed { error, kind, details, retryable, .. } => {
                Self::Failed { error, kind, details, retryable, retry_after: Some(after) }
            }
            Self::Snoozed(_) => Self::Snoozed(after),
        }
    }

    /// The same failure, of a kind that programs can tell apart, such as `Timeout`: up to 100 characters.
    #[must_use]
    pub fn kind(mut self, name: impl Into<String>) -> Self {
        if let Self::Failed { kind, .. } = &mut self {
            *kind = Some(name.into());
        }
        self
    }

    /// The same failure, with what a program may want to know about it: up to 16 KiB of JSON, more is left out.
    #[must_use]
    pub fn details(mut self, value: impl Serialize) -> Self {
        if let Self::Failed { details, .. } = &mut self {
            *details = serde_json::to_value(value).ok();
        }
        self
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
    use super::*;

    #[test]
    fn an_error_becomes_a_failure_that_is_tried_again() {
        let read = || -> Result<String, JobFailure> { Ok(std::fs::read_to_string("/does/not/exist")?) };
        let Err(JobFailure::Failed { error, retryable: true, retry_after: None, .. }) = read() else {
            panic!("not a failure that is tried again");
        };
        assert!(error.contains("No such file"), "{error}");
    }

    #[test]
    fn a_failure_keeps_its_kind_and_its_details_when_it_is_put_off() {
        let failure = JobFailure::new("no answer").kind("Timeout").details(["a"]).retry_after(Duration::from_secs(1));
        let JobFailure::Failed { kind, details, retryable: true, .. } = failure else {
            panic!("not a failure that is tried again");
        };
        assert_eq!((kind.as_deref(), details), (Some("Timeout"), Some(serde_json::json!(["a"]))));
    }
}
