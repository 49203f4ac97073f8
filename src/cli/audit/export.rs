//! `plinth audit export`: an auditor's file.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::Args;
use plinth_events::{names::Code, time::Moment};

use crate::{
    app,
    cli::{output, remote::Tenant},
    config::{NotaryConfig, PostgresConfig},
    log::{Database, raw},
    notary::{Wanted, export},
};

#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    postgres: PostgresConfig,
    #[command(flatten)]
    notary: NotaryConfig,
    #[command(flatten)]
    tenant: Tenant,
    /// Only the events of this metric
    #[arg(long)]
    code: Option<Code>,
    /// Up to this time, or up to this position of the log; by default up to the last checkpoint
    #[arg(long, value_name = "TIME|POSITION")]
    as_known_at: Option<String>,
    /// The file; by default standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Export {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let Some(key) = app::notary_key(&self.notary)? else {
            bail!("the file has to be signed: say where the notary's key is (--notary-key-file)");
        };
        let database = app::database(&self.postgres)?;
        let as_known_at = match &self.as_known_at {
            Some(text) => Some(position(&database, text).await?),
            None => None,
        };
        let wanted = Wanted { tenant: self.tenant.id, code: self.code, as_known_at };
        let Some(path) = self.out else {
            export(database.pool(), &key, &wanted, BufWriter::new(io::stdout())).await?;
            return Ok(ExitCode::SUCCESS);
        };
        let file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        let mut file = BufWriter::new(file);
        let done = export(database.pool(), &key, &wanted, &mut file).await?;
        file.flush()?;
        output::print(format_args!(
            "{} events of tenant {} as known at position {}, proved against a checkpoint of {} events",
            done.events, wanted.tenant, done.as_known_at, done.size
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A place in the log, said as such or as a time.
async fn position(database: &Database, text: &str) -> anyhow::Result<u64> {
    if let Ok(position) = text.parse() {
        return Ok(position);
    }
    let time: Moment =
        text.parse().with_context(|| format!("--as-known-at {text} is neither a time nor a position"))?;
    Ok(raw::position_at(database.pool(), time.utc()).await?)
}
