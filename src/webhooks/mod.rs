//! The duty `webhooks`: for each queue that has a webhook a worker, whose handler posts the job and takes the answer as
//! its outcome. Starting, leases, cancellation and reports are those of every worker of the SDK.

mod answer;
mod call;
mod clients;
mod directory;
mod networks;
mod secrets;

use std::{collections::HashMap, sync::Arc, time::Duration};

use plinth_client::{Client, Handlers, Job, JobFailure, Worker};
use plinth_events::{TenantId, names::JobType};
use plinth_projections::queue;
use serde_json::value::RawValue;
use tokio::{sync::watch, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::directory::Directory;
pub use self::{call::Caller, clients::Clients, networks::Networks, secrets::Secrets};
use crate::{duty::wait, log::Database, measure};

/// How often to look for webhooks that came, went or changed.
const POLL: Duration = Duration::from_millis(500);
/// After how long without a sign of life of this replica a job is tried again. The signs are given by themselves.
const LEASE: Duration = Duration::from_secs(10);
/// How long requests that are under way may take when the replica stops; then they are dropped, and nothing is counted.
const GRACE: Duration = Duration::from_secs(10);
/// When to look again at a job whose webhook has just gone.
const GONE: Duration = Duration::from_secs(1);

/// Works for all webhooks.
pub struct Webhooks {
    database: Database,
    client: Client,
    caller: Arc<Caller>,
}

/// The workers of one turn at the duty.
struct Crew {
    client: Client,
    caller: Arc<Caller>,
    directory: watch::Sender<Directory>,
    members: HashMap<(TenantId, JobType), Member>,
    tasks: TaskTracker,
}

struct Member {
    concurrency: u32,
    stop: CancellationToken,
}

impl Webhooks {
    /// By the settings of queues in a database; jobs come and outcomes go by the client.
    pub fn new(database: Database, client: Client, caller: Caller) -> Self {
        Self { database, client, caller: Arc::new(caller) }
    }

    /// Works until told to stop, and for a moment longer on what is under way.
    pub async fn run(&self, stop: CancellationToken) {
        let mut crew = Crew::new(self.client.clone(), self.caller.clone());
        while !stop.is_cancelled() {
            match queue::all(self.database.pool()).await {
                Ok(queues) => crew.follow(Directory::of(queues)),
                Err(error) => tracing::warn!(error = %error, "webhooks could not be looked up"),
            }
            wait(POLL, &stop).await;
        }
        crew.disband().await;
    }
}

impl Crew {
    fn new(client: Client, caller: Arc<Caller>) -> Self {
        let (directory, _) = watch::channel(Directory::default());
        Self { client, caller, directory, members: HashMap::new(), tasks: TaskTracker::new() }
    }

    /// A worker for each webhook, for as many requests at a time as it takes.
    fn follow(&mut self, directory: Directory) {
        if *self.directory.borrow() == directory {
            return;
        }
        self.members.retain(|queue, member| {
            let stays = directory.get(queue).is_some_and(|webhook| webhook.concurrency() == member.concurrency);
            if !stays {
                member.stop.cancel();
            }
            stays
        });
        for (queue, webhook) in directory.iter() {
            if !self.members.contains_key(queue) {
                self.members.insert(queue.clone(), self.engage(queue, webhook.concurrency()));
            }
        }
        self.directory.send_replace(directory);
    }

    fn engage(&self, (owner, job_type): &(TenantId, JobType), concurrency: u32) -> Member {
        let (caller, directory) = (self.caller.clone(), self.directory.subscribe());
        let handlers = Handlers::new().handle(job_type.clone(), move |job| {
            // of now, whichever webhook the job was published for
            let webhook = directory.borrow().webhook(job.tenant, &job.job_type).cloned();
            let caller = caller.clone();
            async move {
                let webhook = webhook.ok_or(JobFailure::Snoozed(GONE))?;
                let posted = Instant::now();
                let answer = attempt(caller.call(&webhook, &job), &job).await;
                measure::webhook(outcome(&answer), posted.elapsed());
                answer
            }
        });
        let worker = Worker::new(&self.client, handlers)
            .consumer(self.client.subjects().webhook_consumer(job_type, *owner))
            .concurrency(concurrency as usize)
            .lease(LEASE)
            .grace(GRACE);
        let stop = CancellationToken::new();
        self.tasks.spawn(worker.run(stop.clone()));
        Member { concurrency, stop }
    }

    async fn disband(self) {
        for member in self.members.values() {
            member.stop.cancel();
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}

type Answer = Result<Option<Box<RawValue>>, JobFailure>;

/// The request is dropped when somebody wants the job stopped.
async fn attempt(call: impl Future<Output = Answer>, job: &Job) -> Answer {
    tokio::select! {
        biased;
        () = job.cancelled.cancelled() => Err(JobFailure::new("cancelled while its webhook was called").kind("Cancelled")),
        answer = call => answer,
    }
}

/// What an answer is counted as.
fn outcome(answer: &Answer) -> &'static str {
    match answer {
        Ok(_) => "completed",
        Err(JobFailure::Snoozed(_)) => "snoozed",
        Err(JobFailure::Failed { retryable: true, .. }) => "retried",
        Err(JobFailure::Failed { .. }) => "failed",
    }
}
