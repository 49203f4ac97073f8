//! `plinth verify`: replays the log and compares the read tables with it. The exit code says whether they agree.

use std::{io, process::ExitCode};

use clap::Args;
use serde_json::json;

use super::{output, table};
use crate::{
    app,
    config::PostgresConfig,
    log::rebuild::{self, Verified},
};

/// Replay the log and compare every read table with it, at one position.
#[derive(Args)]
pub struct Verify {
    #[command(flatten)]
    postgres: PostgresConfig,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let database = app::database(&self.postgres)?;
        let verified = rebuild::verify(&database, |_| {}).await?;
        if self.json {
            print_json(&verified)?;
        } else {
            print_table(&verified)?;
        }
        Ok(if verified.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print_json(verified: &Verified) -> io::Result<()> {
    let tables = verified.tables.iter().map(|table| {
        json!({
            "table": table.table, "rows": table.live.rows, "rowsReplayed": table.replayed.rows,
            "equal": table.live == table.replayed,
        })
    });
    let line = json!({
        "position": verified.position, "gapless": verified.is_gapless, "clean": verified.is_clean(),
        "tables": tables.collect::<Vec<_>>(),
    });
    output::print(line)
}

fn print_table(verified: &Verified) -> io::Result<()> {
    let rows = verified.tables.iter().map(|table| {
        let verdict = if table.live == table.replayed { "equal" } else { "DIFFERS" };
        vec![table.table.to_owned(), table.live.rows.to_string(), table.replayed.rows.to_string(), verdict.to_owned()]
    });
    table::print(&["table", "rows", "rows replayed", "verdict"], rows);
    let log = if verified.is_gapless { "without gaps" } else { "WITH GAPS" };
    output::print(format_args!("position {}: the log is {log}", verified.position))?;
    if verified.is_clean() {
        return Ok(());
    }
    output::print("the read tables are not what the log says: see who writes to them, then run `plinth rebuild`")
}
