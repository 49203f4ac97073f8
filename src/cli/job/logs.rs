//! `plinth job logs`: what workers wrote about a job while they ran it.

use clap::Args;
use plinth_client::{Client, SendError};
use plinth_events::{
    JobId,
    job_log::{GetJobLogs, JobLogLine, JobLogPage},
    query::QueryName,
};

use crate::cli::{
    output::{self, printable},
    remote::{Remote, Tenant},
};

/// Show the lines that workers wrote about a job. All times are UTC.
#[derive(Args)]
pub(super) struct Logs {
    /// The job, by its UUID
    #[arg(value_name = "ID")]
    job: JobId,
    #[command(flatten)]
    tenant: Tenant,
    /// Only lines about attempts of this number
    #[arg(long, value_name = "NUMBER")]
    attempt: Option<u32>,
    /// Print JSON, one line a line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Logs {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let lines = self.lines(&self.remote.client().await?).await?;
        if self.json {
            return output::print_json_lines(&lines);
        }
        for line in &lines {
            output::print(shown(line))?;
        }
        Ok(())
    }

    async fn lines(&self, client: &Client) -> Result<Vec<JobLogLine>, SendError> {
        let mut lines = Vec::new();
        let mut after = None;
        loop {
            let body = GetJobLogs { job_id: self.job, attempt: self.attempt, after };
            let page: JobLogPage = client.query(self.tenant.id, QueryName::GetJobLogs, &body).await?;
            lines.extend(page.lines);
            after = page.next;
            if after.is_none() {
                return Ok(lines);
            }
        }
    }
}

fn shown(line: &JobLogLine) -> String {
    let time = line.at.utc().format("%Y-%m-%d %H:%M:%S%.3f");
    let JobLogLine { attempt, level, message, .. } = line;
    printable(&format!("{time}  attempt {attempt}  {:<5}  {message}", level.as_str()))
}
