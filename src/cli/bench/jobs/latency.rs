//! From the call that enqueues a job to its handler, while there is little to do.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use plinth_client::{Handlers, Job, JobFailure, SendOptions, Worker};
use plinth_events::CommandName;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Ground;
use crate::cli::bench::figure::Figures;

const JOB_TYPE: &str = "benchmark_latency";
/// Time between two jobs: no multiple of anybody's rounds.
const APART: Duration = Duration::from_micros(17_300);
/// The first jobs, before the consumer of the type is there and connections are warm.
const WARM_UP: usize = 20;

pub async fn measure(ground: &Ground, figures: &Figures, duration: Duration) -> anyhow::Result<()> {
    let tenant = ground.tenant().await?;
    let (started, mut starts) = mpsc::unbounded_channel();
    let handlers = Handlers::new().handle(JOB_TYPE.parse()?, move |_: Job| {
        let told = started.send(Instant::now());
        async move { told.map_err(|_| JobFailure::new("nobody measures any more")) }
    });
    let stop = CancellationToken::new();
    let working = tokio::spawn(Worker::new(&ground.client, handlers).run(stop.clone()));
    let mut micros = Histogram::<u64>::new(3)?;
    let begin = Instant::now();
    let mut number = 0;
    while begin.elapsed() < duration || number < WARM_UP * 2 {
        let body = json!({ "type": JOB_TYPE, "payload": null }).to_string();
        let sent = Instant::now();
        ground.client.send_raw(tenant, CommandName::EnqueueJob, body.into(), &SendOptions::new()).await?;
        let Some(start) = starts.recv().await else { break };
        if number >= WARM_UP {
            micros.record(u64::try_from((start - sent).as_micros())?)?;
        }
        number += 1;
        tokio::time::sleep(APART).await;
    }
    figures.latency("job_enqueue_to_start", &micros, Some(5.0), Some(25.0));
    stop.cancel();
    Ok(working.await?)
}
