//! What a handler's end means to Plinth. Pure; makes every outcome one that Plinth accepts.

use std::{any::Any, time::Duration};

use plinth_events::{json::Payload, limits, names::JobError, scan::scan};
use serde::Serialize;
use serde_json::value::RawValue;

use super::job::JobFailure;

/// Most characters of an error.
const ERROR_CHARS: usize = 10_000;

/// What to report about an attempt.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Completed(Option<Payload>),
    Failed { error: JobError, retryable: bool, retry_after_seconds: Option<u32> },
    Snoozed { seconds: u32 },
}

/// A handler's result as JSON; `null` is no result.
pub(super) fn encode(result: &impl Serialize) -> Result<Option<Payload>, JobFailure> {
    let raw = serde_json::value::to_raw_value(result)
        .map_err(|error| JobFailure::permanent(format!("the result is not JSON: {error}")))?;
    if raw.get() == "null" {
        return Ok(None);
    }
    check(&raw)?;
    let payload = raw.try_into().map_err(|rule| JobFailure::permanent(format!("the result {rule}")))?;
    Ok(Some(payload))
}

/// A result stands three levels deep in the report. One that breaks the rules of JSON there would spoil the report of
/// all jobs in it.
fn check(result: &RawValue) -> Result<(), JobFailure> {
    scan(format!("[[[{}]]]", result.get()).as_bytes())
        .map_err(|refusal| JobFailure::permanent(format!("the result cannot be stored: {}", refusal.detail)))
}

impl Outcome {
    /// Of a handler that returned.
    pub(super) fn of(returned: Result<Option<Payload>, JobFailure>) -> Self {
        match returned {
            Ok(result) => Self::Completed(result),
            Err(JobFailure::Failed { error, retryable, retry_after }) => {
                Self::Failed { error: job_error(&error), retryable, retry_after_seconds: retry_after.map(seconds) }
            }
            Err(JobFailure::Snoozed(after)) => Self::Snoozed { seconds: seconds(after) },
        }
    }

    /// Of a handler that panicked: a failed attempt.
    pub(super) fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        Self::of(Err(JobFailure::new(format!("the handler panicked: {text}"))))
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
    let text: String =
        text.chars().map(|char| if char == '\0' { '\u{fffd}' } else { char }).take(ERROR_CHARS).collect();
    text.parse().unwrap_or_else(|_| unnamed_error())
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
