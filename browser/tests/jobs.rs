//! Jobs: watched while they run, counted and drawn once they have, held back and let go.

use std::sync::Arc;

use plinth_browser::{Installation, test};
use plinth_client::{Handlers, Job, JobFailure, Worker, events::names::JobType};
use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

const JOB_TYPE: &str = "import_orders";

/// A worker whose jobs go on once they may.
struct Running {
    may_end: Arc<Notify>,
    shutdown: CancellationToken,
    worker: AbortOnDropHandle<()>,
}

impl Running {
    fn start(installation: &Installation) -> anyhow::Result<Self> {
        let (may_end, shutdown) = (Arc::new(Notify::new()), CancellationToken::new());
        let handle = {
            let may_end = Arc::clone(&may_end);
            move |job: Job| {
                let may_end = Arc::clone(&may_end);
                async move { import(job, &may_end).await }
            }
        };
        let handlers = Handlers::new().handle(JOB_TYPE.parse::<JobType>()?, handle);
        let worker = Worker::new(installation.client(), handlers).lease(std::time::Duration::from_secs(3));
        let running: JoinHandle<()> = tokio::spawn(worker.run(shutdown.clone()));
        Ok(Self { may_end, shutdown, worker: AbortOnDropHandle::new(running) })
    }

    async fn end(self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        Ok(self.worker.await?)
    }
}

/// Waits if the payload says so, and fails if it says so.
async fn import(job: Job, may_end: &Notify) -> Result<Value, JobFailure> {
    let payload: Value = job.parse()?;
    if payload["waits"] == true {
        job.progress(40, "page 4 of 10");
        may_end.notified().await;
    }
    if payload["fails"] == true {
        return Err(JobFailure::permanent("the shop is closed").kind("Closed"));
    }
    Ok(json!({ "imported": 1_284 }))
}

async fn enqueue(site: &Installation, payload: Value) -> anyhow::Result<()> {
    site.send("job.enqueue", json!({ "type": JOB_TYPE, "payload": payload })).await?;
    Ok(())
}

#[tokio::test]
async fn a_job_is_enqueued_by_a_form_and_watched_until_it_has_ended() {
    test(async |site, page| {
        let running = Running::start(site)?;
        page.go("/jobs/new").await?;
        page.fill("type", JOB_TYPE).await?;
        page.fill("payload", r#"{"waits": true}"#).await?;
        page.press("main form button.tone-accent").await?;
        page.wait_for_text(".job-progress", "page 4 of 10").await?;
        page.wait_for(".job-progress progress[value='40']").await?;
        running.may_end.notify_one();
        page.wait_for_text("main .badge", "completed").await?;
        page.wait_for_text("main", "\"imported\"").await?;
        assert_eq!(page.count(".job-progress").await?, 0);
        assert_eq!(page.count(".timeline-bars .bar-good").await?, 1);
        running.end().await
    })
    .await;
}

#[tokio::test]
async fn charts_and_counts_say_what_was_run() {
    test(async |site, page| {
        let running = Running::start(site)?;
        for number in 0..20 {
            enqueue(site, json!({ "fails": number % 10 == 3 })).await?;
        }
        page.go("/jobs").await?;
        page.wait_for_text(".figures", "18").await?;
        let sum = |label: &str| {
            format!(
                "const table = [...document.querySelectorAll('table')].find((one) => one.caption.textContent === 'Jobs that ended');
                 return [...table.querySelectorAll('td[data-label={label}]')].reduce((sum, cell) => sum + Number(cell.textContent.replace('–', 0)), 0);"
            )
        };
        page.wait_until(&sum("completed"), 18).await?;
        page.wait_until(&sum("failed"), 2).await?;
        let bars = "return [...document.querySelectorAll('.chart-bar')].map((bar) => bar.getBBox().height > 0)";
        page.wait_until(bars, json!([true, true, false])).await?;
        page.wait_for(".chart-line[d^=M], .chart-dot[d^=M]").await?;
        page.go("/jobs/list?status=failed").await?;
        assert_eq!(page.count("tbody tr").await?, 2);
        running.end().await
    })
    .await;
}

#[tokio::test]
async fn a_failed_job_is_tried_again() {
    test(async |site, page| {
        let running = Running::start(site)?;
        enqueue(site, json!({ "fails": true })).await?;
        page.go("/jobs").await?;
        page.wait_until("return [...document.querySelectorAll('.figure')].at(-1)?.textContent.includes('1')", true)
            .await?;
        page.go("/jobs/list?status=failed").await?;
        page.press("tbody a").await?;
        page.wait_for_text("main", "the shop is closed").await?;
        page.press("form[action$='/retry'] button").await?;
        page.wait_until("return document.querySelectorAll('.timeline-bars .bar-failed').length", 2).await?;
        running.end().await
    })
    .await;
}

#[tokio::test]
async fn a_paused_type_keeps_its_jobs_until_it_is_resumed() {
    test(async |site, page| {
        let running = Running::start(site)?;
        enqueue(site, json!({})).await?;
        page.go("/jobs").await?;
        page.press("tbody [data-dialog] a").await?;
        page.write("dialog[open] [name=reason]", "the shop is being moved").await?;
        page.press("dialog[open] button[type=submit]").await?;
        page.wait_for_text("main .tone-warning", "paused").await?;
        enqueue(site, json!({})).await?;
        page.wait_for_text("tbody td[data-label=Pending]", "1").await?;
        page.press("form[action='/jobs/resume'] button").await?;
        page.wait_for_text("tbody td[data-label=Completed]", "2").await?;
        running.end().await
    })
    .await;
}
