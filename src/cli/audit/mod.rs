//! `plinth audit`: proof of what the log holds, for those who do not trust its owner.

mod consistency;
mod export;
mod keygen;
mod verify;

use std::{fs, path::Path, process::ExitCode};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::audit::PublicKey;

/// Prove what the log holds, and check such proofs
#[derive(Args)]
pub struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a key for the notary, in a new file, and its public half beside it
    Keygen(keygen::Keygen),
    /// Write the events of a tenant into a file that proves itself
    Export(export::Export),
    /// Check such a file, with nothing but the notary's public key
    Verify(verify::Verify),
    /// Prove that the log only grew between two checkpoints, or check such a proof
    Consistency(consistency::Consistency),
}

impl Audit {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Keygen(command) => command.run(),
            Action::Export(command) => command.run().await,
            Action::Verify(command) => command.run(),
            Action::Consistency(command) => command.run().await,
        }
    }
}

/// The notary's public key.
#[derive(Args)]
struct Key {
    /// The notary's public key, or the file that has it
    #[arg(long, value_name = "KEY|FILE", env = "PLINTH_NOTARY_PUBLIC_KEY")]
    key: String,
}

impl Key {
    fn read(&self) -> anyhow::Result<PublicKey> {
        if let Ok(key) = self.key.parse() {
            return Ok(key);
        }
        let text = read(Path::new(&self.key)).context("--key is neither a public key nor a file that has one")?;
        text.trim().parse().with_context(|| format!("{} cannot be used", self.key))
    }
}

/// The text of a file.
fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
