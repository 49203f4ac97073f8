//! Jobs from being enqueued to being completed, as fast as it goes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::bail;
use bytes::Bytes;
use plinth_client::{Client, Handlers, Job, JobFailure, SendOptions, Worker};
use plinth_events::{CommandName, TenantId};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Ground, JOB_TYPE};

const BATCH_CALLERS: usize = 2;
const BATCH_JOBS: usize = 500;
const SINGLE_CALLERS: usize = 16;
/// Jobs that are enqueued and not done, at most, so that the end does not wait for a backlog.
const AHEAD: usize = 20_000;
/// Jobs at a time in the worker.
const CONCURRENCY: usize = 1_000;
/// Longest wait for the last jobs.
const END_LIMIT: Duration = Duration::from_secs(60);

/// Lets jobs live.
#[derive(Clone, Copy)]
pub struct Life<'a> {
    pub ground: &'a Ground,
    pub duration: Duration,
}

/// How many jobs lived, and how fast.
pub struct Lived {
    pub jobs: usize,
    pub per_second: f64,
}

/// Counts of one measurement.
#[derive(Default)]
struct Counts {
    enqueued: AtomicUsize,
    done: AtomicUsize,
}

impl Life<'_> {
    /// Enqueued by batches.
    pub async fn by_batches(self, tenants: &[TenantId]) -> anyhow::Result<Lived> {
        let job = json!({ "type": JOB_TYPE, "payload": { "number": 1 } });
        let body = json!({ "jobs": vec![job; BATCH_JOBS] });
        self.measure(tenants, CommandName::EnqueueJobs, body.to_string().into(), BATCH_JOBS, BATCH_CALLERS).await
    }

    /// Enqueued one by one.
    pub async fn one_by_one(self, tenants: &[TenantId]) -> anyhow::Result<Lived> {
        let body = json!({ "type": JOB_TYPE, "payload": { "number": 1 } });
        self.measure(tenants, CommandName::EnqueueJob, body.to_string().into(), 1, SINGLE_CALLERS).await
    }

    /// How fast jobs live that are enqueued by batches, in the unit of another measurement.
    pub async fn ratio(self, tenants: &[TenantId], unit: &Lived) -> anyhow::Result<f64> {
        Ok(self.by_batches(tenants).await?.per_second / unit.per_second)
    }

    async fn measure(
        self,
        tenants: &[TenantId],
        command: CommandName,
        body: Bytes,
        jobs: usize,
        callers: usize,
    ) -> anyhow::Result<Lived> {
        let counts = Arc::new(Counts::default());
        let stop = CancellationToken::new();
        let working = tokio::spawn(worker(&self.ground.client, &counts)?.run(stop.clone()));
        let start = Instant::now();
        let callers = (0..callers).map(|caller| {
            let caller = Caller {
                client: self.ground.client.clone(),
                tenants: tenants.iter().copied().cycle().skip(caller).take(tenants.len()).collect(),
                command,
                body: body.clone(),
                jobs,
                counts: counts.clone(),
            };
            tokio::spawn(caller.enqueue(start + self.duration))
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await??;
        }
        let jobs = counts.enqueued.load(Ordering::Relaxed);
        let enqueued = Instant::now();
        while counts.done.load(Ordering::Relaxed) < jobs {
            if enqueued.elapsed() > END_LIMIT {
                bail!("{} of {jobs} jobs were done in time", counts.done.load(Ordering::Relaxed));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // reported and recorded by then, too
        stop.cancel();
        working.await?;
        Ok(Lived { jobs, per_second: jobs as f64 / start.elapsed().as_secs_f64() })
    }
}

fn worker(client: &Client, counts: &Arc<Counts>) -> anyhow::Result<Worker> {
    let counts = counts.clone();
    let handlers = Handlers::new().handle(JOB_TYPE.parse()?, move |_: Job| {
        counts.done.fetch_add(1, Ordering::Relaxed);
        async { Ok::<_, JobFailure>(()) }
    });
    Ok(Worker::new(client, handlers).concurrency(CONCURRENCY))
}

struct Caller {
    client: Client,
    tenants: Vec<TenantId>,
    command: CommandName,
    body: Bytes,
    jobs: usize,
    counts: Arc<Counts>,
}

impl Caller {
    /// For each tenant in turn.
    async fn enqueue(self, until: Instant) -> anyhow::Result<()> {
        let Counts { enqueued, done } = &*self.counts;
        for tenant in self.tenants.iter().cycle() {
            while enqueued.load(Ordering::Relaxed) > done.load(Ordering::Relaxed) + AHEAD {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            if Instant::now() >= until {
                return Ok(());
            }
            self.client.send_raw(*tenant, self.command, self.body.clone(), &SendOptions::new()).await?;
            enqueued.fetch_add(self.jobs, Ordering::Relaxed);
        }
        Ok(())
    }
}
