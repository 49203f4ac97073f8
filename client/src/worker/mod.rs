//! A worker: runs the jobs of one type, many at a time, without a round trip per job.
//!
//! ```text
//! inbox ── invitations ──> runner ── outcomes ──> reporter
//!                          StartJobs, handlers      CompleteJobs, FailJobs, SnoozeJobs
//!                               └── leases <── heart: HeartbeatJobs
//!                                          <── cancellations: the event JobCancelRequested
//! ```
//!
//! The work queue only invites; a job runs here when `StartJobs` says so, and for as long as its lease is kept alive.
//! Here is how the parts are put together and in which order they stop; each has its own file.

mod cancellations;
mod heartbeat;
mod inbox;
mod job;
mod leases;
mod outcome;
mod report;
mod reporter;
mod runner;

use std::{future::Future, sync::Arc, time::Duration};

use plinth_events::{
    limits,
    names::{JobType, WorkerName},
};
use serde::Serialize;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::job::{Job, JobFailure};
use self::{
    heartbeat::Heart,
    inbox::Inbox,
    leases::Leases,
    reporter::Reporter,
    runner::{Handler, Runner},
};
use crate::Client;

/// How long the last outcomes may take to be reported when a worker stops.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// What a worker needs beside its handler.
#[derive(Debug, Clone)]
pub struct WorkerBuilder {
    client: Client,
    job_type: JobType,
    concurrency: usize,
    lease: Duration,
    grace: Duration,
}

impl WorkerBuilder {
    /// How many jobs run at a time; 16 when never said, and at least 1.
    #[must_use]
    pub fn concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = jobs.max(1);
        self
    }

    /// After how long without a sign of life Plinth gives a job to another worker; 30 s when never said. Signs of
    /// life are given by themselves, three in a lease. Whole seconds, from 1 s to 1 hour.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = Duration::from_secs(lease.as_secs().clamp(1, limits::LEASE_SECONDS.into()));
        self
    }

    /// How long running jobs may go on when the worker is told to stop; 20 s when never said. Those that take longer
    /// are stopped and put back into the queue, and the attempt does not count.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The worker, with what it does with a job. A handler that panics has failed an attempt; one that returns after
    /// its job was given away is not heard any more.
    pub fn handler<H, F, R>(self, handler: H) -> Worker
    where
        H: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<R, JobFailure>> + Send + 'static,
        R: Serialize,
    {
        let handler: Handler = Arc::new(move |job| {
            let running = handler(job);
            Box::pin(async move { outcome::encode(&running.await?) })
        });
        Worker { settings: self, handler }
    }
}

/// Runs the jobs of one type.
pub struct Worker {
    settings: WorkerBuilder,
    handler: Handler,
}

impl Worker {
    /// A worker for the jobs of a type.
    pub fn builder(client: &Client, job_type: JobType) -> WorkerBuilder {
        WorkerBuilder {
            client: client.clone(),
            job_type,
            concurrency: 16,
            lease: Duration::from_secs(30),
            grace: Duration::from_secs(20),
        }
    }

    /// Works until told to stop; then takes nothing new, lets running jobs finish within the grace period, reports
    /// what there is to report, and returns. Whatever happens, no job is lost: what this worker cannot report, Plinth
    /// gives to another one when the lease is over.
    pub async fn run(self, shutdown: CancellationToken) {
        let Self { settings, handler } = self;
        let WorkerBuilder { client, job_type, concurrency, lease, grace } = settings;
        let worker = worker_name(&job_type);
        let leases = Arc::new(Leases::default());
        let (reports, reported) = mpsc::channel(concurrency);
        let halt = CancellationToken::new();
        // if this future is dropped, the handlers stop too
        let _halt_when_dropped = halt.clone().drop_guard();
        let flushed = CancellationToken::new();

        let cancellations = cancellations::listen(client.clone(), leases.clone(), flushed.clone());
        let heart = Heart::new(&client, worker.clone(), lease, leases.clone());
        let reporter = Reporter::new(&client, lease, leases.clone());
        let inbox = Inbox::new(&client, &job_type, concurrency);
        let tasks = TaskTracker::new();
        let runner =
            Runner { client, handler, worker, lease, leases, reports, tasks, stopping: shutdown, halt: halt.clone() };
        tracing::info!(job.type = %job_type, concurrency, "worker is running");
        let report = async {
            tokio::select! {
                () = reporter.run(reported) => {}
                () = flush_limit(&halt) => tracing::error!(job.type = %job_type, "outcomes were left unreported"),
            }
            flushed.cancel();
        };
        tokio::join!(work(inbox, Arc::new(runner), grace), report, heart.run(flushed.clone()), cancellations);
        tracing::info!(job.type = %job_type, "worker has stopped");
    }
}

/// Starts what comes until told to stop, then waits for what runs, and stops it when its time is over.
async fn work(mut inbox: Inbox, runner: Arc<Runner>, grace: Duration) {
    loop {
        tokio::select! {
            biased;
            () = runner.stopping.cancelled() => break,
            invited = inbox.next() => runner.start(invited),
        }
    }
    inbox.close().await;
    runner.tasks.close();
    let finished = timeout(grace, runner.tasks.wait()).await.is_ok();
    runner.halt.cancel();
    if !finished && timeout(FLUSH_TIMEOUT + Duration::from_secs(1), runner.tasks.wait()).await.is_err() {
        tracing::error!("handlers that never yield could not be stopped");
    }
}

/// Over when outcomes have had their time after the last handler.
async fn flush_limit(halt: &CancellationToken) {
    halt.cancelled().await;
    sleep(FLUSH_TIMEOUT).await;
}

/// A name that no other worker has, and none before a restart had.
#[expect(clippy::expect_used, reason = "a type of at most 63 characters, a dash and 32 digits")]
fn worker_name(job_type: &JobType) -> WorkerName {
    let start = uuid::Uuid::new_v4().simple();
    format!("{job_type}-{start}").parse().expect("a valid name")
}
