//! A job: it waits for its time, is tried until it is completed or has failed, and can be cancelled and retried.
//!
//! ```text
//!                    Start                 Complete
//!     ┌── pending ────────────► processing ─────────► completed
//!     │    ▲   ▲                 │    │
//!     │    │   └─────────────────┘    │ Fail or ExpireLease without an attempt left,
//!     │    │    Snooze; Fail or       │ or after a request to stop; Fail, not retryable
//!     │    │    ExpireLease with      │
//!     │    │    an attempt left       ▼
//!     │    └───────────────────────  failed
//!     │                Retry          ▲
//!     └───────────────────────────────┘
//!                     Cancel
//! ```
//!
//! A job that has to wait for others begins as blocked, and so does one with a sequence key by `Retry`. `Release` makes it
//! pending; `FailWithDependency` and `Cancel` end it. `Expire` ends it too, and any pending one. `Archive` makes an end final.
//!
//! The token of an attempt is the sequence number of its `JobStarted`, so it grows from attempt to attempt. Whether a
//! lease has run out is not decided here: leases are extended without events, and Postgres keeps their time.

mod archive;
mod attempt;
mod backoff;
mod command;
mod enqueue;
pub mod flow;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
pub mod unique;
mod waiting;

use plinth_events::{
    JobId, Refusal, RefusalCode,
    event::job::{
        JobCancelRequested, JobCancelled, JobEnqueued, JobEvent, JobFailed, JobLeaseExpired, JobRetried, JobSnoozed,
        JobStarted,
    },
    flow::DependencyCounts,
    names::{JobKey, JobType, Reason},
    reply::JobOutcome,
    retry::RetryPolicy,
    time::Instant,
};
use serde::{Deserialize, Serialize};

pub use self::command::JobCommand;
use self::{enqueue::enqueue, flow::Standing, unique::Unique, waiting::Replaced};
use super::{Context, Decision, aggregate};

/// The state of a job: what decisions need. Its payload, result and error are none of that.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The sequence number of its last event.
    sequence: u64,
    /// Nothing until it is enqueued.
    enqueued: Option<Enqueued>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Enqueued {
    job_id: JobId,
    job_type: JobType,
    priority: i16,
    max_attempts: u32,
    retry: Option<RetryPolicy>,
    timeout_seconds: Option<u32>,
    concurrency_key: Option<JobKey>,
    sequence_key: Option<JobKey>,
    expires_at: Option<Instant>,
    /// How the jobs ended that it depends on, once they have.
    dependencies: Option<DependencyCounts>,
    unique: Option<Unique>,
    /// What the worker gets, if the job was replaced: an invitation may still carry what it was before.
    replaced: Option<Replaced>,
    /// Attempts that count: those that were not snoozed.
    attempts: u32,
    /// Attempts whose worker fell silent.
    silent_ends: u32,
    phase: Phase,
    /// Nothing happens to it any more.
    is_archived: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Phase {
    /// Until the jobs that it depends on have ended, and for its turn under its sequence key. `since` is the sequence number
    /// of the event that the wait began with.
    Blocked {
        since: u64,
        run_at: Instant,
        on_jobs: bool,
    },
    Pending {
        run_at: Instant,
    },
    Processing {
        token: u64,
        deadline: Option<Instant>,
        stop: Option<Reason>,
    },
    Completed,
    Failed,
}

impl Job {
    /// What a command does to the job, or why it does nothing.
    pub fn decide(&self, command: &JobCommand, context: &Context) -> Decision<JobEvent> {
        let Some(job) = &self.enqueued else {
            return match command {
                JobCommand::Enqueue { job_id, job, dependencies } => enqueue(*job_id, job, dependencies, context),
                _ => Err(Refusal::new(RefusalCode::UnknownJob, "the job is unknown")),
            };
        };
        match command {
            JobCommand::Enqueue { job_id, .. } => {
                Err(Refusal::new(RefusalCode::JobIdTaken, format!("the job id {job_id} is taken")).at("/jobId"))
            }
            JobCommand::Start { worker, lease_seconds } => {
                job.start(self.sequence + 1, worker, *lease_seconds, context)
            }
            JobCommand::Complete { token, result } => job.complete(*token, result.as_ref()),
            JobCommand::Checkpoint { token, checkpoint } => job.checkpoint(*token, checkpoint),
            JobCommand::Fail { failure } => job.fail(failure, context),
            JobCommand::Snooze { token, seconds } => job.snooze(*token, *seconds, context),
            JobCommand::Cancel { reason } => job.cancel(reason),
            JobCommand::Retry { reason } => job.retry(reason.as_ref(), context),
            JobCommand::Replace { job: new } => job.replace(new, context),
            JobCommand::Reschedule { run_at, reason } => job.reschedule(*run_at, reason.as_ref(), context),
            JobCommand::Prioritize { priority, reason } => job.prioritize(*priority, reason.as_ref()),
            JobCommand::ExpireLease { token } => job.expire_lease(*token, context),
            JobCommand::Release { wait, dependencies } => job.release(*wait, *dependencies, context),
            JobCommand::FailWithDependency { wait, dependency } => job.fail_with(*wait, *dependency),
            JobCommand::Expire => job.expire(context),
            JobCommand::Archive { sequence, ended_at } => job.archive(*sequence == self.sequence, *ended_at),
        }
    }

    /// The state after an event.
    pub fn evolve(&mut self, event: JobEvent) {
        self.sequence += 1;
        if let JobEvent::JobEnqueued(event) = event {
            self.enqueued = Some(Enqueued::new(event));
        } else if let Some(job) = &mut self.enqueued {
            job.evolve(event, self.sequence);
        }
    }

    /// What became of the job, by the events that its command came to.
    pub fn outcome(&self, events: &[JobEvent]) -> JobOutcome {
        match events.last() {
            Some(
                JobEvent::JobEnqueued(_)
                | JobEvent::JobRetried(_)
                | JobEvent::JobReplaced(_)
                | JobEvent::JobRescheduled(_)
                | JobEvent::JobPrioritized(_)
                | JobEvent::JobReleased(_),
            ) => JobOutcome::Pending,
            Some(JobEvent::JobStarted(JobStarted { attempt, token, lease_until, deadline, .. })) => {
                JobOutcome::Started {
                    attempt: *attempt,
                    token: *token,
                    lease_until: *lease_until,
                    dependencies: self.enqueued.as_ref().and_then(|job| job.dependencies),
                    deadline: *deadline,
                    payload: self.replaced().map(|replaced| replaced.payload.clone()),
                    checkpoint: self.replaced().and_then(|replaced| replaced.checkpoint.clone()),
                }
            }
            Some(JobEvent::JobCheckpointed(_)) => JobOutcome::Checkpointed,
            Some(JobEvent::JobCompleted(_)) => JobOutcome::Completed,
            // it stays what it was
            Some(JobEvent::JobArchived(_)) if self.standing() == Standing::Completed => JobOutcome::Completed,
            Some(JobEvent::JobArchived(_)) => JobOutcome::Failed,
            Some(
                JobEvent::JobFailed(JobFailed { retry_at, .. })
                | JobEvent::JobLeaseExpired(JobLeaseExpired { retry_at, .. }),
            ) => retry_at.map_or(JobOutcome::Failed, |retry_at| JobOutcome::Retrying { retry_at }),
            Some(JobEvent::JobSnoozed(JobSnoozed { run_at, .. })) => JobOutcome::Snoozed { run_at: *run_at },
            Some(JobEvent::JobDependencyFailed(_) | JobEvent::JobExpired(_)) => JobOutcome::Failed,
            Some(JobEvent::JobCancelled(_)) => JobOutcome::Cancelled,
            Some(JobEvent::JobCancelRequested(_)) => JobOutcome::CancelRequested,
            // nothing to change: it waits for that time already, or was asked to stop already
            None if self.is_waiting() => JobOutcome::Pending,
            None => JobOutcome::CancelRequested,
        }
    }
}

aggregate!(Job, "job", JobCommand => JobEvent, Context);

impl Enqueued {
    fn new(event: JobEnqueued) -> Self {
        let run_at = event.run_at;
        let on_jobs = event.open_dependencies().next().is_some();
        let has_waited = !event.depends_on.is_empty() && !on_jobs;
        let dependencies = has_waited.then(|| event.ended_dependencies());
        let is_blocked = event.is_blocked();
        Self {
            job_id: event.job_id,
            job_type: event.job_type,
            priority: event.priority,
            max_attempts: event.max_attempts,
            retry: event.retry,
            timeout_seconds: event.timeout_seconds,
            concurrency_key: event.concurrency_key,
            unique: event.unique_key.map(|key| Unique { key, until: event.unique_until }),
            replaced: None,
            expires_at: event.expires_at,
            dependencies,
            attempts: 0,
            silent_ends: 0,
            phase: if is_blocked { Phase::Blocked { since: 1, run_at, on_jobs } } else { Phase::Pending { run_at } },
            is_archived: false,
            sequence_key: event.sequence_key,
        }
    }

    fn evolve(&mut self, event: JobEvent, sequence: u64) {
        match event {
            JobEvent::JobEnqueued(_) => {}
            JobEvent::JobCheckpointed(event) => self.keep_checkpoint(event.checkpoint),
            JobEvent::JobStarted(event) => {
                self.attempts = event.attempt;
                self.phase = Phase::Processing { token: sequence, deadline: event.deadline, stop: None };
            }
            JobEvent::JobCompleted(_) => {
                self.replaced = None;
                self.phase = Phase::Completed;
            }
            JobEvent::JobReplaced(event) => self.become_other(event),
            JobEvent::JobRescheduled(event) => self.wait_until(event.run_at),
            JobEvent::JobPrioritized(event) => self.priority = event.priority,
            JobEvent::JobFailed(JobFailed { retry_at, .. }) => {
                self.phase = retry_at.map_or(Phase::Failed, |run_at| Phase::Pending { run_at });
            }
            JobEvent::JobLeaseExpired(JobLeaseExpired { retry_at, timed_out, .. }) => {
                self.silent_ends += u32::from(!timed_out);
                self.phase = retry_at.map_or(Phase::Failed, |run_at| Phase::Pending { run_at });
            }
            JobEvent::JobSnoozed(event) => {
                self.attempts = event.attempts;
                self.phase = Phase::Pending { run_at: event.run_at };
            }
            JobEvent::JobCancelRequested(event) => {
                if let Phase::Processing { stop, .. } = &mut self.phase {
                    *stop = Some(event.reason);
                }
            }
            JobEvent::JobCancelled(_) | JobEvent::JobDependencyFailed(_) | JobEvent::JobExpired(_) => {
                self.phase = Phase::Failed;
            }
            JobEvent::JobRetried(JobRetried { run_at, sequence_key, .. }) => {
                (self.attempts, self.silent_ends) = (0, 0);
                self.phase = match sequence_key {
                    Some(_) => Phase::Blocked { since: sequence, run_at, on_jobs: false },
                    None => Phase::Pending { run_at },
                };
            }
            JobEvent::JobArchived(_) => {
                self.replaced = None;
                self.is_archived = true;
            }
            JobEvent::JobReleased(event) => {
                self.dependencies = event.dependencies.or(self.dependencies);
                self.phase = Phase::Pending { run_at: event.run_at };
            }
        }
    }

    fn cancel(&self, reason: &Reason) -> Decision<JobEvent> {
        match &self.phase {
            Phase::Blocked { .. } | Phase::Pending { .. } => Ok(vec![self.cancelled(reason)]),
            Phase::Processing { stop: None, .. } => {
                let (job_id, job_type, reason) = (self.job_id, self.job_type.clone(), reason.clone());
                Ok(vec![JobCancelRequested { job_id, job_type, reason }.into()])
            }
            Phase::Processing { stop: Some(_), .. } => Ok(Vec::new()),
            Phase::Completed | Phase::Failed => Err(self.already_ended()),
        }
    }

    fn retry(&self, reason: Option<&Reason>, context: &Context) -> Decision<JobEvent> {
        self.check_not_archived()?;
        if self.phase != Phase::Failed {
            return Err(Refusal::new(RefusalCode::NotFailed, format!("the job is {}, not failed", self.status())));
        }
        self.check_not_expired(context)?;
        Ok(vec![
            JobRetried {
                job_id: self.job_id,
                job_type: self.job_type.clone(),
                run_at: context.now_millis(),
                priority: self.priority,
                concurrency_key: self.concurrency_key.clone(),
                sequence_key: self.sequence_key.clone(),
                expires_at: self.expires_at,
                reason: reason.cloned(),
            }
            .into(),
        ])
    }

    fn cancelled(&self, reason: &Reason) -> JobEvent {
        JobCancelled { job_id: self.job_id, job_type: self.job_type.clone(), reason: reason.clone() }.into()
    }

    fn already_started(&self) -> Refusal {
        let detail = format!("attempt {} of the job is running", self.attempts);
        Refusal::new(RefusalCode::AlreadyStarted, detail)
    }

    fn already_ended(&self) -> Refusal {
        let ended = || Refusal::new(RefusalCode::AlreadyEnded, format!("the job is {}", self.status()));
        self.check_not_archived().err().unwrap_or_else(ended)
    }

    fn status(&self) -> &'static str {
        match self.phase {
            Phase::Blocked { .. } | Phase::Pending { .. } => "pending",
            Phase::Processing { .. } => "processing",
            Phase::Completed => "completed",
            Phase::Failed => "failed",
        }
    }
}
