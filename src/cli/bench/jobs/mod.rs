//! The whole life of jobs: enqueued, started and completed by the worker of the SDK, every event kept.

mod delayed;
mod latency;
mod life;

use std::time::Duration;

use bytes::Bytes;
use plinth_client::{Client, SendOptions};
use plinth_events::{CommandName, TenantId};
use serde_json::{Value, json};
use sqlx::Connection;
use uuid::Uuid;

use self::life::Life;
use super::{
    figure::Figures,
    over_nats::{Place, Service},
};
use crate::{
    app,
    cli::remote,
    log::{Database, benchmark},
};

/// The jobs of the figures.
const JOB_TYPE: &str = "benchmark_life";
/// Tenants of the figure with fairness.
const TENANTS: usize = 20;

/// How much there is to measure with.
#[derive(Debug, Clone, Copy)]
pub struct Amounts {
    /// How long a figure takes.
    pub duration: Duration,
    /// Jobs that wait for a later time.
    pub delayed: usize,
    /// Jobs that ended before.
    pub finished: usize,
}

/// Where jobs are measured.
struct Ground {
    client: Client,
    database: Database,
}

pub async fn measure(place: &Place, figures: &Figures, amounts: Amounts) -> anyhow::Result<()> {
    let service = Service::start(place).await?;
    let client = Client::new(remote::nats(&place.nats).await?, place.nats.subject_prefix.clone());
    let ground = Ground { client, database: app::database(&place.postgres)? };
    latency::measure(&ground, figures, amounts.duration).await?;

    let alone = [ground.tenant().await?];
    let life = Life { ground: &ground, duration: amounts.duration };
    let before = benchmark::wal_bytes(&ground.database).await?;
    let plain = life.by_batches(&alone).await?;
    let wal = benchmark::wal_bytes(&ground.database).await? - before;
    figures.plain("job_life_by_batches", "jobs/s", plain.per_second, Some(8_000.0));
    figures.plain("job_life_wal", "bytes/job", wal as f64 / plain.jobs as f64, None);
    figures.plain("job_life_enqueued_one_by_one", "jobs/s", life.one_by_one(&alone).await?.per_second, Some(4_000.0));

    let held_open = benchmark::hold_transaction_open(&ground.database).await?;
    // long enough for dead rows to pile up
    let crowded = Life { duration: amounts.duration * 3, ..life };
    figures.plain("job_life_beside_open_transaction", "ratio", crowded.ratio(&alone, &plain).await?, Some(0.8));
    held_open.close().await?;

    let tenants = ground.limited_tenants().await?;
    figures.plain("job_life_with_limits_and_fairness", "ratio", life.ratio(&tenants, &plain).await?, Some(0.8));
    ground.configure(json!({})).await?;

    if amounts.finished > 0 {
        let jobs = i64::try_from(amounts.finished)?;
        benchmark::add_finished_jobs(&ground.database, alone[0], &JOB_TYPE.parse()?, jobs).await?;
        figures.plain("job_life_beside_finished_jobs", "ratio", life.ratio(&alone, &plain).await?, Some(0.8));
    }
    if amounts.delayed > 0 {
        delayed::measure(&ground, figures, amounts).await?;
    }
    Ok(service.kill().await?)
}

impl Ground {
    async fn tenant(&self) -> anyhow::Result<TenantId> {
        let tenant = TenantId(Uuid::new_v4());
        self.send(tenant, CommandName::RegisterTenant, json!({ "name": "Benchmark" })).await?;
        Ok(tenant)
    }

    /// Tenants of different weights, in queues with limits of every kind that none of them reaches.
    async fn limited_tenants(&self) -> anyhow::Result<Vec<TenantId>> {
        let rate = json!({ "jobs": 1_000_000, "seconds": 1 });
        self.configure(json!({ "concurrency": 1_000_000, "rate": rate })).await?;
        let mut tenants = Vec::new();
        for number in 1..=TENANTS {
            let tenant = self.tenant().await?;
            let settings = json!({ "concurrency": 1_000_000, "rate": rate, "weight": number });
            self.send(tenant, CommandName::ConfigureQueue, json!({ "settings": settings })).await?;
            tenants.push(tenant);
        }
        Ok(tenants)
    }

    async fn configure(&self, settings: Value) -> anyhow::Result<()> {
        let body = json!({ "type": JOB_TYPE, "settings": settings });
        self.send(TenantId::INSTALLATION, CommandName::ConfigureQueue, body).await
    }

    async fn send(&self, tenant: TenantId, command: CommandName, body: Value) -> anyhow::Result<()> {
        self.client.send_raw(tenant, command, Bytes::from(body.to_string()), &SendOptions::new()).await?;
        Ok(())
    }
}
