//! The service as a client of it sees it: jobs, their histories, and the work queue. Does not know the rules.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_nats::jetstream::{self, consumer::PullConsumer};
use chrono::{DateTime, Utc};
use plinth_client::{Client, SendError, SendOptions};
use plinth_events::{
    CommandName, Event, JobId, TenantId,
    event::job::JobEvent,
    names::JobType,
    query::{
        QueryName,
        job::{GetJob, GetJobHistory, JobRow, JobStatus},
    },
};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::cli::timeline;

/// How often something is looked for.
const POLL: Duration = Duration::from_millis(50);
/// How long what takes no time may take: a start of the program, a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// A tenant of a running service, and the job type of the program under test.
pub(super) struct Service {
    client: Client,
    tenant: TenantId,
    job_type: JobType,
    lease: Duration,
    /// The jobs that may not have ended.
    open: Vec<JobId>,
}

/// Something that happened to a job.
pub(super) struct Happened {
    /// When it was recorded.
    pub(super) at: DateTime<Utc>,
    pub(super) event: JobEvent,
}

impl Service {
    pub(super) fn new(client: Client, tenant: TenantId, job_type: JobType, lease_seconds: u32) -> Self {
        Self { client, tenant, job_type, lease: Duration::from_secs(lease_seconds.into()), open: Vec::new() }
    }

    pub(super) fn job_type(&self) -> &JobType {
        &self.job_type
    }

    /// How long the program's leases are.
    pub(super) fn lease(&self) -> Duration {
        self.lease
    }

    /// Enqueues a job that is tried again at once. `more` is what its command says beside type and payload.
    pub(super) async fn enqueue(&mut self, payload: Value, more: Value) -> anyhow::Result<JobId> {
        let job = JobId(Uuid::now_v7());
        let mut body = json!({ "jobId": job, "type": self.job_type, "payload": payload,
            "retry": { "policy": "fixed", "seconds": 0 } });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        self.open.push(job);
        self.send(CommandName::EnqueueJob, &body).await?;
        Ok(job)
    }

    /// Gives another payload to the job that waits and holds a unique key.
    pub(super) async fn replace(&self, payload: Value, unique_key: &str) -> anyhow::Result<()> {
        let body =
            json!({ "type": self.job_type, "payload": payload, "uniqueKey": unique_key, "onConflict": "replace" });
        Ok(self.send(CommandName::EnqueueJob, &body).await?)
    }

    /// Asks a job to stop, or ends it when it waits. One that has ended is left alone.
    pub(super) async fn cancel(&self, job: JobId) -> anyhow::Result<()> {
        let body = json!({ "jobs": [job], "reason": "by the conformance test" });
        Ok(self.send(CommandName::CancelJobs, &body).await?)
    }

    /// Cancels every job that has not ended, and waits for their ends.
    pub(super) async fn end_all(&mut self) -> anyhow::Result<()> {
        for job in std::mem::take(&mut self.open) {
            if !self.has_ended(job).await? {
                self.cancel(job).await?;
                let ended = async || Ok(self.has_ended(job).await?.then_some(()));
                self.eventually("a cancelled job has ended", self.lease + PATIENCE, ended).await?;
            }
        }
        Ok(())
    }

    async fn has_ended(&self, job: JobId) -> anyhow::Result<bool> {
        Ok(matches!(self.row(job).await?.status, JobStatus::Completed | JobStatus::Failed))
    }

    /// Removes what a run leaves behind: the consumer of its type.
    pub(super) async fn clean_up(&self) -> anyhow::Result<()> {
        let subjects = self.client.subjects();
        let stream = self.jetstream().get_stream_no_info(subjects.jobs_stream()).await?;
        stream.delete_consumer(&subjects.job_consumer(&self.job_type)).await?;
        Ok(())
    }

    pub(super) async fn row(&self, job: JobId) -> anyhow::Result<JobRow> {
        let body = GetJob { job_id: job, known_at: None };
        Ok(self.client.query(self.tenant, QueryName::GetJob, &body).await?)
    }

    pub(super) async fn history(&self, job: JobId) -> anyhow::Result<Vec<Happened>> {
        let body = |from| GetJobHistory { job_id: job, known_at: None, from };
        let events = timeline::events(&self.client, self.tenant, QueryName::GetJobHistory, body).await?;
        let mut history = Vec::with_capacity(events.len());
        for recorded in events {
            if let Event::Job(event) = recorded.event()? {
                history.push(Happened { at: recorded.recorded_at.utc(), event });
            }
        }
        Ok(history)
    }

    /// Waits until something has happened to a job.
    pub(super) async fn until<T>(
        &self,
        job: JobId,
        what: &str,
        limit: Duration,
        find: impl Fn(&[Happened]) -> Option<T>,
    ) -> anyhow::Result<T> {
        let found = self.eventually(what, limit, async || Ok(find(&self.history(job).await?))).await;
        if found.is_err() {
            let history = self.history(job).await?;
            let types: Vec<&str> = history.iter().map(|happened| happened.event.event_type()).collect();
            return found.with_context(|| format!("job {job} has only {}", types.join(", ")));
        }
        found
    }

    /// Asks again and again, until there is an answer; fails when the time is over.
    pub(super) async fn eventually<T>(
        &self,
        what: &str,
        limit: Duration,
        ask: impl AsyncFn() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let answer = self.within(limit, ask).await?;
        answer.with_context(|| format!("not within {:.1} s: {what}", limit.as_secs_f64()))
    }

    /// Asks again and again, until there is an answer or the time is over.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        ask: impl AsyncFn() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<Option<T>> {
        let started = Instant::now();
        loop {
            let answer = ask().await?;
            if answer.is_some() || started.elapsed() > limit {
                return Ok(answer);
            }
            sleep(POLL).await;
        }
    }

    /// Publishes an invitation as the service does, to whatever job.
    pub(super) async fn invite(&self, tenant: TenantId, job: JobId, payload: Value) -> anyhow::Result<()> {
        let body = json!({ "jobId": job, "tenantId": tenant, "type": self.job_type, "payload": payload, "attempt": 1,
            "maxAttempts": 3 });
        let subject = self.client.subjects().job(&self.job_type, tenant);
        self.jetstream().publish(subject, body.to_string().into()).await?.await?;
        Ok(())
    }

    pub(super) fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// How many invitations nobody has acknowledged, fetched or not.
    pub(super) async fn unacknowledged(&self) -> anyhow::Result<u64> {
        let subjects = self.client.subjects();
        let name = subjects.job_consumer(&self.job_type);
        let mut consumer: PullConsumer =
            self.jetstream().get_consumer_from_stream(name, subjects.jobs_stream()).await?;
        let info = consumer.info().await?;
        Ok(info.num_pending + info.num_ack_pending as u64)
    }

    /// Waits until the work queue holds nothing for the program any more.
    pub(super) async fn until_acknowledged(&self, limit: Duration) -> anyhow::Result<()> {
        let what = "all invitations are acknowledged";
        self.eventually(what, limit, async || Ok((self.unacknowledged().await? == 0).then_some(()))).await
    }

    async fn send(&self, command: CommandName, body: &Value) -> Result<(), SendError> {
        self.client.send_raw(self.tenant, command, body.to_string().into(), &SendOptions::new()).await.map(drop)
    }

    fn jetstream(&self) -> jetstream::Context {
        jetstream::new(self.client.nats().clone())
    }
}
