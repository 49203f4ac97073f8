//! What listeners to the events of a tenant cost the service, all of them told the same.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use plinth_events::CommandName;
use reqwest::{Method, Response, header::ACCEPT};
use serde_json::json;

use super::Ground;
use crate::cli::bench::{figure::Figures, memory::resident_mb};

const LISTENERS: usize = 1_000;
/// How many are opened, or read, at a time.
const AT_A_TIME: usize = 64;
/// Jobs that everybody hears of before memory is looked at.
const JOBS: usize = 100;
/// Longest wait for all that one listener is told.
const LIMIT: Duration = Duration::from_secs(30);

/// In a service of this process id.
pub async fn measure(ground: &Ground, figures: &Figures, service: u32) -> anyhow::Result<()> {
    let Some(before) = resident_mb(service) else { return Ok(()) };
    let open = stream::iter(0..LISTENERS).map(|_| listen(ground)).buffer_unordered(AT_A_TIME);
    let mut listeners: Vec<Response> = open.try_collect().await?;
    let job = json!({ "type": "benchmark_heard", "payload": { "number": 1 } });
    ground.send(CommandName::EnqueueJobs, json!({ "jobs": vec![job; JOBS] })).await?;
    stream::iter(&mut listeners).map(anyhow::Ok).try_for_each_concurrent(AT_A_TIME, hear_all).await?;
    let after = resident_mb(service).context("the service is gone")?;
    figures.plain("sse_listeners_memory", "MB", after - before, Some(100.0));
    Ok(())
}

async fn listen(ground: &Ground) -> anyhow::Result<Response> {
    let response = ground.request(Method::GET, "/api/events").header(ACCEPT, "text/event-stream").send().await?;
    ensure!(response.status().is_success(), "a listener was answered {}", response.status());
    Ok(response)
}

/// Reads until the last job was heard of.
async fn hear_all(listener: &mut Response) -> anyhow::Result<()> {
    let mut heard = 0;
    while heard < JOBS {
        let chunk = tokio::time::timeout(LIMIT, listener.chunk()).await??.context("a stream has ended")?;
        heard += chunk.windows(4).filter(|window| *window == b"id: ").count();
    }
    Ok(())
}
