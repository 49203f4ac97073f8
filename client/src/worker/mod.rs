//! A worker: runs the jobs of one type or of several, many at a time, without a round trip per job.
//!
//! ```text
//! inbox ── invitations ──> runner ── outcomes ──> reporter
//!  one a type              StartJobs, handlers      CompleteJobs, FailJobs, SnoozeJobs
//!                               ├── leases <── heart: HeartbeatJobs
//!                               │          <── cancellations: the event JobCancelRequested
//!                               ├── log: LogJobs
//!                               └── checkpoints: CheckpointJobs
//! ```
//!
//! The work queue only invites; a job runs here when `StartJobs` says so, and for as long as its lease is kept alive.
//! Here is how the parts are put together and in which order they stop; each has its own file.

mod cancellations;
mod checkpoints;
mod failure;
mod handlers;
mod heartbeat;
mod inbox;
mod job;
mod leases;
mod log;
mod notes;
mod outcome;
mod report;
mod reporter;
mod runner;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use plinth_events::{limits, names::WorkerName};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::{
    checkpoints::{CheckpointError, CheckpointRequest},
    failure::JobFailure,
    handlers::{Handler, Handlers, JobKind},
    job::{Job, Started},
    notes::Notes,
    outcome::Outcome,
};
use self::{heartbeat::Heart, inbox::Inbox, leases::Leases, reporter::Reporter, runner::Runner};
use crate::Client;

/// How long the last outcomes may take to be reported when a worker stops.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs the jobs of the types that it has handlers for.
pub struct Worker {
    client: Client,
    handlers: Handlers,
    consumer: Option<String>,
    concurrency: usize,
    lease: Duration,
    grace: Duration,
}

impl Worker {
    /// A worker with these handlers.
    pub fn new(client: &Client, handlers: Handlers) -> Self {
        Self {
            client: client.clone(),
            handlers,
            consumer: None,
            concurrency: 16,
            lease: Duration::from_secs(30),
            grace: Duration::from_secs(20),
        }
    }

    /// Where the work queue has its jobs, for a worker whose jobs do not come with those of their type. Only Plinth itself
    /// has such workers, for webhooks.
    #[must_use]
    pub fn consumer(mut self, name: impl Into<String>) -> Self {
        self.consumer = Some(name.into());
        self
    }

    /// How many jobs of each type run at a time; 16 when never said, and at least 1.
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

    /// Works until told to stop; then takes nothing new, lets running jobs finish within the grace period, reports
    /// what there is to report, and returns. Whatever happens, no job is lost: what this worker cannot report, Plinth
    /// gives to another one when the lease is over. A handler that returns after its job was given away is not heard any
    /// more.
    pub async fn run(self, shutdown: CancellationToken) {
        let Self { client, handlers, consumer, concurrency, lease, grace } = self;
        let worker = worker_name();
        let leases = Arc::new(Leases::default());
        let (reports, reported) = mpsc::channel(concurrency);
        let (checkpoints, saved) = mpsc::channel(concurrency);
        let halt = CancellationToken::new();
        // if this future is dropped, the handlers stop too
        let _halt_when_dropped = halt.clone().drop_guard();
        let flushed = CancellationToken::new();

        let cancellations = cancellations::listen(client.clone(), leases.clone(), flushed.clone());
        let heart = Heart::new(&client, worker.clone(), lease, leases.clone());
        let reporter = Reporter::new(&client, lease, leases.clone());
        let checkpointing = checkpoints::keep(client.clone(), lease, saved);
        let consumer_of = |job_type| consumer.clone().unwrap_or_else(|| client.subjects().job_consumer(job_type));
        let inboxes: Vec<Inbox> =
            handlers.types().map(|job_type| Inbox::new(&client, consumer_of(job_type), concurrency)).collect();
        let types = handlers.types().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        tracing::info!(job.types = types, concurrency, worker = %worker, "worker is running");
        let tasks = TaskTracker::new();
        let stopping = shutdown;
        let runner = Runner {
            client,
            handlers,
            worker,
            lease,
            leases,
            reports,
            checkpoints,
            tasks,
            stopping,
            halt: halt.clone(),
        };
        let report = async {
            tokio::select! {
                () = reporter.run(reported) => {}
                () = flush_limit(&halt) => tracing::error!("outcomes were left unreported"),
            }
            flushed.cancel();
        };
        let keep_checkpoints = flushed.run_until_cancelled(checkpointing);
        tokio::join!(
            work(inboxes, Arc::new(runner), grace),
            report,
            heart.run(flushed.clone()),
            cancellations,
            keep_checkpoints,
        );
        tracing::info!(job.types = types, "worker has stopped");
    }
}

/// Starts what comes until told to stop, then waits for what runs, and stops it when its time is over.
async fn work(inboxes: Vec<Inbox>, runner: Arc<Runner>, grace: Duration) {
    join_all(inboxes.into_iter().map(|inbox| take_in(inbox, &runner))).await;
    // a worker without handlers stops, too, when it is told to
    runner.stopping.cancelled().await;
    runner.tasks.close();
    let finished = timeout(grace, runner.tasks.wait()).await.is_ok();
    runner.halt.cancel();
    if !finished && timeout(FLUSH_TIMEOUT + Duration::from_secs(1), runner.tasks.wait()).await.is_err() {
        tracing::error!("handlers that never yield could not be stopped");
    }
}

/// Starts what comes of one type until told to stop.
async fn take_in(mut inbox: Inbox, runner: &Arc<Runner>) {
    loop {
        tokio::select! {
            biased;
            () = runner.stopping.cancelled() => break,
            invited = inbox.next() => runner.start(invited),
        }
    }
    inbox.close().await;
}

/// Over when outcomes have had their time after the last handler.
async fn flush_limit(halt: &CancellationToken) {
    halt.cancelled().await;
    sleep(FLUSH_TIMEOUT).await;
}

/// A name that no other worker has, and none before a restart had.
#[expect(clippy::expect_used, reason = "a word, a dash and 32 digits")]
fn worker_name() -> WorkerName {
    format!("worker-{}", uuid::Uuid::new_v4().simple()).parse().expect("a valid name")
}
