//! `plinth job cancel`, `retry`, `reschedule` and `prioritize`: the same for all jobs that a filter matches. Says how many
//! they are and asks before it begins, then shows how far it is.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    process::ExitCode,
    time::Duration,
};

use anyhow::bail;
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use plinth_client::{Client, SendOptions};
use plinth_events::{
    Command, UserId,
    bulk::{BulkAction, BulkCounts, BulkStatus, JobFilter},
    command::bulk::StartBulkAction,
    envelope::Origin,
    names::{JobType, Reason, Snippet},
    query::{
        QueryName,
        bulk::{BulkActionRow, CountJobs, GetBulkAction, JobCount},
        job::JobStatus,
    },
    reply::BulkActionStarted,
    time::Instant,
};

use crate::cli::{
    output,
    remote::{Remote, Tenant},
};

/// How often it is looked at how far the action is.
const POLL: Duration = Duration::from_millis(200);

/// End jobs that wait, or ask those that run to stop.
#[derive(Args)]
pub(super) struct Cancel {
    #[command(flatten)]
    jobs: Jobs,
}

/// Give failed jobs a new set of attempts.
#[derive(Args)]
pub(super) struct Retry {
    #[command(flatten)]
    jobs: Jobs,
}

/// Give jobs that wait another time.
#[derive(Args)]
pub(super) struct Reschedule {
    /// When they may start
    #[arg(value_name = "TIME")]
    run_at: Instant,
    #[command(flatten)]
    jobs: Jobs,
}

/// Give jobs that wait another priority.
#[derive(Args)]
pub(super) struct Prioritize {
    /// From -100 to 100: larger before smaller
    #[arg(value_name = "PRIORITY", allow_hyphen_values = true)]
    priority: i16,
    #[command(flatten)]
    jobs: Jobs,
}

/// Which jobs, by whom, and why.
#[derive(Args)]
struct Jobs {
    #[command(flatten)]
    tenant: Tenant,
    /// Only jobs of this type
    #[arg(long = "type", value_name = "TYPE")]
    job_type: Option<JobType>,
    /// Only jobs in this status [default: failed to retry them, or else pending]
    #[arg(long, value_parser = status())]
    status: Option<JobStatus>,
    /// Only jobs that were enqueued before this time
    #[arg(long, value_name = "TIME")]
    created_before: Option<Instant>,
    /// Only jobs that were enqueued at this time or after it
    #[arg(long, value_name = "TIME")]
    created_after: Option<Instant>,
    /// Only jobs that changed for the last time before this time: failed ones failed then
    #[arg(long, visible_alias = "failed-before", value_name = "TIME")]
    changed_before: Option<Instant>,
    /// Only jobs that changed for the last time at this time or after it
    #[arg(long, visible_alias = "failed-after", value_name = "TIME")]
    changed_after: Option<Instant>,
    /// Only jobs whose last error has this text in it
    #[arg(long, value_name = "TEXT")]
    error_contains: Option<Snippet>,
    /// Why
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    reason: Option<Reason>,
    /// The user who does it
    #[arg(long, env = "PLINTH_ACTOR", value_name = "UUID")]
    actor: Option<UserId>,
    /// Only say how many jobs there are
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Cancel {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        self.jobs.run("cancel", BulkAction::Cancel {}).await
    }
}

impl Retry {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        self.jobs.run("retry", BulkAction::Retry {}).await
    }
}

impl Reschedule {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        self.jobs.run("reschedule", BulkAction::Reschedule { run_at: self.run_at }).await
    }
}

impl Prioritize {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        self.jobs.run("prioritize", BulkAction::Prioritize { priority: self.priority }).await
    }
}

impl Jobs {
    async fn run(self, verb: &str, action: BulkAction) -> anyhow::Result<ExitCode> {
        let client = self.remote.client().await?;
        let filter = self.filter(&action);
        let count = CountJobs { filter: filter.clone() };
        let JobCount { jobs } = client.query(self.tenant.id, QueryName::CountJobs, &count).await?;
        output::print(format_args!("{jobs} jobs match"))?;
        let Some(reason) = self.reason.clone().filter(|_| !self.dry_run && jobs > 0) else {
            return Ok(ExitCode::SUCCESS);
        };
        if !self.yes && !agreed(verb, jobs)? {
            return Ok(ExitCode::FAILURE);
        }
        let start = StartBulkAction { action_id: None, action, filter, reason };
        self.work(&client, start).await
    }

    /// Starts the action and shows how far it is until it is over.
    async fn work(&self, client: &Client, start: StartBulkAction) -> anyhow::Result<ExitCode> {
        let origin = Origin { actor: self.actor, ..Origin::default() };
        let options = SendOptions { origin, ..SendOptions::new() };
        let started: BulkActionStarted =
            client.send_for(self.tenant.id, &Command::StartBulkAction(start), &options).await?;
        let query = GetBulkAction { action_id: started.action_id };
        output::print(format_args!("bulk action {} is started", started.action_id))?;
        let mut shown = BulkCounts::default();
        loop {
            let row: BulkActionRow = client.query(self.tenant.id, QueryName::GetBulkAction, &query).await?;
            if row.counts != shown {
                let BulkCounts { matched, changed, refused } = row.counts;
                output::print(format_args!("{} of {matched}: {changed} changed, {refused} not", changed + refused))?;
                shown = row.counts;
            }
            match row.status {
                BulkStatus::Running => tokio::time::sleep(POLL).await,
                BulkStatus::Finished => return Ok(ExitCode::SUCCESS),
                BulkStatus::Cancelled => bail!("bulk action {} was cancelled", started.action_id),
            }
        }
    }

    fn filter(&self, action: &BulkAction) -> JobFilter {
        let usual = match action {
            BulkAction::Retry {} => JobStatus::Failed,
            _ => JobStatus::Pending,
        };
        JobFilter {
            job_type: self.job_type.clone(),
            status: Some(self.status.unwrap_or(usual)),
            created_before: self.created_before,
            created_after: self.created_after,
            changed_before: self.changed_before,
            changed_after: self.changed_after,
            error_contains: self.error_contains.clone(),
        }
    }
}

/// Asks whoever sits at the terminal.
fn agreed(verb: &str, jobs: u64) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("nobody is there to be asked: say --yes to {verb} {jobs} jobs");
    }
    output::print(format_args!("{verb} them? [y/N]"))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "yes"))
}

fn status() -> impl TypedValueParser<Value = JobStatus> {
    let find = |text: String| JobStatus::ALL.into_iter().find(|status| status.as_str() == text).ok_or("no such status");
    PossibleValuesParser::new(JobStatus::ALL.map(JobStatus::as_str)).try_map(find)
}
