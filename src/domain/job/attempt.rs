//! An attempt of a job: won by one worker, ended once by whoever holds its token.

use plinth_events::{
    Refusal, RefusalCode,
    command::job::Failure,
    event::job::{JobCheckpointed, JobCompleted, JobEvent, JobFailed, JobLeaseExpired, JobSnoozed, JobStarted},
    json::{Checkpoint, Payload},
    limits,
    names::{JobError, Reason, WorkerName},
    time::Instant,
};

use super::{Enqueued, Job, Phase, backoff};
use crate::domain::{Context, Decision};

/// A job whose lease ran out this often is not tried again: it seems to take its workers down.
const POISON_LEASES: u32 = 3;

impl Job {
    /// Whether its running attempt was asked to stop.
    pub fn is_asked_to_stop(&self) -> bool {
        matches!(self.enqueued, Some(Enqueued { phase: Phase::Processing { stop: Some(_), .. }, .. }))
    }
}

impl Enqueued {
    pub(super) fn start(
        &self,
        token: u64,
        worker: &WorkerName,
        lease_seconds: u32,
        context: &Context,
    ) -> Decision<JobEvent> {
        match self.phase {
            Phase::Blocked { on_jobs, .. } => {
                self.check_not_expired(context)?;
                Err(self.blocked(on_jobs))
            }
            Phase::Pending { run_at } => {
                self.check_not_expired(context)?;
                if run_at > context.now_millis() {
                    return Err(Refusal::new(RefusalCode::NotDue, format!("the job is due at {run_at}")));
                }
                Ok(vec![self.started(token, worker, lease_seconds, context).into()])
            }
            Phase::Processing { .. } => Err(self.already_started()),
            Phase::Completed | Phase::Failed => Err(self.already_ended()),
        }
    }

    fn started(&self, token: u64, worker: &WorkerName, lease_seconds: u32, context: &Context) -> JobStarted {
        let after = |seconds| context.now_millis().plus_millis(millis(seconds));
        let deadline = self.timeout_seconds.map(after);
        let lease_until = after(lease_seconds);
        JobStarted {
            job_id: self.job_id,
            job_type: self.job_type.clone(),
            attempt: self.attempts + 1,
            token,
            worker: worker.clone(),
            lease_seconds,
            lease_until: deadline.map_or(lease_until, |deadline| deadline.min(lease_until)),
            deadline,
            concurrency_key: self.concurrency_key.clone(),
        }
    }

    /// A job that was asked to stop, and finished first, is done.
    pub(super) fn complete(&self, token: u64, result: Option<&Payload>) -> Decision<JobEvent> {
        self.held(token)?;
        Ok(vec![
            JobCompleted {
                job_id: self.job_id,
                job_type: self.job_type.clone(),
                attempt: self.attempts,
                token,
                result: result.cloned(),
            }
            .into(),
        ])
    }

    /// What is kept is not looked at, and is no part of the state: the next attempt gets it from a table.
    pub(super) fn checkpoint(&self, token: u64, checkpoint: &Checkpoint) -> Decision<JobEvent> {
        self.held(token)?;
        let (job_id, job_type, checkpoint) = (self.job_id, self.job_type.clone(), checkpoint.clone());
        Ok(vec![JobCheckpointed { job_id, job_type, token, checkpoint }.into()])
    }

    pub(super) fn fail(&self, failure: &Failure, context: &Context) -> Decision<JobEvent> {
        let Failure { token, retry_after_seconds, .. } = *failure;
        let stop = self.held(token)?;
        check_delay("retryAfterSeconds", retry_after_seconds.unwrap_or(0))?;
        let is_retryable = failure.retryable.unwrap_or(true);
        let retry_at = if is_retryable { self.retry_at(retry_after_seconds, context) } else { None };
        let (error, retry_at) = unless_stopped(stop, failure.error.clone(), retry_at);
        let failed = JobFailed {
            job_id: self.job_id,
            job_type: self.job_type.clone(),
            attempt: self.attempts,
            token,
            error,
            kind: failure.kind.clone(),
            details: failure.details.clone(),
            retry_at,
        };
        Ok([failed.into()].into_iter().chain(self.too_late(retry_at)).collect())
    }

    pub(super) fn expire_lease(&self, token: u64, context: &Context) -> Decision<JobEvent> {
        let stop = self.held(token)?;
        let timed_out = self.timeout_seconds.filter(|_| self.is_past_deadline(context));
        let again = self.retry_at(None, context);
        let (error, retry_at) = match timed_out {
            Some(seconds) => (JobError::timed_out(seconds), again),
            None if self.silent_ends + 1 >= POISON_LEASES => (JobError::poison(POISON_LEASES), None),
            None => (JobError::lease_expired(), again),
        };
        let (error, retry_at) = unless_stopped(stop, error, retry_at);
        let (job_id, job_type, attempt) = (self.job_id, self.job_type.clone(), self.attempts);
        let timed_out = timed_out.is_some();
        let expired = JobLeaseExpired { job_id, job_type, attempt, token, timed_out, error, retry_at };
        Ok([expired.into()].into_iter().chain(self.too_late(retry_at)).collect())
    }

    fn is_past_deadline(&self, context: &Context) -> bool {
        matches!(self.phase, Phase::Processing { deadline: Some(deadline), .. } if deadline <= context.now_millis())
    }

    /// A job that was asked to stop, and is put back instead, is pending for no time: it is cancelled at once.
    pub(super) fn snooze(&self, token: u64, seconds: u32, context: &Context) -> Decision<JobEvent> {
        let stop = self.held(token)?;
        check_delay("seconds", seconds)?;
        let snoozed = JobSnoozed {
            job_id: self.job_id,
            job_type: self.job_type.clone(),
            token,
            attempts: self.attempts - 1,
            run_at: context.now_millis().plus_millis(millis(seconds)),
        };
        let end = stop.map_or_else(|| self.too_late(Some(snoozed.run_at)), |reason| Some(self.cancelled(reason)));
        Ok([snoozed.into()].into_iter().chain(end).collect())
    }

    /// Whether the running attempt was asked to stop, for whoever holds its token.
    fn held(&self, token: u64) -> Result<Option<&Reason>, Refusal> {
        match &self.phase {
            Phase::Processing { token: current, stop, .. } if *current == token => Ok(stop.as_ref()),
            _ => {
                let detail = format!("token {token} is not that of a running attempt, the job is {}", self.status());
                Err(Refusal::new(RefusalCode::StaleLease, detail))
            }
        }
    }

    /// When the next attempt may start, if there is one left.
    fn retry_at(&self, after_seconds: Option<u32>, context: &Context) -> Option<Instant> {
        let wait_ms = || backoff::wait_ms(self.retry.as_ref(), self.job_id, self.attempts, context.seed);
        let wait_ms = after_seconds.map_or_else(wait_ms, millis);
        (self.attempts < self.max_attempts).then(|| context.now_millis().plus_millis(wait_ms))
    }
}

/// How a failed attempt ends: for good, and with another error, when the job was asked to stop.
fn unless_stopped(stop: Option<&Reason>, error: JobError, retry_at: Option<Instant>) -> (JobError, Option<Instant>) {
    match stop {
        Some(reason) => (JobError::cancelled(reason), None),
        None => (error, retry_at),
    }
}

fn check_delay(field: &str, seconds: u32) -> Result<(), Refusal> {
    let most = limits::DELAY_SECONDS;
    if seconds <= most {
        return Ok(());
    }
    let detail = format!("{field} {seconds} must be between 0 and {most}");
    Err(Refusal::new(RefusalCode::InvalidValue, detail).at(&format!("/{field}")))
}

fn millis(seconds: u32) -> i64 {
    i64::from(seconds) * 1_000
}
