//! What a refusal looks like on the command line: text for people on standard error, the problem itself with `--json`.

use std::process::{ExitCode, Termination};

use plinth_client::SendError;
use plinth_events::{FieldError, Refusal, refusal::Problem};

use super::output::{self, printable};

/// Most allowed values that are named in one line.
const ALLOWED_NAMED: usize = 20;

/// The exit code of what was done. A refusal is printed, whether the service said it or it was found here; other errors are
/// passed on.
pub(super) fn exit_code(done: anyhow::Result<impl Termination>, json: bool) -> anyhow::Result<ExitCode> {
    match done {
        Ok(done) => Ok(done.report()),
        Err(error) => print(&problem(error)?, json).map(|()| ExitCode::FAILURE),
    }
}

fn problem(error: anyhow::Error) -> anyhow::Result<Problem> {
    match error.downcast() {
        Ok(SendError::Refused { problem, .. }) => Ok(*problem),
        Ok(other) => Err(other.into()),
        Err(error) => error.downcast().map(|refusal: Refusal| refusal.problem()),
    }
}

#[expect(clippy::print_stderr, reason = "this is where people read why they were refused")]
fn print(problem: &Problem, json: bool) -> anyhow::Result<()> {
    if json {
        return output::print_json(problem);
    }
    eprintln!("{}", lines(problem).join("\n"));
    Ok(())
}

/// The code and the detail, then all places in the body, then the facts.
fn lines(problem: &Problem) -> Vec<String> {
    let Problem { code, status, detail, errors, facts, .. } = problem;
    let mut lines = vec![format!("refused: {} ({status}): {}", printable(code), printable(detail))];
    let width = errors.iter().map(|error| error.pointer.chars().count()).max().unwrap_or(0);
    for error in errors {
        let message = printable(&(error.message.clone() + &hint(error)));
        lines.push(format!("  {:width$}  {message}", printable(&error.pointer)));
    }
    for (name, value) in facts {
        lines.push(format!("  {} = {}", printable(name), printable(&value.to_string())));
    }
    lines
}

/// What was probably meant, or else what would be allowed.
fn hint(error: &FieldError) -> String {
    match (&error.suggestion, error.allowed.as_slice()) {
        (Some(meant), _) => format!(" (did you mean {meant}?)"),
        (None, []) => String::new(),
        (None, allowed) => {
            let more = if allowed.len() > ALLOWED_NAMED { ", …" } else { "" };
            let named = &allowed[..allowed.len().min(ALLOWED_NAMED)];
            format!(" (allowed: {}{more})", named.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;
    use plinth_events::RefusalCode;

    use super::*;

    #[test]
    fn a_refusal_is_told_with_all_its_places_and_facts() {
        let refusal =
            Refusal::new(RefusalCode::VersionConflict, "metric x is at version 7, expected 5").fact("current", 7);
        let mut problem = refusal.problem();
        problem.errors = vec![
            FieldError {
                allowed: vec!["a".to_owned(), "b".to_owned()],
                ..FieldError::new("/code", "invalid_value", "must match a\nb")
            },
            FieldError {
                suggestion: Some(7.into()),
                ..FieldError::new("/expectedVersion", "version_conflict", "is 5")
            },
        ];
        let expected = [
            "refused: version_conflict (409): metric x is at version 7, expected 5",
            "  /code             must match a b (allowed: a, b)",
            "  /expectedVersion  is 5 (did you mean 7?)",
            "  current = 7",
        ];
        assert_eq!(lines(&problem), expected);
    }

    #[test]
    fn what_is_no_refusal_is_passed_on() {
        let error = SendError::NotSent { what: "x".to_owned(), reason: "it is too large".to_owned() };
        assert!(exit_code(Err::<(), _>(error.into()), true).is_err());
        assert!(exit_code(Err::<(), _>(anyhow!("no such file")), true).is_err());
    }
}
