//! `plinth health`: asks a running service whether it is ready, for health checks of containers.

use std::{net::SocketAddr, process::ExitCode};

use clap::Args;

use super::{http_get, output};

/// Ask a running service whether it is ready.
#[derive(Args)]
pub struct Health {
    /// Where the service answers HTTP
    #[arg(long, env = "PLINTH_HTTP_ADDR", default_value = "127.0.0.1:8080")]
    http_addr: SocketAddr,
}

impl Health {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let answer = http_get::get(&self.http_addr.to_string(), "/readyz").await?;
        output::print(answer.body.trim_end())?;
        Ok(if answer.status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
