//! From invitations to outcomes: starts the jobs of each tenant with one command, acknowledges, runs the handlers.
//! How invitations come and outcomes go is not decided here.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_nats::jetstream::{AckKind, Message};
use futures_util::{FutureExt, future::BoxFuture};
use plinth_events::{
    Command, JobId, TenantId,
    command::job::StartJobs,
    invitation::JobInvitation,
    json::Payload,
    names::WorkerName,
    reply::{JobItem, JobItems, JobOutcome},
};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::{Instant, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    inbox::Invited,
    job::{Job, JobFailure},
    leases::{Lease, Leases},
    outcome::Outcome,
    report::Report,
};
use crate::{Client, SendError, SendOptions};

/// How long acknowledging a batch of invitations may take. What is not acknowledged comes again, and is refused.
const ACKNOWLEDGE_TIMEOUT: Duration = Duration::from_secs(5);

/// A handler, with its result as JSON.
pub(super) type Handler = Arc<dyn Fn(Job) -> BoxFuture<'static, Result<Option<Payload>, JobFailure>> + Send + Sync>;

/// Runs the jobs of one worker.
pub(super) struct Runner {
    pub(super) client: Client,
    pub(super) handler: Handler,
    pub(super) worker: WorkerName,
    pub(super) lease: Duration,
    pub(super) leases: Arc<Leases>,
    pub(super) reports: mpsc::Sender<Report>,
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
                self.begin(tenant, &item, wanted, ends);
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

    fn begin(self: &Arc<Self>, tenant: TenantId, item: &JobItem, wanted: Wanted, ends: Instant) {
        let Wanted { invitation, slot } = wanted;
        let JobOutcome::Started { attempt, token, .. } = item.outcome else {
            tracing::debug!(tenant.id = %tenant, job.id = %item.job_id, outcome = ?item.outcome, "not ours");
            return;
        };
        let lease = Lease { tenant, job_id: item.job_id, token };
        let reins = self.leases.hold(lease, ends);
        let job = Job {
            id: item.job_id,
            tenant,
            job_type: invitation.job_type,
            payload: invitation.payload,
            attempt,
            max_attempts: invitation.max_attempts,
            token,
            cancelled: reins.cancelled,
            progress: reins.progress,
        };
        self.tasks.spawn(self.clone().run(lease, job, reins.lost, slot));
    }

    /// Holds the slot until the outcome is on its way, so that outcomes cannot pile up.
    async fn run(self: Arc<Self>, lease: Lease, job: Job, lost: CancellationToken, slot: OwnedSemaphorePermit) {
        let outcome = tokio::select! {
            biased;
            () = lost.cancelled() => None,
            () = self.halt.cancelled() => Some(Outcome::interrupted()),
            outcome = self.handle(job) => Some(outcome),
        };
        if let Some(outcome) = outcome {
            // fails only when the worker is being torn down; then the lease runs out
            let _ = self.reports.send(Report { lease, outcome }).await;
        }
        drop(slot);
    }

    async fn handle(&self, job: Job) -> Outcome {
        if self.stopping.is_cancelled() {
            return Outcome::interrupted();
        }
        match AssertUnwindSafe(async { (self.handler)(job).await }).catch_unwind().await {
            Ok(returned) => Outcome::of(returned),
            Err(panic) => Outcome::of_panic(&*panic),
        }
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
