//! What a handler's end means to Plinth. Pure; makes every outcome one that Plinth accepts.

use std::{any::Any, fmt::Display, time::Duration};

use plinth_events::{
    json::{ErrorDetails, Payload},
    limits,
    names::{ErrorKind, JobError},
    scan::scan,
};
use serde::Serialize;
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use super::failure::JobFailure;

/// Most characters of an error.
const ERROR_CHARS: usize = 10_000;
/// Most characters of what kind of error it was.
const KIND_CHARS: usize = 100;

/// What to report about an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is done, with what came out of it.
    Completed(Option<Payload>),
    /// It failed.
    Failed {
        /// What went wrong.
        error: JobError,
        /// What kind of error it was.
        kind: Option<ErrorKind>,
        /// What a program may want to know about it.
        details: Option<ErrorDetails>,
        /// Whether another attempt can help.
        retryable: bool,
        /// When to try again, in seconds from now.
        retry_after_seconds: Option<u32>,
    },
    /// It is put back, and does not count.
    Snoozed {
        /// For how long.
        seconds: u32,
    },
}

/// A handler's result as JSON; `null` is no result.
pub(super) fn encode(result: &impl Serialize) -> Result<Option<Payload>, JobFailure> {
    let raw = to_raw_value(result).map_err(|error| bad_result(format!("is not JSON: {error}")))?;
    if raw.get() == "null" {
        return Ok(None);
    }
    check(&raw)?;
    Ok(Some(raw.try_into().map_err(bad_result)?))
}

fn bad_result(rule: impl Display) -> JobFailure {
    JobFailure::permanent(format!("the result {rule}")).kind("BadResult")
}

/// A result stands three levels deep in the report. One that breaks the rules of JSON there would spoil the report of
/// all jobs in it.
fn check(result: &RawValue) -> Result<(), JobFailure> {
    scan(format!("[[[{}]]]", result.get()).as_bytes())
        .map_err(|refusal| bad_result(format!("cannot be stored: {}", refusal.detail)))
}

impl Outcome {
    /// Of a handler that returned.
    pub(super) fn of(returned: Result<Option<Payload>, JobFailure>) -> Self {
        match returned {
            Ok(result) => Self::Completed(result),
            Err(JobFailure::Failed { error, kind, details, retryable, retry_after }) => Self::Failed {
                error: job_error(&error),
                kind: kind.and_then(|kind| fitting(&kind, KIND_CHARS).parse().ok()),
                details: details.as_ref().and_then(error_details),
                retryable,
                retry_after_seconds: retry_after.map(seconds),
            },
            Err(JobFailure::Snoozed(after)) => Self::Snoozed { seconds: seconds(after) },
        }
    }

    /// Of a handler that panicked: a failed attempt.
    pub(super) fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        Self::of(Err(JobFailure::new(format!("the handler panicked: {text}")).kind("Panic")))
    }

    /// Of a handler that had to stop because the worker stops: back to the queue at once, nothing counted.
    pub(super) fn interrupted() -> Self {
        Self::Snoozed { seconds: 0 }
    }
}

/// Whole seconds, rounded up, within the limit of the contract.
fn seconds(duration: Duration) -> u32 {
    let whole = u32::try_from(duration.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
    whole.min(limits::DELAY_SECONDS)
}

/// An error's text within the limits of the contract: not empty, not too long, no NUL.
fn job_error(text: &str) -> JobError {
    fitting(text, ERROR_CHARS).parse().unwrap_or_else(|_| unnamed_error())
}

/// Details that Plinth would refuse are left out: the error itself matters more.
fn error_details(details: &Value) -> Option<ErrorDetails> {
    let raw = to_raw_value(details).ok()?;
    scan(format!("[[[{}]]]", raw.get()).as_bytes()).ok()?;
    raw.try_into().ok()
}

/// The beginning of a text, without NUL, which Plinth refuses.
pub(super) fn fitting(text: &str, chars: usize) -> String {
    text.chars().map(|char| if char == '\0' { '\u{fffd}' } else { char }).take(chars).collect()
}

#[expect(clippy::expect_used, reason = "a constant text of fewer than 10,000 characters")]
fn unnamed_error() -> JobError {
    "the handler failed without a message".parse().expect("a valid error text")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn error_of(text: &str) -> String {
        match Outcome::of(Err(JobFailure::new(text))) {
            Outcome::Failed { error, .. } => error.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_is_no_result() {
        assert_eq!(encode(&()), Ok(None));
        assert_eq!(encode(&None::<u8>), Ok(None));
        assert_eq!(encode(&7).unwrap().unwrap().as_str(), "7");
    }

    #[test]
    fn a_result_that_plinth_would_refuse_fails_the_job_for_good() {
        let too_large = "x".repeat(limits::PAYLOAD_BYTES);
        let too_deep =
            serde_json::from_str::<serde_json::Value>(&format!("{}{}", "[".repeat(62), "]".repeat(62))).unwrap();
        for failure in [encode(&too_large).unwrap_err(), encode(&too_deep).unwrap_err(), encode(&"\0").unwrap_err()] {
            assert!(matches!(failure, JobFailure::Failed { retryable: false, .. }), "{failure:?}");
        }
    }

    #[test]
    fn an_error_text_is_made_to_fit() {
        assert_eq!(error_of(""), "the handler failed without a message");
        assert_eq!(error_of("a\0b"), "a\u{fffd}b");
        assert_eq!(error_of(&"ä".repeat(20_000)).chars().count(), ERROR_CHARS);
    }

    #[test]
    fn kind_and_details_are_made_to_fit() {
        let failure = JobFailure::new("x").kind("k".repeat(200)).details("d".repeat(20_000));
        let Outcome::Failed { kind, details: None, .. } = Outcome::of(Err(failure)) else { panic!("not a failure") };
        assert_eq!(kind.unwrap().as_str().len(), KIND_CHARS);
        let failure = JobFailure::new("x").details([1, 2]);
        let Outcome::Failed { details, .. } = Outcome::of(Err(failure)) else { panic!("not a failure") };
        assert_eq!(details.unwrap().as_str(), "[1,2]");
    }

    #[test]
    fn a_delay_is_rounded_up_to_seconds_and_kept_within_the_limit() {
        assert_eq!(seconds(Duration::ZERO), 0);
        assert_eq!(seconds(Duration::from_millis(1)), 1);
        assert_eq!(seconds(Duration::MAX), limits::DELAY_SECONDS);
    }

    #[test]
    fn a_panic_is_a_failed_attempt_that_says_what_it_said() {
        let panic: Box<dyn Any + Send> = Box::new("index out of bounds");
        let Outcome::Failed { error, retryable: true, .. } = Outcome::of_panic(&*panic) else {
            panic!("not a failure that is tried again");
        };
        assert_eq!(error.as_str(), "the handler panicked: index out of bounds");
    }
}
