//! `plinth audit keygen`: a key for the notary.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Args;

use crate::{audit::key, cli::output};

#[derive(Args)]
pub struct Keygen {
    /// What the log is called: where its tiles are, without the scheme, such as plinth.example.com/tlog
    #[arg(long)]
    origin: String,
    /// The new file for the key; the public half goes into a file beside it, with .pub behind its name
    #[arg(long, value_name = "FILE", env = "PLINTH_NOTARY_KEY_FILE")]
    out: PathBuf,
}

impl Keygen {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let public = key::generate(&self.origin, &self.out)
            .with_context(|| format!("the key cannot be kept in {}", self.out.display()))?;
        output::print(public)?;
        Ok(ExitCode::SUCCESS)
    }
}
