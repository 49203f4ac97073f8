//! The dispatcher: publishes due jobs to the work queue, for the workers of their type.
//!
//! What it publishes is an invitation: Postgres decides who starts a job. So publishing twice is harmless, and a message
//! that was lost is published again. It publishes no more than workers take soon, and lets tenants take turns.

use std::time::{Duration, Instant, SystemTime};

use async_nats::{
    HeaderMap,
    jetstream::{
        consumer::{AckPolicy, pull},
        context::PublishAckFuture,
        message::PublishMessage,
    },
};
use bytes::Bytes;
use plinth_events::{invitation::JobInvitation, json::Payload, names::JobType, subject::Subjects};
use plinth_projections::job_queue::dispatch::{self as queue, DueJob};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{queue_stream, window::Windows};
use crate::{
    duty::{pace, wait},
    log::{Database, LogError},
    measure,
    streams::{self, StreamError, Streams},
};

/// Jobs per read of the queue.
const PAGE: u32 = 1_000;
/// How often the queue is asked while nothing is heard of it: other replicas commit unheard, and jobs become due.
const POLL: Duration = Duration::from_millis(100);
/// Shortest time between two looks at the queue: what becomes due meanwhile goes out together.
const ROUND: Duration = Duration::from_millis(10);
/// How often the work queue itself is looked at: it may have been lost.
const CHECK: Duration = Duration::from_secs(5);
/// How often messages that got lost on their own are looked for, and how much older than those left they must be.
const LOST: Duration = Duration::from_secs(10);
/// How long to wait after something went wrong.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a worker may take to say that it started a job, before the job is offered to another one.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// Most invitations of a type that workers hold at a time.
const ACK_PENDING: i64 = 20_000;

/// Publishes due jobs.
pub struct Dispatcher {
    database: Database,
    streams: Streams,
    subjects: Subjects,
    head: watch::Receiver<u64>,
}

#[derive(Debug, thiserror::Error)]
enum DispatchError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("a job was not taken by the work queue: {0}")]
    Publish(async_nats::Error),
    #[error("the consumer of job type {job_type} could not be made: {cause}")]
    Consumer { job_type: JobType, cause: async_nats::Error },
}

impl From<sqlx::Error> for DispatchError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl Dispatcher {
    /// A dispatcher from a database to the work queue.
    pub fn new(database: Database, streams: Streams, subjects: Subjects, head: watch::Receiver<u64>) -> Self {
        Self { database, streams, subjects, head }
    }

    /// Publishes until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.follow(&stop).await {
                tracing::warn!(error = %error, "the dispatcher starts over");
                wait(PAUSE, &stop).await;
            }
        }
    }

    async fn follow(&self, stop: &CancellationToken) -> Result<(), DispatchError> {
        let mut wake = self.head.clone();
        let mut windows = Windows::default();
        self.check_stream(&mut windows).await?;
        let (mut checked, mut searched) = (Instant::now(), Instant::now());
        let mut rounds = pace(ROUND);
        while !stop.is_cancelled() {
            rounds.tick().await;
            wake.borrow_and_update();
            if checked.elapsed() > CHECK {
                self.check_stream(&mut windows).await?;
                checked = Instant::now();
            }
            if searched.elapsed() > LOST {
                self.republish_lost(&mut windows).await?;
                searched = Instant::now();
            }
            self.recount(&mut windows).await?;
            if self.publish_due(&mut windows).await? > 0 {
                continue;
            }
            tokio::select! {
                _ = wake.changed() => {}
                () = wait(POLL, stop) => {}
            }
        }
        Ok(())
    }

    /// Makes the work queue if it is gone. Into another one than before, everything is published again.
    async fn check_stream(&self, windows: &mut Windows) -> Result<(), DispatchError> {
        let info = self.streams.ensure(self.streams.jobs()).await?;
        let created_at = info.created.to_string();
        if queue_stream::known(self.database.pool()).await?.as_deref() == Some(&created_at) {
            return Ok(());
        }
        windows.clear();
        let mut connection = self.database.pool().acquire().await?;
        let jobs = queue::unpublish_all(&mut connection).await?;
        if jobs > 0 {
            tracing::warn!(jobs, "the work queue is another one: its jobs are published again");
        }
        Ok(queue_stream::remember(&mut *connection, &created_at).await?)
    }

    /// Jobs that were published well before the oldest message of their type that is left, and never started: their
    /// messages are gone, and they are published again. A work queue that need not sync loses its last ones in a crash.
    async fn republish_lost(&self, windows: &mut Windows) -> Result<(), DispatchError> {
        let pool = self.database.pool();
        for name in queue::types_published_before(pool, LOST).await? {
            let Ok(job_type) = name.parse::<JobType>() else { continue };
            windows.forget(&job_type);
            self.ensure_consumer(&job_type, windows).await?;
            let age = self.oldest_message(&job_type).await? + LOST;
            if queue::types_published_before(pool, age).await?.contains(&name) {
                let mut connection = pool.acquire().await?;
                let jobs = queue::unpublish_type(&mut connection, &name, age).await?;
                tracing::warn!(job.r#type = name, jobs, "messages of jobs are gone: the jobs are published again");
            }
        }
        Ok(())
    }

    /// The age of the oldest message of a type in the work queue, waiting or with a worker; nothing when there is none.
    async fn oldest_message(&self, job_type: &JobType) -> Result<Duration, DispatchError> {
        let published = self.streams.oldest(&self.subjects.jobs_stream(), &self.subjects.jobs_of(job_type)).await?;
        let age = published.map(|published| SystemTime::now().duration_since(published).unwrap_or_default());
        Ok(age.unwrap_or_default())
    }

    /// Asks the work queue how many jobs it holds of the types that it may have little room for.
    async fn recount(&self, windows: &mut Windows) -> Result<(), DispatchError> {
        for job_type in windows.to_recount() {
            let consumer = self.subjects.job_consumer(&job_type);
            windows.counted(&job_type, self.streams.held(&self.subjects.jobs_stream(), &consumer).await?);
        }
        Ok(())
    }

    async fn publish_due(&self, windows: &mut Windows) -> Result<usize, DispatchError> {
        queue::make_ready(self.database.pool(), PAGE).await?;
        let due = queue::due(self.database.pool(), &windows.room(), PAGE).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let mut sent = Vec::with_capacity(due.len());
        for job in &due {
            self.ensure_consumer(&job.job_type, windows).await?;
            sent.push(self.send(job).await?);
            windows.published(&job.job_type);
        }
        for acknowledgement in sent {
            acknowledgement.await.map_err(|error| DispatchError::Publish(error.into()))?;
        }
        queue::mark_published(self.database.pool(), &due).await?;
        measure::jobs_published(due.len());
        Ok(due.len())
    }

    async fn send(&self, job: &DueJob) -> Result<PublishAckFuture, DispatchError> {
        let subject = self.subjects.job(&job.job_type, job.tenant);
        let invitation = JobInvitation {
            job_id: job.job_id,
            tenant_id: job.tenant,
            job_type: job.job_type.clone(),
            payload: payload(&job.payload)?,
            attempt: job.attempt,
            max_attempts: job.max_attempts,
        };
        let body = serde_json::to_vec(&invitation).map_err(LogError::from)?;
        let mut headers = HeaderMap::new();
        headers.insert("Content-Type", "application/json");
        let message = PublishMessage::build().headers(headers).payload(Bytes::from(body));
        let sent = self.streams.jetstream().send_publish(subject, message).await;
        sent.map_err(|error| DispatchError::Publish(error.into()))
    }

    /// One durable pull consumer per type; workers only bind to it.
    async fn ensure_consumer(&self, job_type: &JobType, windows: &mut Windows) -> Result<(), DispatchError> {
        if windows.contains(job_type) {
            return Ok(());
        }
        let config = pull::Config {
            durable_name: Some(self.subjects.job_consumer(job_type)),
            description: Some(format!("workers of job type {job_type}")),
            filter_subject: self.subjects.jobs_of(job_type),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: ACK_PENDING,
            ..pull::Config::default()
        };
        let made = self.streams.jetstream().create_consumer_on_stream(config, self.subjects.jobs_stream()).await;
        let consumer =
            made.map_err(|error| DispatchError::Consumer { job_type: job_type.clone(), cause: error.into() })?;
        windows.counted(job_type, streams::held(consumer.cached_info()));
        Ok(())
    }
}

/// A payload as it stands in the table.
fn payload(json: &str) -> Result<Payload, LogError> {
    Ok(serde_json::from_str(json)?)
}
