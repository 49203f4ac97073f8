//! `plinth audit consistency`: that the log only grew between two checkpoints.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Key, read};
use crate::{
    app,
    audit::{PublicKey, checkpoint::TreeHead, consistency::Consistency as Proof},
    cli::output,
    config::PostgresConfig,
    log::{checkpoint, tree},
};

#[derive(Args)]
pub struct Consistency {
    /// The older checkpoint: a file that has it, or an auditor's file
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Check the proof in this file, rather than make one that leads to the last checkpoint
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
    /// Postgres, to make a proof, as postgres://user:password@host:port/database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl Consistency {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let key = self.key.read()?;
        let old = TreeHead::open(&checkpoint_in(&read(&self.from)?)?, &key)
            .with_context(|| format!("{} cannot be used", self.from.display()))?;
        match &self.check {
            Some(path) => check(&old, &read(path)?, &key),
            None => self.make(&old, &key).await,
        }
    }

    async fn make(&self, old: &TreeHead, key: &PublicKey) -> anyhow::Result<ExitCode> {
        let Some(database_url) = self.database_url.clone() else { bail!("to make a proof takes --database-url") };
        let database = app::database(&PostgresConfig { database_url })?;
        let latest = checkpoint::latest(database.pool()).await?.context("no checkpoint was signed yet")?;
        let size = latest.size.cast_unsigned();
        if size < old.size {
            bail!("the last checkpoint has {size} events, fewer than the {} of the older one", old.size);
        }
        let hashes = tree::consistency(database.pool(), old.size, size).await?;
        let proof = Proof { old_size: old.size, hashes, note: latest.note };
        proof.check(old, key)?;
        output::print(proof.to_text().trim_end())?;
        Ok(ExitCode::SUCCESS)
    }
}

fn check(old: &TreeHead, text: &str, key: &PublicKey) -> anyhow::Result<ExitCode> {
    let new = Proof::parse(text, old.size)?.check(old, key)?;
    output::print(format_args!("TRUE: the log of {} events begins with that of {} events", new.size, old.size))?;
    Ok(ExitCode::SUCCESS)
}

/// The checkpoint in a text: the text itself, what a proof leads to, or what an auditor's file says in its first line.
fn checkpoint_in(text: &str) -> anyhow::Result<String> {
    use crate::audit::file::Line;
    if text.starts_with('{') {
        let first = text.lines().next().unwrap_or_default();
        return match serde_json::from_str(first) {
            Ok(Line::Header(header)) => Ok(header.checkpoint),
            _ => bail!("the first line is not that of an auditor's file"),
        };
    }
    match text.strip_prefix("old ").and_then(|proof| proof.split_once("\n\n")) {
        Some((_, note)) => Ok(note.to_owned()),
        None => Ok(text.to_owned()),
    }
}
