//! `plinth doctor`: looks at servers, settings and streams. The exit code says whether all is well.

mod checks;

use std::{io, process::ExitCode};

use clap::Args;
use serde_json::json;

use self::checks::{Check, Verdict};
use super::{failure, output, remote, table};
use crate::{
    app,
    config::{NatsConfig, PostgresConfig},
};

/// Check server versions, JetStream, migrations, streams and lag.
#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    postgres: PostgresConfig,
    #[command(flatten)]
    nats: NatsConfig,
    /// nats-server's monitoring address, such as http://127.0.0.1:8222, to see how it syncs
    #[arg(long, env = "NATS_MONITOR_URL")]
    nats_monitor: Option<String>,
    /// Replicas that each stream should have
    #[arg(long, env = "PLINTH_STREAM_REPLICAS", default_value_t = 1)]
    stream_replicas: u8,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let database = app::database(&self.postgres)?;
        let mut found = checks::postgres(&database).await;
        match remote::nats(&self.nats).await {
            Ok(nats) => {
                found.extend(checks::nats(&nats, self.nats_monitor.as_deref()).await);
                let streams = app::streams(&nats, &self.nats, usize::from(self.stream_replicas));
                found.extend(checks::streams(&database, &streams).await);
            }
            Err(error) => found.push(Check::bad("nats", failure::told(&error))),
        }
        if self.json {
            print_json(&found)?;
        } else {
            print_table(&found);
        }
        let is_well = found.iter().all(|check| check.verdict != Verdict::Bad);
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print_json(found: &[Check]) -> io::Result<()> {
    for check in found {
        let line = json!({ "check": check.name, "verdict": check.verdict.as_str(), "detail": check.detail });
        output::print(line)?;
    }
    Ok(())
}

fn print_table(found: &[Check]) {
    let rows =
        found.iter().map(|check| vec![check.verdict.as_str().to_owned(), check.name.to_owned(), check.detail.clone()]);
    table::print(&["", "check", "found"], rows);
}
