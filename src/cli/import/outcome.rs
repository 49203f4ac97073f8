//! What became of a line, and how many came to what.

use std::{collections::BTreeMap, time::Duration};

use plinth_events::{RefusalCode, refusal::Problem, reply::Reply};
use serde::Serialize;

/// What became of a line.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It took effect now.
    Accepted,
    /// It took effect before.
    Duplicate,
    /// It has no effect: refused by Plinth, or no command at all.
    Refused(Box<Problem>),
}

impl Outcome {
    /// Of a command that was accepted.
    pub(super) fn of(reply: &Reply) -> Self {
        if reply.duplicate { Self::Duplicate } else { Self::Accepted }
    }

    /// Of a line that was never sent.
    pub(super) fn not_sent(code: &str, detail: String) -> Self {
        Self::Refused(Box::new(Problem {
            kind: format!("urn:plinth:problem:{code}"),
            title: "The line was not sent".to_owned(),
            status: 400,
            code: code.to_owned(),
            detail,
            errors: Vec::new(),
            facts: serde_json::Map::new(),
        }))
    }

    /// The problem, if somebody has to do something about it.
    pub(super) fn reject(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) if !is_harmless(&problem.code) => Some(problem),
            _ => None,
        }
    }
}

/// Whether a refusal says that things are as the command wants them already.
fn is_harmless(code: &str) -> bool {
    [RefusalCode::NoChange, RefusalCode::AlreadyDeprecated].iter().any(|harmless| harmless.as_str() == code)
}

/// How many lines came to what.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    pub(super) accepted: u64,
    pub(super) duplicate: u64,
    /// By code.
    pub(super) refused: BTreeMap<String, u64>,
}

impl Summary {
    pub(super) fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Accepted => self.accepted += 1,
            Outcome::Duplicate => self.duplicate += 1,
            Outcome::Refused(problem) => *self.refused.entry(problem.code.clone()).or_default() += 1,
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.accepted + self.duplicate + self.refused.values().sum::<u64>()
    }

    /// Whether the state is what the files want it to be.
    pub(super) fn is_clean(&self) -> bool {
        self.refused.keys().all(|code| is_harmless(code))
    }

    /// Lines in a second.
    pub(super) fn per_second(&self, duration: Duration) -> f64 {
        self.total() as f64 / duration.as_secs_f64().max(0.001)
    }

    /// Rows of outcome, code and number of lines.
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let row = |outcome: &str, code: &str, lines: u64| vec![outcome.to_owned(), code.to_owned(), lines.to_string()];
        let mut rows = vec![row("accepted", "", self.accepted), row("duplicate", "", self.duplicate)];
        rows.extend(self.refused.iter().map(|(code, lines)| row("refused", code, *lines)));
        rows.push(row("total", "", self.total()));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(codes: &[&str]) -> Summary {
        let mut summary = Summary::default();
        summary.count(&Outcome::Accepted);
        summary.count(&Outcome::Duplicate);
        for code in codes {
            summary.count(&Outcome::not_sent(code, String::new()));
        }
        summary
    }

    #[test]
    fn refusals_are_counted_by_code() {
        let summary = summary(&["no_change", "unknown_actor", "no_change"]);
        assert_eq!(summary.total(), 5);
        assert_eq!(
            summary.rows().concat().join(" "),
            "accepted  1 duplicate  1 refused no_change 2 refused unknown_actor 1 total  5"
        );
    }

    #[test]
    fn an_import_is_clean_when_everything_is_as_the_files_want_it() {
        assert!(Summary::default().is_clean());
        assert!(summary(&[]).is_clean());
        assert!(summary(&["no_change", "already_deprecated"]).is_clean());
        assert!(!summary(&["no_change", "unknown_actor"]).is_clean());
        assert!(!summary(&["bad_line"]).is_clean());
    }

    #[test]
    fn what_is_as_it_should_be_already_is_no_reject() {
        assert!(Outcome::Accepted.reject().is_none());
        assert!(Outcome::not_sent("no_change", String::new()).reject().is_none());
        assert!(Outcome::not_sent("version_conflict", String::new()).reject().is_some());
    }
}
