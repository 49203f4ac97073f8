//! The writer alone: callers in the same process, no broker. Read tables and idempotency are on.

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use plinth_events::{CommandName, TenantId};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::figure::Figures;
use crate::{
    command::{Executor, Submitter, answer::Verdict, parse},
    log::Database,
    traces::Traces,
};

const CALLERS: usize = 256;
const CACHE: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

pub async fn measure(database: &Database, figures: &Figures, duration: Duration) -> anyhow::Result<()> {
    let (executor, submitter) = Executor::new(database.clone(), CACHE, Traces::default());
    let stop = CancellationToken::new();
    let writer = executor.spawn(stop.clone())?;
    let tenant = TenantId(Uuid::new_v4());
    submit(&submitter, tenant, CommandName::RegisterTenant, json!({ "name": "Benchmark" })).await?;

    let start = Instant::now();
    let callers: Vec<_> =
        (0..CALLERS).map(|_| tokio::spawn(enqueue(submitter.clone(), tenant, start + duration))).collect();
    let mut commands = 0;
    for caller in callers {
        commands += caller.await??;
    }
    figures.rate("in_process", "commands/s", commands as f64 / start.elapsed().as_secs_f64(), 6.0);
    stop.cancel();
    Ok(writer.await?)
}

async fn enqueue(submitter: Submitter, tenant: TenantId, until: Instant) -> anyhow::Result<u64> {
    let mut commands = 0;
    while Instant::now() < until {
        let body = json!({ "type": "benchmark", "payload": { "number": commands } });
        submit(&submitter, tenant, CommandName::EnqueueJob, body).await?;
        commands += 1;
    }
    Ok(commands)
}

async fn submit(submitter: &Submitter, tenant: TenantId, name: CommandName, body: Value) -> anyhow::Result<()> {
    let body = body.to_string();
    let envelope = parse::envelope(tenant, name, parse::Heading::default(), body.as_bytes(), Uuid::now_v7)
        .with_context(|| format!("{} is not valid", name.as_str()))?;
    match submitter.submit(envelope).await {
        Verdict::Accepted(_) => Ok(()),
        Verdict::Refused(refusal) => Err(refusal.into()),
        Verdict::Failed(failure) => bail!("{} failed: {}", name.as_str(), failure.cause),
    }
}
