//! From invitations to outcomes: starts the jobs of each tenant with one command, acknowledges, runs the handlers.
//! How invitations come and outcomes go is not decided here.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_nats::jetstream::{AckKind, Message};
use plinth_events::{
    Command, JobId, TenantId,
    command::job::StartJobs,
    invitation::JobInvitation,
    names::WorkerName,
    reply::{JobItem, JobItems, JobOutcome},
    time,
};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::{Instant, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    checkpoints::CheckpointRequest,
    handlers::Handlers,
    inbox::Invited,
    job::{Job, Started},
    leases::{Lease, Leases, Reins},
    log,
    outcome::Outcome,
    report::Report,
};
use crate::{Client, SendError, SendOptions};

/// How long acknowledging a batch of invitations may take. What is not acknowledged comes again, and is refused.
const ACKNOWLEDGE_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs the jobs of one worker.
pub(super) struct Runner {
    pub(super) client: Client,
    pub(super) handlers: Handlers,
    pub(super) worker: WorkerName,
    pub(super) lease: Duration,
    pub(super) leases: Arc<Leases>,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) checkpoints: mpsc::Sender<CheckpointRequest>,
    /// Everything that runs because of an invitation.
    pub(super) tasks: TaskTracker,
    /// Start nothing any more.
    pub(super) stopping: CancellationToken,
    /// Stop what runs.
    pub(super) halt: CancellationToken,
}

/// A job that this worker wants, and the slot in which it can run.
struct Wanted {
    invitation: JobInvitation,
    slot: OwnedSemaphorePermit,
}

/// The invitations of one tenant. A job that was invited to twice is wanted once; both messages are acknowledged.
#[derive(Default)]
struct Batch {
    wanted: HashMap<JobId, Wanted>,
    messages: Vec<Message>,
}

impl Runner {
    /// Starts what the invitations name, and returns at once.
    pub(super) fn start(self: &Arc<Self>, invited: Vec<Invited>) {
        let mut tenants: HashMap<TenantId, Batch> = HashMap::new();
        for Invited { message, slot } in invited {
            match serde_json::from_slice::<JobInvitation>(&message.payload) {
                Ok(invitation) => {
                    let batch = tenants.entry(invitation.tenant_id).or_default();
                    batch.wanted.insert(invitation.job_id, Wanted { invitation, slot });
                    batch.messages.push(message);
                }
                Err(error) => {
                    tracing::error!(subject = %message.subject, %error, "a message in the work queue is no invitation");
                    self.tasks.spawn(acknowledge(vec![message], AckKind::Term));
                }
            }
        }
        for (tenant, batch) in tenants {
            self.tasks.spawn(self.clone().start_batch(tenant, batch));
        }
    }

    async fn start_batch(self: Arc<Self>, tenant: TenantId, batch: Batch) {
        let Batch { mut wanted, messages } = batch;
        let ends = Instant::now() + self.lease;
        let answer = tokio::select! {
            () = self.halt.cancelled() => return,
            answer = self.claim(tenant, wanted.keys().copied().collect()) => answer,
        };
        let items = match answer {
            Ok(items) => items.jobs,
            Err(error @ SendError::Refused { .. }) => {
                tracing::warn!(tenant.id = %tenant, jobs = wanted.len(), %error, "jobs were not started");
                Vec::new()
            }
            Err(error) => {
                tracing::warn!(tenant.id = %tenant, jobs = wanted.len(), %error, "jobs could not be started");
                // invited again at once, and not only when the broker is tired of waiting
                return acknowledge(messages, AckKind::Nak(None)).await;
            }
        };
        for item in items {
            if let Some(wanted) = wanted.remove(&item.job_id) {
                self.begin(tenant, item, wanted, ends);
            }
        }
        drop(wanted);
        acknowledge(messages, AckKind::Ack).await;
    }

    /// One command for all. Given up at half of the lease, so that what was started can still be kept alive.
    async fn claim(&self, tenant: TenantId, jobs: Vec<JobId>) -> Result<JobItems, SendError> {
        let lease_seconds = u32::try_from(self.lease.as_secs()).ok();
        let command = Command::StartJobs(StartJobs { jobs, worker: self.worker.clone(), lease_seconds });
        let client = self.client.with_deadline(self.lease / 2);
        client.send_for(tenant, &command, &SendOptions::new()).await
    }

    fn begin(self: &Arc<Self>, tenant: TenantId, item: JobItem, wanted: Wanted, ends: Instant) {
        let Wanted { invitation, slot } = wanted;
        let JobOutcome::Started { attempt, token, payload, checkpoint, dependencies, deadline, .. } = item.outcome
        else {
            tracing::debug!(tenant.id = %tenant, job.id = %item.job_id, outcome = ?item.outcome, "not ours");
            return;
        };
        let started = Started { attempt, token, payload, checkpoint, dependencies, deadline };
        let job = Job::new(invitation, started, self.checkpoints.clone());
        let lease = Lease { tenant, job_id: item.job_id, token };
        let lost = CancellationToken::new();
        let reins = Reins { cancelled: job.cancelled.clone(), lost: lost.clone(), notes: job.notes.clone() };
        self.leases.hold(lease, reins, ends);
        self.tasks.spawn(self.clone().run(lease, job, lost, slot));
    }

    /// Holds the slot until the outcome is on its way, so that outcomes cannot pile up.
    async fn run(self: Arc<Self>, lease: Lease, job: Job, lost: CancellationToken, slot: OwnedSemaphorePermit) {
        let notes = job.notes.clone();
        let attempt = async {
            let outcome = self.attempt(job, &lost).await;
            notes.end();
            outcome
        };
        let (outcome, ()) = tokio::join!(attempt, log::pass_on(&self.client, self.lease / 3, lease, &notes));
        if let Some(outcome) = outcome {
            // fails only when the worker is being torn down; then the lease runs out
            let _ = self.reports.send(Report { lease, outcome }).await;
        }
        drop(slot);
    }

    /// The outcome of an attempt; none when the attempt is not ours any more. One that reached its deadline is ended by
    /// Plinth, which says so in answer to the next heartbeat.
    async fn attempt(&self, job: Job, lost: &CancellationToken) -> Option<Outcome> {
        let deadline = job.deadline;
        tokio::select! {
            biased;
            () = lost.cancelled() => None,
            () = self.halt.cancelled() => Some(Outcome::interrupted()),
            () = passed(deadline) => None,
            outcome = self.handle(job) => Some(outcome),
        }
    }

    async fn handle(&self, job: Job) -> Outcome {
        if self.stopping.is_cancelled() {
            return Outcome::interrupted();
        }
        self.handlers.run(job).await
    }
}

/// Waits for a time by the clock of this machine; for ever when there is none.
async fn passed(deadline: Option<time::Instant>) {
    match deadline {
        Some(deadline) => {
            let left = SystemTime::from(deadline.utc()).duration_since(SystemTime::now());
            sleep(left.unwrap_or_default()).await;
        }
        None => std::future::pending().await,
    }
}

async fn acknowledge(messages: Vec<Message>, kind: AckKind) {
    let all = async {
        for message in &messages {
            message.ack_with(kind).await?;
        }
        Ok::<(), async_nats::Error>(())
    };
    match timeout(ACKNOWLEDGE_TIMEOUT, all).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(messages = messages.len(), %error, "invitations were not acknowledged"),
        Err(_) => tracing::warn!(messages = messages.len(), "invitations were not acknowledged in time"),
    }
}
