//! `plinth mirror verify`: compares a mirror with its source. The exit code says whether they agree.

use std::{io, process::ExitCode};

use clap::Args;
use serde_json::{Value, json};

use super::Target;
use crate::{
    app,
    cli::{output, table},
    config::PostgresConfig,
    mirror::{self, TableComparison, Verified},
};

/// Compare the five tables of a mirror with those of its source, at one position.
#[derive(Args)]
pub(super) struct Verify {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    source: PostgresConfig,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let verified = mirror::verify(&app::database(&self.source)?, &self.target.place()?).await?;
        if self.json {
            output::print(as_json(&verified))?;
        } else {
            print_table(&verified)?;
        }
        Ok(if verified.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn as_json(verified: &Verified) -> Value {
    let differing = |table: &TableComparison| -> Vec<Value> {
        let rows = table.differing.iter();
        rows.map(|(id, difference)| json!({ "id": id, "difference": difference.to_string() })).collect()
    };
    let tables = verified.tables.iter().map(|table| {
        json!({
            "table": table.source.name, "rows": table.source.rows, "rowsMirrored": table.target.rows,
            "equal": table.is_equal(), "differing": differing(table),
        })
    });
    json!({
        "position": verified.position, "lagEvents": verified.lag_events, "tenant": verified.mirrored.tenant,
        "clean": verified.is_clean(), "tables": tables.collect::<Vec<_>>(),
    })
}

fn print_table(verified: &Verified) -> io::Result<()> {
    let rows = verified.tables.iter().map(|table| {
        let verdict = if table.is_equal() { "equal" } else { "DIFFERS" };
        let (source, target) = (&table.source, &table.target);
        vec![source.name.clone(), source.rows.to_string(), target.rows.to_string(), verdict.to_owned()]
    });
    table::print(&["table", "rows", "rows mirrored", "verdict"], rows);
    for table in &verified.tables {
        for (id, difference) in &table.differing {
            output::print(format_args!("{} {id} is {difference}", table.source.name))?;
        }
    }
    let whose = verified.mirrored.tenant.map_or_else(|| "all tenants".to_owned(), |tenant| format!("tenant {tenant}"));
    let Verified { position, lag_events, .. } = verified;
    output::print(format_args!("position {position}, {whose}; the mirror was {lag_events} events behind"))?;
    if verified.is_clean() {
        return Ok(());
    }
    output::print("the mirror is not what its source is: see who writes to it, then begin again with a snapshot")
}
