//! `plinth servers -- CMD`: runs a program with a Postgres and a nats-server of its own, such as the tests.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tokio::process::Command;

use crate::embedded::{Nats, Postgres, ThrowawayFolder, Tuning};

/// Run a program with a Postgres and a nats-server of its own, in DATABASE_URL and NATS_URL; both end with it.
#[derive(Args)]
pub struct Servers {
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

impl Servers {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let folder = ThrowawayFolder::new()?;
        let postgres = Postgres::start(&folder.path().join("postgres"), None, Tuning::default()).await?;
        let nats = Nats::start(&folder.path().join("nats"), None).await?;
        let status = Command::new(&self.command[0])
            .args(&self.command[1..])
            .env("DATABASE_URL", postgres.url())
            .env("NATS_URL", nats.url())
            .env("PLINTH_TEST_DATABASE_URL", postgres.url())
            .env("PLINTH_TEST_NATS_URL", nats.url())
            .status()
            .await
            .with_context(|| format!("{} cannot be run", self.command[0]));
        nats.stop().await?;
        postgres.stop().await?;
        let code = status?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
        Ok(ExitCode::from(code))
    }
}
