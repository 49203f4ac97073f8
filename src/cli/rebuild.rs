//! `plinth rebuild`: recreates the read tables from the log, online.

use std::{process::ExitCode, time::Instant};

use clap::Args;

use super::output;
use crate::{app, config::PostgresConfig, log::rebuild};

/// Recreate the read tables from the log, online: commands go on meanwhile.
#[derive(Args)]
pub struct Rebuild {
    #[command(flatten)]
    postgres: PostgresConfig,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Rebuild {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let database = app::database(&self.postgres)?;
        let started = Instant::now();
        let rebuilt = rebuild::rebuild(&database, |_| {}).await?;
        let seconds = started.elapsed().as_secs_f64();
        if self.json {
            let line = serde_json::json!({
                "position": rebuilt.position, "eventsUnderLock": rebuilt.under_lock, "seconds": seconds,
            });
            output::print(line)?;
        } else {
            output::print(format_args!(
                "the read tables are rebuilt from {} events in {seconds:.1} s; commands waited for the last {} of them",
                rebuilt.position, rebuilt.under_lock
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
