//! `plinth metric`: what a metric means at any time, as known at any time. One subcommand a file.

mod application;
mod diff;
mod evaluate;
mod fields;
mod get;
mod list;
mod preview;
mod records;
mod sql;
mod timeline;
mod versions;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use plinth_events::{names::Code, query::KnownAt, time::Moment};

use super::{
    refusal,
    remote::{Remote, Tenant},
};

/// Ask what a metric means at any time, as known at any time. All times are UTC.
#[derive(Args)]
pub(super) struct Metric {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List metrics and how they stand at a time
    List(list::List),
    /// Show the version that governs at a time
    Get(Question),
    /// List all versions and how they stand at a time
    Versions(Question),
    /// List what governs from when to when, deprecations included
    Timeline(Question),
    /// Show what changed from one version to another
    Diff(diff::Diff),
    /// Print the formula as SQL, or in the language of another program
    Sql(sql::Sql),
    /// Show the fields that formulas are checked against
    Fields(fields::Fields),
    /// Declare the fields that formulas are checked against, in place of all that were declared before
    DeclareFields(fields::DeclareFields),
    /// Apply the formula of a metric to records
    ///
    /// Results go to standard output, one a line. The summary goes to standard error, and to standard output if nothing is
    /// printed of single records.
    Evaluate(evaluate::Evaluate),
    /// Compare the formula of a metric with another one, record by record, before it is defined
    Preview(preview::Preview),
}

/// Which metric, when, and what was known of it.
#[derive(Args)]
struct Question {
    /// The metric, such as at_risk_customer
    code: Code,
    #[command(flatten)]
    tenant: Tenant,
    /// The time in question, such as 2026-03-01T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    as_of: Option<Moment>,
    /// Answer as it was known at this time, or at this position of the log [default: now]
    #[arg(long, value_name = "TIME|POSITION")]
    known_at: Option<KnownAt>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Metric {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let (done, json) = match &self.action {
            Action::List(command) => (command.run().await, command.json),
            Action::Get(question) => (get::run(question).await, question.json),
            Action::Versions(question) => (versions::run(question).await, question.json),
            Action::Timeline(question) => (timeline::run(question).await, question.json),
            Action::Diff(command) => (command.run().await, command.json),
            Action::Sql(command) => (command.run().await, false),
            Action::Fields(command) => (command.run().await, command.json),
            Action::DeclareFields(command) => (command.run().await, false),
            Action::Evaluate(command) => (command.run().await, false),
            Action::Preview(command) => (command.run().await, command.json),
        };
        refusal::exit_code(done, json)
    }
}

/// Between which versions one came in, as a cell: empty when nothing stood behind it.
fn between(versions: Option<[Option<u32>; 2]>) -> String {
    let shown = |version: Option<u32>| version.map_or_else(|| "none".to_owned(), |version| version.to_string());
    versions.map(|[before, after]| format!("{} and {}", shown(before), shown(after))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_around_one_that_came_in_between_are_told() {
        assert_eq!(between(Some([Some(1), Some(2)])), "1 and 2");
        assert_eq!(between(Some([None, Some(1)])), "none and 1");
        assert_eq!(between(None), "");
    }
}
