//! A unique key: at most one job of a type holds it. What becomes of a job whose key another one holds.

use plinth_events::{
    JobId, Refusal, RefusalCode,
    command::job::{EnqueueJob, OnConflict},
    names::{JobKey, JobType},
    time::Instant,
};
use serde::{Deserialize, Serialize};

use super::{Job, Phase};
use crate::domain::Context;

/// The unique key of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unique {
    /// The key.
    pub key: JobKey,
    /// Until when the job holds it at least; none: until it ends.
    pub until: Option<Instant>,
}

/// What becomes of a job whose key another one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// It is enqueued beside the holder, and holds the key from now on.
    TakeOver,
    /// Nothing: the holder does.
    Existing,
    /// The holder becomes what it was to be.
    Replace,
}

impl Job {
    /// Its type and its unique key, if it has one.
    pub fn unique(&self) -> Option<(&JobType, &Unique)> {
        let job = self.enqueued.as_ref()?;
        Some((&job.job_type, job.unique.as_ref()?))
    }

    /// Whether it may still run.
    pub fn is_open(&self) -> bool {
        self.enqueued.as_ref().is_some_and(|job| !matches!(job.phase, Phase::Completed | Phase::Failed))
    }

    /// What becomes of another job that asks for the key which this one holds.
    pub fn conflict(&self, asked: &JobKey, on_conflict: OnConflict) -> Result<Conflict, Refusal> {
        let Some(job) = &self.enqueued else { return Ok(Conflict::TakeOver) };
        match on_conflict {
            OnConflict::Reject => Err(taken(asked, job.job_id)),
            OnConflict::ReturnExisting => Ok(Conflict::Existing),
            OnConflict::Replace | OnConflict::Debounce if job.waits_until().is_some() => Ok(Conflict::Replace),
            OnConflict::Replace | OnConflict::Debounce => Ok(Conflict::TakeOver),
        }
    }
}

/// The refusal of a job whose key another one holds.
pub fn taken(key: &JobKey, holder: JobId) -> Refusal {
    Refusal::new(RefusalCode::UniqueKeyTaken, format!("job {holder} holds the unique key {key}"))
        .at("/uniqueKey")
        .fact("jobId", holder.to_string())
}

/// Until when a job that is enqueued now holds its key at least.
pub(super) fn held_until(job: &EnqueueJob, context: &Context) -> Option<Instant> {
    job.unique_for_seconds.map(|seconds| context.now_millis().plus_millis(i64::from(seconds) * 1_000))
}

/// What says how a unique key is held needs one.
pub(super) fn check_is_asked(job: &EnqueueJob) -> impl Iterator<Item = Refusal> {
    let named = [("uniqueForSeconds", job.unique_for_seconds.is_some()), ("onConflict", job.on_conflict.is_some())];
    let lonely = named.into_iter().filter(|(_, is_there)| *is_there && job.unique_key.is_none());
    lonely.map(|(name, _)| {
        Refusal::new(RefusalCode::InvalidValue, format!("{name} needs a uniqueKey")).at(&format!("/{name}"))
    })
}
