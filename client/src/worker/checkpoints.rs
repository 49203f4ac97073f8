//! The duty that keeps checkpoints: those that handlers save at the same time go out together, and each handler hears
//! whether its own is kept.

use std::{collections::HashMap, time::Duration};

use plinth_events::{
    Command, JobId, TenantId,
    command::job_notes::{CheckpointJobs, JobCheckpoint},
    json::Checkpoint,
    limits,
    reply::{JobItem, JobItems, JobOutcome},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use crate::{Client, SendOptions};

/// Most checkpoints of a command: so many of the largest size fit into a message.
const TOGETHER: usize = limits::MESSAGE_BYTES / (2 * limits::CHECKPOINT_BYTES);

/// A checkpoint that was not kept, or of which nobody knows. The attempt may go on, and try again later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The attempt is over: another one may run already.
    #[error("the checkpoint was refused: {0}")]
    Refused(String),
    /// Plinth did not answer.
    #[error("the checkpoint was not kept: {0}")]
    Unanswered(String),
    /// It is no JSON of at most 16 KiB.
    #[error("the checkpoint {0}")]
    Unfit(String),
}

/// A checkpoint to be kept, and who waits to hear that it is.
#[derive(Debug)]
pub struct CheckpointRequest {
    /// Whose job.
    pub tenant: TenantId,
    /// Which job.
    pub job_id: JobId,
    /// The token of the attempt.
    pub token: u64,
    /// What to keep.
    pub checkpoint: Checkpoint,
    /// Who waits.
    pub reply: oneshot::Sender<Result<(), CheckpointError>>,
}

/// Keeps checkpoints until nobody is left who could have one.
pub(super) async fn keep(client: Client, lease: Duration, mut requests: mpsc::Receiver<CheckpointRequest>) {
    let client = client.with_deadline(lease / 2);
    let mut sending = JoinSet::new();
    let mut collected = Vec::new();
    while requests.recv_many(&mut collected, TOGETHER).await > 0 {
        let mut tenants: HashMap<TenantId, Vec<CheckpointRequest>> = HashMap::new();
        for request in collected.drain(..) {
            tenants.entry(request.tenant).or_default().push(request);
        }
        for (tenant, requests) in tenants {
            sending.spawn(send(client.clone(), tenant, requests));
        }
        while sending.try_join_next().is_some() {}
    }
    while sending.join_next().await.is_some() {}
}

async fn send(client: Client, tenant: TenantId, requests: Vec<CheckpointRequest>) {
    let (jobs, waiting): (Vec<_>, Vec<_>) = requests
        .into_iter()
        .map(|CheckpointRequest { job_id, token, checkpoint, reply, .. }| {
            (JobCheckpoint { job_id, token, checkpoint }, reply)
        })
        .unzip();
    let command = Command::CheckpointJobs(CheckpointJobs { jobs });
    match client.send_for::<JobItems>(tenant, &command, &SendOptions::new()).await {
        Ok(items) => {
            for (item, reply) in items.jobs.iter().zip(waiting) {
                // a handler that does not wait any more has nothing to be told
                let _ = reply.send(kept(item));
            }
        }
        Err(error) => {
            for reply in waiting {
                let _ = reply.send(Err(CheckpointError::Unanswered(error.to_string())));
            }
        }
    }
}

fn kept(item: &JobItem) -> Result<(), CheckpointError> {
    match &item.outcome {
        JobOutcome::Refused { detail, .. } => Err(CheckpointError::Refused(detail.clone())),
        _ => Ok(()),
    }
}
