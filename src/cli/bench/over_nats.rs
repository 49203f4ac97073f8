//! The whole service through NATS request and reply: read tables, relay and dispatcher are on.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use bytes::Bytes;
use hdrhistogram::Histogram;
use plinth_client::{Client, SendOptions};
use plinth_events::{CommandName, TenantId};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};
use uuid::Uuid;

use super::{
    figure::Figures,
    memory::{Peak, resident_mb},
};
use crate::{
    cli::remote,
    config::{NatsConfig, PostgresConfig},
};

/// Callers with one command each.
pub const IN_FLIGHT: usize = 512;
const BATCH_CALLERS: usize = 4;
const BATCH_JOBS: usize = 1_000;

/// Where the service is measured.
pub struct Place {
    pub postgres: PostgresConfig,
    pub nats: NatsConfig,
}

/// A service that is measured, as a process of its own.
pub struct Service {
    child: Child,
    /// Where it answers HTTP, such as `http://127.0.0.1:40123`.
    pub http: String,
}

impl Service {
    pub async fn start(place: &Place) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "--http-addr", "127.0.0.1:0", "--log", "warn"])
            .env("DATABASE_URL", &place.postgres.database_url)
            .env("NATS_URL", &place.nats.nats_url)
            .env("PLINTH_SUBJECT_PREFIX", place.nats.subject_prefix.to_string())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("the service has no output")?;
        let ready = BufReader::new(stdout).lines().next_line().await?;
        let ready = ready.context("the service ended before it was ready")?;
        let http = ready.split([' ', ',']).find(|word| word.starts_with("http://"));
        Ok(Self { child, http: http.context("the service does not say where it answers HTTP")?.to_owned() })
    }

    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    pub async fn kill(mut self) -> std::io::Result<()> {
        self.child.kill().await
    }
}

/// Tells how many commands a second there are with many callers.
pub async fn measure(place: &Place, figures: &Figures, duration: Duration) -> anyhow::Result<f64> {
    let service = Service::start(place).await?;
    let client = Client::new(remote::nats(&place.nats).await?, place.nats.subject_prefix.clone());
    let tenant = TenantId(Uuid::new_v4());
    let register = Bytes::from(json!({ "name": "Benchmark" }).to_string());
    client.send_raw(tenant, CommandName::RegisterTenant, register, &SendOptions::new()).await?;

    if let Some(megabytes) = resident_mb(service.pid()) {
        figures.plain("memory_idle", "MB", megabytes, Some(60.0));
    }
    let alone = load(&client, tenant, 1, duration).await?;
    figures.latency("one_caller_latency", &alone.micros, Some(1.5), None);

    let peak = Peak::watch(service.pid());
    let many = load(&client, tenant, IN_FLIGHT, duration).await?;
    figures.rate("over_nats_512_in_flight", "commands/s", many.per_second, 3.0);
    figures.latency("over_nats_512_in_flight_latency", &many.micros, None, None);
    figures.rate("enqueue_batch_of_1000", "jobs/s", batches(&client, tenant, duration).await?, 8.0);
    figures.plain("memory_under_load", "MB", peak.megabytes(), Some(300.0));
    service.kill().await?;
    Ok(many.per_second)
}

struct Load {
    per_second: f64,
    micros: Histogram<u64>,
}

/// So many callers, each with one command at a time.
async fn load(client: &Client, tenant: TenantId, callers: usize, duration: Duration) -> anyhow::Result<Load> {
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers).map(|_| tokio::spawn(enqueue(client.clone(), tenant, start + duration))).collect();
    let mut micros = Histogram::new(3)?;
    for task in tasks {
        micros.add(task.await??)?;
    }
    Ok(Load { per_second: micros.len() as f64 / start.elapsed().as_secs_f64(), micros })
}

async fn enqueue(client: Client, tenant: TenantId, until: Instant) -> anyhow::Result<Histogram<u64>> {
    let mut micros = Histogram::new(3)?;
    while Instant::now() < until {
        let body = Bytes::from_static(br#"{"type":"benchmark","payload":{"number":1}}"#);
        let sent = Instant::now();
        client.send_raw(tenant, CommandName::EnqueueJob, body, &SendOptions::new()).await?;
        micros.record(u64::try_from(sent.elapsed().as_micros())?)?;
    }
    Ok(micros)
}

/// Jobs per second by batches.
async fn batches(client: &Client, tenant: TenantId, duration: Duration) -> anyhow::Result<f64> {
    let job = json!({ "type": "benchmark", "payload": { "number": 1 } });
    let body = Bytes::from(json!({ "jobs": vec![job; BATCH_JOBS] }).to_string());
    let start = Instant::now();
    let callers: Vec<_> = (0..BATCH_CALLERS)
        .map(|_| tokio::spawn(enqueue_batches(client.clone(), tenant, body.clone(), start + duration)))
        .collect();
    let mut jobs = 0;
    for caller in callers {
        jobs += caller.await??;
    }
    Ok(jobs as f64 / start.elapsed().as_secs_f64())
}

async fn enqueue_batches(client: Client, tenant: TenantId, body: Bytes, until: Instant) -> anyhow::Result<usize> {
    let mut jobs = 0;
    while Instant::now() < until {
        client.send_raw(tenant, CommandName::EnqueueJobs, body.clone(), &SendOptions::new()).await?;
        jobs += BATCH_JOBS;
    }
    Ok(jobs)
}
