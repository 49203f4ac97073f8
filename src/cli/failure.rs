//! What a failure looks like on the command line: what went wrong and its causes, each told once.

use std::{io::Write as _, process::ExitCode};

/// Prints a failure to standard error and says with the exit code that it was one.
pub(super) fn print(error: &anyhow::Error) -> ExitCode {
    // when nobody reads it, there is nobody to tell
    let _ = writeln!(std::io::stderr(), "plinth: {}", told(error));
    ExitCode::FAILURE
}

/// The error and its causes on one line. Many errors, such as all of sqlx, tell their cause themselves and name it as
/// their source too: a cause that has been told is not told again.
pub(super) fn told(error: &anyhow::Error) -> String {
    let mut told = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::log::LogError;

    #[test]
    fn a_cause_that_its_error_tells_is_not_told_again() {
        let error = sqlx::Error::Io(io::Error::other("connection refused"));
        let error = anyhow::Error::from(LogError::from(error)).context("Postgres cannot be reached");
        let expected = "Postgres cannot be reached: postgres: error communicating with database: connection refused";
        assert_eq!(told(&error), expected);
    }

    #[test]
    fn a_cause_that_its_error_keeps_to_itself_is_told() {
        let error = anyhow::Error::from(io::Error::other("no such file")).context("x cannot be opened");
        assert_eq!(told(&error), "x cannot be opened: no such file");
    }
}
