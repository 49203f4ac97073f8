//! `plinth health`: asks a running service whether it is ready, for health checks of containers.

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use clap::Args;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Longest wait for the answer.
const LIMIT: Duration = Duration::from_secs(3);
/// Longest answer that is looked at, in bytes.
const ANSWER_BYTES: u64 = 4_096;

/// Ask a running service whether it is ready.
#[derive(Args)]
pub struct Health {
    /// Where the service answers HTTP
    #[arg(long, env = "PLINTH_HTTP_ADDR", default_value = "127.0.0.1:8080")]
    http_addr: SocketAddr,
}

impl Health {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let answer = tokio::time::timeout(LIMIT, ask(self.http_addr)).await.context("no answer in time")??;
        let Some((head, body)) = answer.split_once("\r\n\r\n") else { bail!("the answer is not HTTP") };
        print!("{body}");
        let is_ready = head.split_whitespace().nth(1) == Some("200");
        Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

async fn ask(address: SocketAddr) -> anyhow::Result<String> {
    let mut stream =
        TcpStream::connect(address).await.with_context(|| format!("nothing answers on http://{address}"))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES).read_to_string(&mut answer).await?;
    Ok(answer)
}
