//! What can be changed about a job while it waits: what it is, its time, its priority.

use plinth_events::{
    Refusal, RefusalCode,
    command::job::{EnqueueJob, OnConflict},
    event::job::{JobEvent, JobPrioritized, JobReplaced, JobRescheduled},
    json::{Checkpoint, Payload},
    limits,
    names::Reason,
    time::Instant,
};
use serde::{Deserialize, Serialize};

use super::{Enqueued, Job, Phase, enqueue::enqueued};
use crate::domain::{Context, Decision};

/// What a job became: an invitation may still carry what it was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Replaced {
    /// What the worker gets.
    pub(super) payload: Payload,
    /// How far an attempt came with it.
    pub(super) checkpoint: Option<Checkpoint>,
}

impl Job {
    /// What it became, if it was replaced.
    pub(super) fn replaced(&self) -> Option<&Replaced> {
        self.enqueued.as_ref()?.replaced.as_ref()
    }

    /// Whether it waits for other jobs, for its time, or for a worker.
    pub(super) fn is_waiting(&self) -> bool {
        self.waits_until().is_some()
    }

    /// When it may start at the earliest; none: it does not wait.
    pub fn waits_until(&self) -> Option<Instant> {
        self.enqueued.as_ref()?.waits_until()
    }
}

impl Enqueued {
    /// When it may start at the earliest; none: it does not wait.
    pub(super) fn waits_until(&self) -> Option<Instant> {
        match self.phase {
            Phase::Blocked { run_at, .. } | Phase::Pending { run_at } => Some(run_at),
            _ => None,
        }
    }

    /// Waits for another time, and as before for everything else.
    pub(super) fn wait_until(&mut self, time: Instant) {
        if let Phase::Blocked { run_at, .. } | Phase::Pending { run_at } = &mut self.phase {
            *run_at = time;
        }
    }

    /// Remembers how far it came where an invitation may not know it.
    pub(super) fn keep_checkpoint(&mut self, checkpoint: Checkpoint) {
        if let Some(replaced) = &mut self.replaced {
            replaced.checkpoint = Some(checkpoint);
        }
    }

    /// Is another job from now on, with all of its attempts.
    pub(super) fn become_other(&mut self, event: JobReplaced) {
        self.wait_until(event.run_at);
        self.priority = event.priority;
        self.max_attempts = event.max_attempts;
        self.retry = event.retry;
        self.timeout_seconds = event.timeout_seconds;
        self.replaced = Some(Replaced { payload: event.payload, checkpoint: None });
        (self.attempts, self.silent_ends) = (0, 0);
    }

    /// It becomes what another job was to be. What it waits for beside its time stays, and so does its concurrency key.
    pub(super) fn replace(&self, job: &EnqueueJob, context: &Context) -> Decision<JobEvent> {
        let waits_until = self.check_waits()?;
        let new = enqueued(self.job_id, job, &[], context)?;
        let has_new_time = job.run_at.is_some() || job.on_conflict == Some(OnConflict::Debounce);
        Ok(vec![
            JobReplaced {
                job_id: self.job_id,
                job_type: self.job_type.clone(),
                payload: new.payload,
                max_attempts: new.max_attempts,
                run_at: if has_new_time { new.run_at } else { waits_until },
                priority: new.priority,
                retry: new.retry,
                timeout_seconds: new.timeout_seconds,
            }
            .into(),
        ])
    }

    pub(super) fn reschedule(&self, run_at: Instant, reason: Option<&Reason>, context: &Context) -> Decision<JobEvent> {
        let waits_until = self.check_waits()?;
        context.check_not_too_far_ahead("runAt", run_at)?;
        let run_at = run_at.max(context.now_millis());
        if run_at == waits_until {
            return Ok(Vec::new());
        }
        let (job_id, job_type, reason) = (self.job_id, self.job_type.clone(), reason.cloned());
        Ok(vec![JobRescheduled { job_id, job_type, run_at, reason }.into()])
    }

    pub(super) fn prioritize(&self, priority: i16, reason: Option<&Reason>) -> Decision<JobEvent> {
        self.check_waits()?;
        if !limits::PRIORITIES.contains(&priority) {
            let (least, most) = limits::PRIORITIES.into_inner();
            let detail = format!("priority {priority} must be between {least} and {most}");
            return Err(Refusal::new(RefusalCode::InvalidValue, detail).at("/priority"));
        }
        if priority == self.priority {
            return Ok(Vec::new());
        }
        let (job_id, job_type, reason) = (self.job_id, self.job_type.clone(), reason.cloned());
        Ok(vec![JobPrioritized { job_id, job_type, priority, reason }.into()])
    }

    fn check_waits(&self) -> Result<Instant, Refusal> {
        self.waits_until().ok_or_else(|| match self.phase {
            Phase::Processing { .. } => self.already_started(),
            _ => self.already_ended(),
        })
    }
}
