//! What the end of a program means for its job. Pure.

use std::process::ExitStatus;

use plinth_client::JobFailure;
use serde_json::value::{RawValue, to_raw_value};

/// How much of what a program says on standard error is kept: the end of it, in bytes.
pub(super) const ERROR_BYTES: usize = 2_048;
/// `EX_DATAERR` of `sysexits.h`: the input is wrong, and will be wrong the next time.
const DATA_ERROR: i32 = 65;

/// Code 0 completes the job with the output as its result, 65 fails it for good, and everything else (75,
/// `EX_TEMPFAIL`, is the usual one) fails the attempt. The error is the end of what it said on standard error.
pub(super) fn of(status: ExitStatus, output: &[u8], errors: &[u8]) -> Result<Option<Box<RawValue>>, JobFailure> {
    match status.code() {
        Some(0) => result(output),
        Some(DATA_ERROR) => Err(JobFailure::permanent(error(status, errors))),
        _ => Err(JobFailure::new(error(status, errors))),
    }
}

/// JSON as it is, any other text as a string, nothing as no result.
fn result(output: &[u8]) -> Result<Option<Box<RawValue>>, JobFailure> {
    let output = output.trim_ascii();
    if output.is_empty() {
        return Ok(None);
    }
    let result = match serde_json::from_slice(output) {
        Ok(json) => json,
        Err(_) => to_raw_value(&String::from_utf8_lossy(output)).map_err(JobFailure::permanent)?,
    };
    Ok(Some(result))
}

fn error(status: ExitStatus, errors: &[u8]) -> String {
    let said = String::from_utf8_lossy(errors);
    match said.trim() {
        "" => format!("the program ended with {status} and said nothing"),
        said => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn exited(code: i32) -> ExitStatus {
        ExitStatus::from_raw(code << 8)
    }

    fn completed(output: &str) -> Option<String> {
        of(exited(0), output.as_bytes(), b"a warning").unwrap().map(|result| result.get().to_owned())
    }

    fn failed(status: ExitStatus, errors: &[u8]) -> (String, bool) {
        match of(status, b"{}", errors).unwrap_err() {
            JobFailure::Failed { error, retryable, .. } => (error, retryable),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_output_of_a_program_that_succeeds_is_the_result() {
        assert_eq!(completed("{\"pages\": 3.10}\n").as_deref(), Some("{\"pages\": 3.10}"));
        assert_eq!(completed("3 \"pages\"\n").as_deref(), Some(r#""3 \"pages\"""#));
        assert_eq!(completed(" \n"), None);
    }

    #[test]
    fn a_program_that_fails_is_tried_again() {
        assert_eq!(failed(exited(75), b"try later\n"), ("try later".to_owned(), true));
        assert_eq!(failed(exited(1), b""), ("the program ended with exit status: 1 and said nothing".to_owned(), true));
    }

    #[test]
    fn a_program_that_refuses_its_input_is_not_tried_again() {
        assert_eq!(failed(exited(65), b"not a PDF"), ("not a PDF".to_owned(), false));
    }

    #[test]
    fn a_program_that_was_killed_is_tried_again() {
        let (error, retryable) = failed(ExitStatus::from_raw(9), b"");
        assert!(retryable && error.contains("SIGKILL"), "{error}");
    }
}
