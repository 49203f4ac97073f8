//! How a job waits for others: until those that it depends on have ended, and for its turn among those of its sequence
//! key. And how it ends when it has waited for too long.
//!
//! A job knows nothing of others: who reports that its wait is over has seen them end, and names the wait, which is the
//! sequence number of the event that it began with.

use std::collections::HashSet;

use plinth_events::{
    JobId, Refusal, RefusalCode,
    command::job::EnqueueJob,
    event::job::{JobDependencyFailed, JobEnqueued, JobEvent, JobExpired, JobReleased},
    flow::{DependencyCounts, OnDependencyFailure},
    time::Instant,
};

use super::{Enqueued, Job, Phase};
use crate::domain::{Context, Decision};

/// What a job is to one that depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is no such job.
    Unknown,
    /// It has not ended.
    Open,
    /// It is done.
    Completed,
    /// It failed, or was cancelled.
    Failed,
}

impl Job {
    /// What the job is to one that depends on it.
    pub fn standing(&self) -> Standing {
        match self.enqueued.as_ref().map(|job| &job.phase) {
            None => Standing::Unknown,
            Some(Phase::Blocked { .. } | Phase::Pending { .. } | Phase::Processing { .. }) => Standing::Open,
            Some(Phase::Completed) => Standing::Completed,
            Some(Phase::Failed) => Standing::Failed,
        }
    }
}

/// Each job once, in their order, of those with such a standing.
pub(super) fn distinct(dependencies: &[(JobId, Standing)], is_asked: impl Fn(Standing) -> bool) -> Vec<JobId> {
    let mut seen = HashSet::new();
    let asked = dependencies.iter().filter(|(_, standing)| is_asked(*standing)).map(|(job, _)| *job);
    asked.filter(|job| seen.insert(*job)).collect()
}

/// What is wrong with what a job is to wait for.
pub(super) fn check_waits(
    job: &EnqueueJob,
    dependencies: &[(JobId, Standing)],
    context: &Context,
) -> impl Iterator<Item = Refusal> {
    let unknown = dependencies.iter().enumerate().filter(|(_, (_, standing))| *standing == Standing::Unknown);
    let unknown = unknown.map(|(index, (job, _))| {
        let detail =
            format!("job {job} is unknown: a job can depend on jobs that exist, and on earlier ones of its batch");
        Refusal::new(RefusalCode::UnknownJob, detail).at(&format!("/dependsOn/{index}"))
    });
    let ahead = job.expires_at.and_then(|time| context.check_not_too_far_ahead("expiresAt", time).err());
    let never = job.expires_at.zip(job.run_at).filter(|(expires_at, run_at)| expires_at <= run_at);
    let never = never.map(|(expires_at, run_at)| {
        let detail = format!("expiresAt {expires_at} must be later than runAt {run_at}");
        Refusal::new(RefusalCode::InvalidValue, detail).at("/expiresAt")
    });
    unknown.chain(ahead).chain(never)
}

/// The end of a job that cannot run any more when it is enqueued.
pub(super) fn ended_at_once(event: &JobEnqueued, context: &Context) -> Option<JobEvent> {
    let (job_id, job_type) = (event.job_id, event.job_type.clone());
    let fails_with_others = event.on_dependency_failure.unwrap_or_default() == OnDependencyFailure::Cancel;
    if let Some(dependency) = event.failed_dependencies.first().filter(|_| fails_with_others) {
        return Some(JobDependencyFailed { job_id, job_type, dependency: *dependency }.into());
    }
    let expires_at = event.expires_at.filter(|expires_at| *expires_at <= context.now_millis())?;
    Some(JobExpired { job_id, job_type, expires_at }.into())
}

impl Enqueued {
    pub(super) fn release(
        &self,
        wait: u64,
        dependencies: Option<DependencyCounts>,
        context: &Context,
    ) -> Decision<JobEvent> {
        let run_at = self.waiting(wait)?.max(context.now_millis());
        let (job_id, job_type) = (self.job_id, self.job_type.clone());
        Ok(vec![JobReleased { job_id, job_type, run_at, dependencies }.into()])
    }

    pub(super) fn fail_with(&self, wait: u64, dependency: JobId) -> Decision<JobEvent> {
        self.waiting(wait)?;
        let (job_id, job_type) = (self.job_id, self.job_type.clone());
        Ok(vec![JobDependencyFailed { job_id, job_type, dependency }.into()])
    }

    pub(super) fn expire(&self, context: &Context) -> Decision<JobEvent> {
        match self.phase {
            Phase::Completed | Phase::Failed => Err(self.already_ended()),
            Phase::Processing { .. } => Err(self.already_started()),
            Phase::Blocked { .. } | Phase::Pending { .. } => match self.expired(context.now_millis()) {
                Some(event) => Ok(vec![event]),
                None => Err(Refusal::new(RefusalCode::NotDue, "the job has not expired")),
            },
        }
    }

    /// The end of the job if an attempt that starts at this time starts too late.
    fn expired(&self, start_at: Instant) -> Option<JobEvent> {
        let expires_at = self.expires_at.filter(|expires_at| *expires_at <= start_at)?;
        Some(JobExpired { job_id: self.job_id, job_type: self.job_type.clone(), expires_at }.into())
    }

    /// The same for the next attempt, if there is one.
    pub(super) fn too_late(&self, retry_at: Option<Instant>) -> Option<JobEvent> {
        self.expired(retry_at?)
    }

    /// Refuses what comes too late.
    pub(super) fn check_not_expired(&self, context: &Context) -> Result<(), Refusal> {
        match self.expires_at.filter(|expires_at| *expires_at <= context.now_millis()) {
            Some(expires_at) => Err(Refusal::new(RefusalCode::Expired, format!("the job expired at {expires_at}"))),
            None => Ok(()),
        }
    }

    /// Refuses to start the job before its wait is over.
    pub(super) fn blocked(&self, on_jobs: bool) -> Refusal {
        let jobs = on_jobs.then(|| "until the jobs that it depends on have ended".to_owned());
        let line = self.sequence_key.as_ref().map(|key| format!("for its turn under sequence key {key}"));
        let waits: Vec<String> = jobs.into_iter().chain(line).collect();
        Refusal::new(RefusalCode::Blocked, format!("the job waits {}", waits.join(", and ")))
    }

    /// When the job may start, if this is what it waits for.
    fn waiting(&self, wait: u64) -> Result<Instant, Refusal> {
        match self.phase {
            Phase::Blocked { since, run_at, .. } if since == wait => Ok(run_at),
            _ => Err(Refusal::new(RefusalCode::StaleLease, format!("wait {wait} of the job is over already"))),
        }
    }
}
