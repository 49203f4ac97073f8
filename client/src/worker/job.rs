//! What a handler gets: one attempt of a job, and what it can say while it runs.

use std::{fmt, sync::Arc};

use plinth_events::{
    JobId, TenantId,
    command::job_notes::LogLevel,
    envelope::Origin,
    flow::DependencyCounts,
    invitation::JobInvitation,
    json::{Checkpoint, Payload},
    names::JobType,
    scan::scan,
    schedule::ScheduledFor,
    time::Instant,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    checkpoints::{CheckpointError, CheckpointRequest},
    failure::JobFailure,
    notes::Notes,
};

/// One attempt of a job, held by this worker until its handler returns.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job's id, the same in every attempt: the idempotency key for effects elsewhere.
    pub id: JobId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its type.
    pub job_type: JobType,
    /// What to work on, as JSON text; [`parse`](Self::parse) makes it a type.
    pub payload: Payload,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    /// How many attempts the job may have.
    pub max_attempts: u32,
    /// The fencing token of the attempt: greater than that of every earlier attempt.
    pub token: u64,
    /// When the attempt ends, if it may not take as long as it wants. Its handler is stopped then.
    pub deadline: Option<Instant>,
    /// How the jobs ended that it depends on, if there are any.
    pub dependencies: Option<DependencyCounts>,
    /// The schedule that it comes from, and the fire time that it is for, which a late or backfilled job has to go by.
    pub schedule: Option<ScheduledFor>,
    /// Cancelled when somebody wants the job stopped. A handler that takes long looks at it, and returns a failure.
    pub cancelled: CancellationToken,
    /// What it said so far, for whoever passes it on.
    pub notes: Arc<Notes>,
    checkpoint: Option<Checkpoint>,
    context: Origin,
    checkpoints: mpsc::Sender<CheckpointRequest>,
}

/// What starting a job said about the attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// Which attempt, counted from 1.
    pub attempt: u32,
    /// Its token.
    pub token: u64,
    /// What to work on in place of the invitation's payload.
    pub payload: Option<Payload>,
    /// With it, in place of the invitation's: how far an earlier attempt came.
    pub checkpoint: Option<Checkpoint>,
    /// How the jobs ended that it depends on.
    pub dependencies: Option<DependencyCounts>,
    /// When it ends at the latest.
    pub deadline: Option<Instant>,
}

impl Job {
    /// An attempt for a handler, for those who run handlers themselves. What it saves goes to `checkpoints`, and waits
    /// there for its reply.
    pub fn new(invitation: JobInvitation, started: Started, checkpoints: mpsc::Sender<CheckpointRequest>) -> Self {
        let job_id = invitation.job_id;
        let (payload, checkpoint) = match started.payload {
            Some(payload) => (payload, started.checkpoint),
            None => (invitation.payload, invitation.checkpoint),
        };
        Self {
            id: job_id,
            tenant: invitation.tenant_id,
            job_type: invitation.job_type,
            payload,
            attempt: started.attempt,
            max_attempts: invitation.max_attempts,
            token: started.token,
            deadline: started.deadline,
            dependencies: started.dependencies,
            schedule: invitation.schedule,
            cancelled: CancellationToken::new(),
            notes: Arc::default(),
            checkpoint,
            context: Origin {
                actor: None,
                correlation_id: Some(invitation.correlation_id.unwrap_or_else(|| job_id.to_string())),
                causation_id: invitation.causation_id.map(|event| event.to_string()),
                traceparent: invitation.traceparent,
            },
            checkpoints,
        }
    }

    /// The payload as a type. A payload that does not fit will not fit the next time either.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, JobFailure> {
        serde_json::from_str(self.payload.as_str()).map_err(|error| {
            JobFailure::permanent(format!("the payload is not as expected: {error}")).kind("BadPayload")
        })
    }

    /// The context of everything that is sent because of the job: it belongs to what the job belongs to, or else to the
    /// job, and is caused by it. For [`Client::within`](crate::Client::within).
    pub fn context(&self) -> &Origin {
        &self.context
    }

    /// Says how far the attempt is, in percent, and what it is doing. Sent along with the next heartbeat.
    pub fn progress(&self, percent: u8, message: impl fmt::Display) {
        self.notes.set_progress(percent, message);
    }

    /// Writes a line into the job's log, for people to read: up to 2,000 characters, and 1,000 lines an attempt.
    pub fn log(&self, level: LogLevel, message: impl fmt::Display) {
        self.notes.add_line(level, message);
    }

    /// How far an earlier attempt came, as it was saved last. None, too, if it does not fit the type, as after a change
    /// of the program: then there is nothing to go on from. A checkpoint saves work and promises nothing; rarely it is
    /// an older one.
    pub fn checkpoint<T: DeserializeOwned>(&self) -> Option<T> {
        let checkpoint = self.checkpoint.as_ref()?;
        serde_json::from_str(checkpoint.as_str())
            .inspect_err(|error| tracing::warn!(job.id = %self.id, %error, "a checkpoint is not as expected"))
            .ok()
    }

    /// Saves how far the attempt came, up to 16 KiB of JSON, in place of what was saved before. Returns when it is kept:
    /// from then on the next attempt gets it, whatever happens to this worker.
    pub async fn save_checkpoint(&self, checkpoint: &impl Serialize) -> Result<(), CheckpointError> {
        let checkpoint = encode(checkpoint)?;
        let (reply, kept) = oneshot::channel();
        let request = CheckpointRequest { tenant: self.tenant, job_id: self.id, token: self.token, checkpoint, reply };
        let stopped = || CheckpointError::Unanswered("the worker has stopped".to_owned());
        self.checkpoints.send(request).await.map_err(|_| stopped())?;
        kept.await.map_err(|_| stopped())?
    }
}

/// It stands three levels deep in the command. One that breaks the rules of JSON there would spoil those of other jobs.
fn encode(checkpoint: &impl Serialize) -> Result<Checkpoint, CheckpointError> {
    let unfit = |reason: String| CheckpointError::Unfit(reason);
    let raw = serde_json::value::to_raw_value(checkpoint).map_err(|error| unfit(format!("is not JSON: {error}")))?;
    scan(format!("[[[{}]]]", raw.get()).as_bytes())
        .map_err(|refusal| unfit(format!("cannot be stored: {}", refusal.detail)))?;
    raw.try_into().map_err(|rule: &str| unfit(rule.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn job(more: serde_json::Value) -> (Job, mpsc::Receiver<CheckpointRequest>) {
        let mut invitation = json!({
            "jobId": Uuid::nil(), "tenantId": Uuid::nil(), "type": "image_extraction", "payload": 700, "attempt": 1,
            "maxAttempts": 3,
        });
        invitation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (sender, receiver) = mpsc::channel(1);
        let started =
            Started { attempt: 2, token: 5, payload: None, checkpoint: None, dependencies: None, deadline: None };
        (Job::new(serde_json::from_str(&invitation.to_string()).unwrap(), started, sender), receiver)
    }

    #[test]
    fn a_payload_that_does_not_fit_fails_the_job_for_good() {
        let (job, _checkpoints) = job(json!({}));
        assert_eq!(job.parse::<u16>(), Ok(700));
        let failure = job.parse::<u8>().unwrap_err();
        let JobFailure::Failed { kind: Some(kind), retryable: false, .. } = failure else { panic!("{failure:?}") };
        assert_eq!(kind, "BadPayload");
    }

    #[test]
    fn what_a_job_causes_belongs_to_what_it_belongs_to_or_else_to_the_job() {
        let id = Uuid::nil().to_string();
        assert_eq!(job(json!({})).0.context().correlation_id.as_deref(), Some(id.as_str()));
        let (job, _checkpoints) = job(json!({ "correlationId": "order-7", "causationId": id, "traceparent": "00-1" }));
        let context = job.context();
        assert_eq!(context.correlation_id.as_deref(), Some("order-7"));
        assert_eq!(context.causation_id.as_deref(), Some(id.as_str()));
        assert_eq!(context.traceparent.as_deref(), Some("00-1"));
    }

    #[test]
    fn a_checkpoint_that_does_not_fit_is_none() {
        let (job, _checkpoints) = job(json!({ "checkpoint": { "page": 7 } }));
        assert_eq!(job.checkpoint::<serde_json::Value>(), Some(json!({ "page": 7 })));
        assert_eq!(job.checkpoint::<u8>(), None);
    }

    #[tokio::test]
    async fn a_checkpoint_is_saved_when_it_is_said_to_be_kept() {
        let (job, mut checkpoints) = job(json!({}));
        let keep = async {
            let request = checkpoints.recv().await.unwrap();
            assert_eq!((request.token, request.checkpoint.as_str()), (5, r#"{"page":8}"#));
            request.reply.send(Ok(())).unwrap();
        };
        let page = json!({ "page": 8 });
        let (saved, ()) = tokio::join!(job.save_checkpoint(&page), keep);
        assert_eq!(saved, Ok(()));
        let too_large = job.save_checkpoint(&"x".repeat(20_000)).await.unwrap_err();
        assert!(matches!(too_large, CheckpointError::Unfit(_)), "{too_large}");
        drop(checkpoints);
        let unanswered = job.save_checkpoint(&1).await.unwrap_err();
        assert_eq!(unanswered.to_string(), "the checkpoint was not kept: the worker has stopped");
    }
}
