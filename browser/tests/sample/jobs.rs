//! Jobs: some hundred that ran, a few that failed or wait, and an hour of work before them.

use std::time::Duration;

use plinth_browser::Installation;
use plinth_client::{
    Handlers, Job, JobFailure, Worker,
    events::{command::job_notes::LogLevel, names::JobType},
};
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// A job that failed first, and then came through.
pub const SHOWN_JOB: &str = "01a20b00-0000-7000-8000-000000000001";

/// The types, and how many jobs there are of each.
const TYPES: [(&str, usize); 4] =
    [("send_invoice", 120), ("sync_inventory", 80), ("import_orders", 40), ("report", 20)];

pub async fn run(site: &Installation) -> anyhow::Result<()> {
    for (job_type, count) in TYPES {
        let jobs: Vec<Value> = (0..count).map(|number| job(job_type, number)).collect();
        site.send("job.enqueue-batch", json!({ "jobs": jobs })).await?;
    }
    let shown = json!({ "jobId": SHOWN_JOB, "type": "import_orders", "maxAttempts": 3, "priority": 5,
        "payload": { "source": "shop-eu", "day": "2026-11-22", "isResumed": true }, "retry": { "policy": "fixed", "seconds": 1 } });
    site.send("job.enqueue", shown).await?;
    let nightly = json!({ "name": "nightly_report", "cron": "0 3 * * MON-FRI", "timeZone": "Europe/Berlin",
        "description": "The figures of the day before.", "job": { "type": "report", "payload": { "kind": "daily" } } });
    site.send("schedule.define", nightly).await?;
    work(site).await?;
    let later = json!({ "type": "report", "payload": { "kind": "monthly" }, "runAt": "2026-12-01T06:00:00Z" });
    site.send("job.enqueue", later).await?;
    remember_an_hour(site).await
}

fn job(job_type: &str, number: usize) -> Value {
    json!({ "type": job_type, "payload": { "number": 4_000 + number, "customer": format!("C-{}", 100 + number % 37) },
        "maxAttempts": 1 })
}

/// Runs all of them, until none is left.
async fn work(site: &Installation) -> anyhow::Result<()> {
    let mut handlers = Handlers::new();
    for (job_type, _) in TYPES {
        handlers = handlers.handle(job_type.parse::<JobType>()?, handle);
    }
    let shutdown = CancellationToken::new();
    let worker = Worker::new(site.client(), handlers).concurrency(16);
    let running = tokio::spawn(worker.run(shutdown.clone()));
    let mut database = site.database().await?;
    let left = r#"select count(*) from "Job" where status in ('pending', 'processing')"#;
    for _ in 0..200 {
        if sqlx::query_scalar::<_, i64>(left).fetch_one(&mut database).await? == 0 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    shutdown.cancel();
    Ok(running.await?)
}

/// Every thirteenth invoice has no address.
async fn handle(job: Job) -> Result<Value, JobFailure> {
    let payload: Value = job.parse()?;
    if payload["isResumed"] == true {
        return import(&job).await;
    }
    let number = payload["number"].as_u64().unwrap_or_default();
    sleep(Duration::from_millis(5 + number * 7 % 60)).await;
    if number.is_multiple_of(13) {
        let problem = format!("customer {} has no e-mail address", payload["customer"].as_str().unwrap_or_default());
        return Err(JobFailure::permanent(problem).kind("NoAddress").details(json!({ "number": number })));
    }
    Ok(json!({ "number": number, "sent": true }))
}

async fn import(job: &Job) -> Result<Value, JobFailure> {
    job.log(LogLevel::Info, "reading the orders of 2026-11-22 from shop-eu");
    job.progress(40, "page 4 of 10");
    if job.attempt == 1 {
        job.log(LogLevel::Warn, "shop-eu answers slowly");
        return Err(JobFailure::new("shop-eu did not answer within 5 s").kind("Timeout"));
    }
    job.log(LogLevel::Info, "1,284 orders are new, 37 were changed");
    Ok(json!({ "new": 1_284, "changed": 37, "skipped": 0 }))
}

/// What the statistics would be like after an hour of work, which nobody waits for.
async fn remember_an_hour(site: &Installation) -> anyhow::Result<()> {
    let mut database = site.database().await?;
    // all of them came at once, and waited for each other
    sqlx::query("delete from plinth.job_latency").execute(&mut database).await?;
    for statement in [include_str!("periods.sql"), include_str!("latencies.sql")] {
        sqlx::query(statement).bind(site.tenant.0).execute(&mut database).await?;
    }
    Ok(())
}
