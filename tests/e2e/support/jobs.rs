//! Jobs as applications and workers handle them, without the SDK's worker.

use std::time::Duration;

use async_nats::jetstream::{self, consumer::PullConsumer};
use futures_util::StreamExt;
use plinth_events::{invitation::JobInvitation, names::JobType};
use serde_json::{Value, json};

use super::{Acting, Ground, eventually};

/// Longest wait for an invitation.
const INVITATION_LIMIT: Duration = Duration::from_secs(10);
/// Longest wait for a status. An invitation that nobody acknowledged is offered again after 30 s.
const STATUS_LIMIT: Duration = Duration::from_secs(45);

impl Acting<'_> {
    /// Enqueues a job of a type, with more in its body; its id.
    pub async fn enqueue(&self, job_type: &str, more: Value) -> Value {
        let mut body = json!({ "type": job_type, "payload": { "file": "a.pdf" } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.result("job.enqueue", body).await["jobId"].take()
    }

    /// Starts a job for `worker`; its token.
    pub async fn start(&self, job: &Value, lease_seconds: u32) -> Value {
        let body = json!({ "jobs": [job], "worker": "worker", "leaseSeconds": lease_seconds });
        let mut item = self.item("job.start", body).await;
        assert_eq!(item["status"], "started", "{item}");
        item["token"].take()
    }

    /// What became of the first job that a command names.
    pub async fn item(&self, command: &str, body: Value) -> Value {
        self.result(command, body).await["jobs"][0].take()
    }

    /// A job by the query: status, attempts, error.
    pub async fn job(&self, job: &Value) -> (String, u64, Option<String>) {
        let row = self.query("job.get", json!({ "jobId": job })).await.unwrap();
        let text = |key: &str| row[key].as_str().map(str::to_owned);
        (text("status").unwrap(), row["attempts"].as_u64().unwrap(), text("error"))
    }

    /// Waits until a job has this status.
    pub async fn becomes(&self, job: &Value, status: &str) {
        let what = format!("job {job} is {status}");
        eventually(STATUS_LIMIT, &what, async || (self.job(job).await.0 == status).then_some(())).await;
    }

    /// A bulk action once it is over.
    pub async fn over(&self, action: &Value, limit: Duration) -> Value {
        eventually(limit, "the action is over", async || {
            let row = self.query("bulk-action.get", json!({ "actionId": action })).await.ok()?;
            (row["status"] != "running").then_some(row)
        })
        .await
    }
}

impl Ground {
    /// Takes the next invitation for a type out of the work queue.
    pub async fn invitation(&self, job_type: &str) -> JobInvitation {
        let jetstream = jetstream::new(self.nats().await);
        let job_type: JobType = job_type.parse().unwrap();
        let name = self.subjects.job_consumer(&job_type);
        let consumer: PullConsumer = eventually(INVITATION_LIMIT, "the consumer of the type is there", || async {
            jetstream.get_consumer_from_stream(&name, self.subjects.jobs_stream()).await.ok()
        })
        .await;
        let mut messages = consumer.fetch().max_messages(1).expires(INVITATION_LIMIT).messages().await.unwrap();
        let message = messages.next().await.expect("an invitation in time").unwrap();
        message.double_ack().await.unwrap();
        serde_json::from_slice(&message.payload).unwrap()
    }
}
