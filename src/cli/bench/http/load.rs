//! The same request from many connections, each with one at a time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use reqwest::{Client, Request};

/// What came of it.
pub struct Load {
    pub per_second: f64,
    pub micros: Histogram<u64>,
}

impl Load {
    pub async fn of(
        client: &Client,
        request: &Request,
        connections: usize,
        duration: Duration,
    ) -> anyhow::Result<Self> {
        let start = Instant::now();
        let mut tasks = Vec::new();
        for _ in 0..connections {
            let request = request.try_clone().context("the body of the request is a stream")?;
            tasks.push(tokio::spawn(repeat(client.clone(), request, start + duration)));
        }
        let mut micros = Histogram::new(3)?;
        for task in tasks {
            micros.add(task.await??)?;
        }
        Ok(Self { per_second: micros.len() as f64 / start.elapsed().as_secs_f64(), micros })
    }
}

async fn repeat(client: Client, request: Request, until: Instant) -> anyhow::Result<Histogram<u64>> {
    let mut micros = Histogram::new(3)?;
    while Instant::now() < until {
        let request = request.try_clone().context("the body of the request is a stream")?;
        micros.record(time(&client, request).await?)?;
    }
    Ok(micros)
}

/// Microseconds from a request to the end of its answer.
pub async fn time(client: &Client, request: Request) -> anyhow::Result<u64> {
    let (path, sent) = (request.url().path().to_owned(), Instant::now());
    let response = client.execute(request).await?;
    let status = response.status();
    response.bytes().await?;
    ensure!(status.is_success(), "{path} answered {status}");
    Ok(u64::try_from(sent.elapsed().as_micros())?)
}
