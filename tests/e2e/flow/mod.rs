//! Jobs that wait for others, and jobs that wait for too long.

mod batches;
mod dependencies;
mod expiry;
mod graphs;
mod lines;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Acting, eventually};

/// Longest wait for a job to be released, or to end.
const LIMIT: Duration = Duration::from_secs(10);

impl Acting<'_> {
    /// Starts jobs for a worker: the items of those that started.
    async fn start_some(&self, jobs: &[Value], worker: &str) -> Vec<Value> {
        let body = json!({ "jobs": jobs, "worker": worker, "leaseSeconds": 60 });
        let mut found = self.result("job.start", body).await;
        let items = found["jobs"].as_array_mut().unwrap();
        items.drain(..).filter(|item| item["status"] == "started").collect()
    }

    /// Completes or fails what was started; a failure may be final.
    async fn finish(&self, item: &Value, verdict: Verdict) {
        let (job, token) = (&item["jobId"], &item["token"]);
        let (command, job) = match verdict {
            Verdict::Complete => ("job.complete", json!({ "jobId": job, "token": token })),
            Verdict::Fail { retryable } => (
                "job.fail",
                json!({ "jobId": job, "token": token, "error": "no", "retryable": retryable, "retryAfterSeconds": 0 }),
            ),
            Verdict::Snooze => ("job.snooze", json!({ "jobId": job, "token": token, "seconds": 0 })),
        };
        let found = self.item(command, json!({ "jobs": [job] })).await;
        assert_ne!(found["status"], "refused", "{found}");
    }

    /// Waits until a job can be started, and starts it.
    async fn start_released(&self, job: &Value) -> Value {
        eventually(LIMIT, "the job is released", async || {
            let item = self.item("job.start", json!({ "jobs": [job], "worker": "w" })).await;
            assert!(item["status"] == "started" || item["code"] == "blocked", "{item}");
            (item["status"] == "started").then_some(item)
        })
        .await
    }

    /// Waits until a job has ended; its status and its error.
    async fn ended(&self, job: &Value) -> (String, Option<String>) {
        eventually(LIMIT, "the job has ended", async || {
            let (status, _, error) = self.job(job).await;
            ["completed", "failed"].contains(&status.as_str()).then_some((status, error))
        })
        .await
    }

    /// Why a job cannot be started.
    async fn start_refusal(&self, job: &Value) -> Value {
        let mut item = self.item("job.start", json!({ "jobs": [job], "worker": "w" })).await;
        assert_eq!(item["status"], "refused", "{item}");
        item["code"].take()
    }
}

/// How an attempt ends.
#[derive(Clone, Copy)]
enum Verdict {
    Complete,
    Fail { retryable: bool },
    Snooze,
}
