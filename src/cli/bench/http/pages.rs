//! How long pages take that show a lot: many metrics, many jobs, a full dashboard.

use anyhow::Context as _;
use futures_util::{StreamExt, TryStreamExt, stream};
use hdrhistogram::Histogram;
use plinth_events::{CommandName, limits::LAYOUT_WIDGETS};
use plinth_web::routes;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Ground, METRIC, load::time, metric};
use crate::{cli::bench::figure::Figures, log::benchmark};

/// The pages, each with the name of its figure.
const PAGES: [(&str, &str); 4] = [
    ("page_dashboard", routes::DASHBOARD),
    ("page_metrics", routes::METRICS),
    ("page_jobs", routes::JOBS),
    ("page_schedules", routes::SCHEDULES),
];

const METRICS: usize = 10_000;
/// Jobs that wait for a worker.
const PENDING: usize = 10_000;
const BATCH_JOBS: usize = 1_000;
const IN_FLIGHT: usize = 64;
/// How often each page is asked for: enough for a 99th percentile.
const REQUESTS: usize = 1_000;
/// The first requests for a page do not count: Postgres plans, and connections are made.
const WARM_UP: usize = 50;

pub async fn measure(ground: &Ground, figures: &Figures, finished: usize) -> anyhow::Result<()> {
    fill(ground, finished).await?;
    for (figure, path) in PAGES {
        let request = ground.request(Method::GET, path).build()?;
        let mut micros = Histogram::<u64>::new(3)?;
        for number in 0..WARM_UP + REQUESTS {
            let took = time(&ground.http, request.try_clone().context("a GET has no body")?).await?;
            if number >= WARM_UP {
                micros.record(took)?;
            }
        }
        figures.latency(figure, &micros, None, Some(20.0));
    }
    Ok(())
}

/// Metrics, jobs and widgets of the tenant.
async fn fill(ground: &Ground, finished: usize) -> anyhow::Result<()> {
    let metrics = (0..METRICS).map(|number| (CommandName::DefineMetric, metric(&format!("{METRIC}_{number}"))));
    let jobs = json!({ "jobs": vec![json!({ "type": "benchmark_page", "payload": { "number": 1 } }); BATCH_JOBS] });
    let jobs = (0..PENDING / BATCH_JOBS).map(|_| (CommandName::EnqueueJobs, jobs.clone()));
    send_all(ground, metrics.chain(jobs)).await?;
    for number in 0..LAYOUT_WIDGETS {
        let widget = json!({ "userId": ground.user, "widgetType": format!("benchmark_{number}") });
        ground.send(CommandName::AddWidget, widget).await?;
    }
    let finished = i64::try_from(finished)?;
    benchmark::add_finished_jobs(&ground.database, ground.tenant, &"benchmark_page".parse()?, finished).await?;
    Ok(())
}

async fn send_all(ground: &Ground, commands: impl Iterator<Item = (CommandName, Value)>) -> anyhow::Result<()> {
    let sent = stream::iter(commands).map(|(command, body)| ground.send(command, body));
    sent.buffer_unordered(IN_FLIGHT).try_collect().await
}
