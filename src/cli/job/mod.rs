//! `plinth job`: what became of a job, and what to do about it. One subcommand a file.

mod bulk;
mod history;
mod logs;
mod stats;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::refusal;

/// Look into jobs, and act on them.
#[derive(Args)]
pub(super) struct Job {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show every event of a job: when, what, by whom
    History(history::History),
    /// Show the lines that workers wrote about a job
    Logs(logs::Logs),
    /// Show how many jobs there are, and how they fared
    Stats(stats::Stats),
    /// End all jobs that a filter matches and that wait, or ask those that run to stop
    Cancel(bulk::Cancel),
    /// Give all failed jobs that a filter matches a new set of attempts
    #[command(visible_alias = "redrive")]
    Retry(bulk::Retry),
    /// Give all jobs that a filter matches and that wait another time
    Reschedule(bulk::Reschedule),
    /// Give all jobs that a filter matches and that wait another priority
    Prioritize(bulk::Prioritize),
}

impl Job {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::History(command) => refusal::exit_code(command.run().await, command.json),
            Action::Logs(command) => refusal::exit_code(command.run().await, command.json),
            Action::Stats(command) => refusal::exit_code(command.run().await, command.json),
            Action::Cancel(command) => refusal::exit_code(command.run().await, false),
            Action::Retry(command) => refusal::exit_code(command.run().await, false),
            Action::Reschedule(command) => refusal::exit_code(command.run().await, false),
            Action::Prioritize(command) => refusal::exit_code(command.run().await, false),
        }
    }
}
