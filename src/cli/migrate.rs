//! `plinth migrate`: brings the database to the schema of this version.

use std::process::ExitCode;

use clap::Args;

use super::output;
use crate::{app, config::PostgresConfig};

/// Bring the database to the schema of this version.
#[derive(Args)]
pub struct Migrate {
    #[command(flatten)]
    postgres: PostgresConfig,
}

impl Migrate {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let applied = app::migrate(&self.postgres).await?;
        output::print(format_args!("{applied} migrations are applied"))?;
        Ok(ExitCode::SUCCESS)
    }
}
