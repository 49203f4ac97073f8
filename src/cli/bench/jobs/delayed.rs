//! Many jobs that wait for a later time, some of which become due every second: how late they start.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hdrhistogram::Histogram;
use plinth_client::{Handlers, Job, JobFailure, Worker};
use plinth_events::CommandName;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Amounts, Ground};
use crate::cli::bench::figure::Figures;

const JOB_TYPE: &str = "benchmark_delayed";
const BATCH_JOBS: usize = 1_000;
/// How many become due in a second.
const DUE_PER_SECOND: usize = 1_000;
/// The time until the first one is due, for the worker to be there.
const LEAD: TimeDelta = TimeDelta::seconds(5);
/// The longest wait for a job to start.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn measure(ground: &Ground, figures: &Figures, amounts: Amounts) -> anyhow::Result<()> {
    let tenant = ground.tenant().await?;
    let tomorrow = Utc::now() + TimeDelta::days(1);
    for _ in 0..amounts.delayed.div_ceil(BATCH_JOBS) {
        let jobs: Vec<Value> = (0..BATCH_JOBS).map(|_| job(tomorrow)).collect();
        ground.send(tenant, CommandName::EnqueueJobs, json!({ "jobs": jobs })).await?;
    }
    let (started, mut starts) = mpsc::unbounded_channel();
    let handlers = Handlers::new().handle(JOB_TYPE.parse()?, move |job: Job| {
        let due: Result<DateTime<Utc>, _> = job.parse();
        let told = due.map(|due| started.send(Utc::now() - due));
        async move { told?.map_err(|_| JobFailure::new("nobody measures any more")) }
    });
    let stop = CancellationToken::new();
    let working = tokio::spawn(Worker::new(&ground.client, handlers).concurrency(200).run(stop.clone()));
    // the first job of a type waits until its worker has noticed the consumer that was made for it
    ground.send(tenant, CommandName::EnqueueJobs, json!({ "jobs": [job(Utc::now())] })).await?;
    tokio::time::timeout(PATIENCE, starts.recv()).await?;
    let seconds = usize::try_from(amounts.duration.as_secs())?;
    let first = Utc::now() + LEAD;
    for second in 0..seconds {
        let due = |number: usize| first + TimeDelta::milliseconds((second * 1_000 + number) as i64);
        let jobs: Vec<Value> = (0..DUE_PER_SECOND).map(|number| job(due(number))).collect();
        ground.send(tenant, CommandName::EnqueueJobs, json!({ "jobs": jobs })).await?;
    }
    let mut micros = Histogram::<u64>::new(3)?;
    for _ in 0..seconds * DUE_PER_SECOND {
        let Some(late) = tokio::time::timeout(PATIENCE, starts.recv()).await? else { break };
        micros.record(u64::try_from(late.num_microseconds().unwrap_or(i64::MAX).max(0))?)?;
    }
    let figure = format!("job_lateness_beside_{}_delayed", amounts.delayed);
    figures.latency(&figure, &micros, None, Some(250.0));
    stop.cancel();
    Ok(working.await?)
}

/// A job whose payload says when it is due.
fn job(due: DateTime<Utc>) -> Value {
    json!({ "type": JOB_TYPE, "payload": due, "runAt": due })
}
