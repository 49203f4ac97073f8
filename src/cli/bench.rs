//! `plinth bench`: what this machine does, one JSON line per figure.
//!
//! Load generator, service, Postgres and nats-server share the machine. Figures to compare belong to one run.

mod audit;
mod evaluate;
mod figure;
mod http;
mod in_process;
mod jobs;
mod memory;
mod mirror;
mod over_nats;
mod recovery;

use std::{
    process::{ExitCode, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use tokio::process::Command;

use self::figure::Figures;
use crate::{
    app,
    config::{NatsConfig, PostgresConfig},
};

/// Measure, one JSON line per figure. Fills the database and the streams: give it servers of its own.
#[derive(Args)]
pub struct Bench {
    #[command(flatten)]
    postgres: PostgresConfig,
    #[command(flatten)]
    nats: NatsConfig,
    /// Seconds per figure
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Only the whole life of jobs
    #[arg(long)]
    jobs_only: bool,
    /// Jobs that wait for a later time while it is measured how late others start; 0: leave that out
    #[arg(long, default_value_t = 1_000_000)]
    delayed: usize,
    /// Jobs that ended before, in the table, while it is measured how fast others live; 0: leave that out
    #[arg(long, default_value_t = 10_000_000)]
    finished: usize,
    /// Jobs that ended before, in the table, while it is measured how long pages take; 0: leave that out
    #[arg(long, default_value_t = 1_000_000)]
    pages: usize,
    /// Only commands over NATS and HTTP, reads and pages
    #[arg(long, conflicts_with = "jobs_only")]
    http_only: bool,
    /// Program that measures the stock libraries and prints a figure of its own: the unit of the ratios
    #[arg(long, value_name = "CMD")]
    stock: Option<String>,
}

impl Bench {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let duration = Duration::from_secs(self.seconds);
        let unit = match &self.stock {
            Some(program) => Some(stock(program).await?),
            None => None,
        };
        let figures = Figures::new(unit);
        let database = app::database(&self.postgres)?;
        app::migrate(&self.postgres).await?;
        let place = over_nats::Place { postgres: self.postgres, nats: self.nats };
        let amounts = jobs::Amounts { duration, delayed: self.delayed, finished: self.finished };
        if self.jobs_only {
            jobs::measure(&place, &figures, amounts).await?;
            return Ok(ExitCode::SUCCESS);
        }
        // first, while nothing is left over that the service would carry out meanwhile
        let over_nats = over_nats::measure(&place, &figures, duration).await?;
        http::measure(&place, &figures, duration, over_nats, self.pages).await?;
        if self.http_only {
            return Ok(ExitCode::SUCCESS);
        }
        jobs::measure(&place, &figures, amounts).await?;
        in_process::measure(&database, &figures, duration).await?;
        recovery::measure(&place, &figures).await?;
        audit::measure(&place, &figures).await?;
        evaluate::measure(&figures, duration)?;
        // last, because the stream is whole and nothing else runs
        mirror::measure(&place, &figures).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Runs the program of the stock libraries, passes its figure on, and returns it.
async fn stock(program: &str) -> anyhow::Result<f64> {
    let output = Command::new("sh").args(["-c", program]).stderr(Stdio::inherit()).output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rfind(|line| line.starts_with('{'));
    let line = line.with_context(|| format!("{program} printed no figure ({})", output.status))?;
    println!("{line}");
    let figure: serde_json::Value = serde_json::from_str(line)?;
    figure["value"].as_f64().with_context(|| format!("{program} printed a figure without a value"))
}
