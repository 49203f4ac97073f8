//! Who holds the unique keys that a batch is about: looked up once for all of them, kept up with by its commands.

#[cfg(test)]
mod model;

use std::collections::{HashMap, HashSet};

use plinth_events::{AggregateKey, Command, JobId, Refusal, TenantId, command::job::EnqueueJob, time::Instant};
use sqlx::PgConnection;

use super::{
    cache::Cache,
    parse::{Envelope, Task},
    states::State,
};
use crate::{
    domain::job::{Job, unique},
    log::{
        LogError,
        unique_keys::{self, Hold, UniqueKey},
    },
};

/// Who held the keys last that a batch is about. Their jobs are in the cache from then on.
pub async fn look_up(
    connection: &mut PgConnection,
    envelopes: &[&Envelope],
    named: &[AggregateKey],
    cache: &mut Cache,
) -> Result<HashMap<UniqueKey, Hold>, LogError> {
    let holds = unique_keys::find(connection, asked(envelopes, named, cache)).await?;
    let holders: Vec<AggregateKey> = holds.iter().map(|(key, hold)| AggregateKey::Job(key.tenant, hold.job)).collect();
    cache.load(connection, &holders).await?;
    Ok(holds)
}

/// The keys of new jobs, and those of the jobs that the batch names.
fn asked(envelopes: &[&Envelope], named: &[AggregateKey], cache: &Cache) -> HashSet<UniqueKey> {
    let new = envelopes.iter().flat_map(|envelope| {
        let (one, many) = match &envelope.task {
            Task::Command(Command::EnqueueJob(job)) => (Some(job), None),
            Task::Command(Command::EnqueueJobs(command)) => (None, Some(command.all())),
            _ => (None, None),
        };
        one.into_iter().chain(many.into_iter().flatten()).filter_map(|job| of_new(envelope.tenant, job))
    });
    let old = named.iter().filter_map(|key| match &cache.peek(key)?.state {
        State::Job(job) => of(key.tenant(), job),
        _ => None,
    });
    new.chain(old).collect()
}

/// The key that a new job asks for.
pub fn of_new(tenant: TenantId, job: &EnqueueJob) -> Option<UniqueKey> {
    Some(UniqueKey { tenant, job_type: job.job_type.clone(), key: job.unique_key.clone()? })
}

/// The key of a job.
fn of(tenant: TenantId, job: &Job) -> Option<UniqueKey> {
    let (job_type, unique) = job.unique()?;
    Some(UniqueKey { tenant, job_type: job_type.clone(), key: unique.key.clone() })
}

/// What a command does to the key of a job.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// Which job.
    pub job: JobId,
    /// Whether it had not ended before.
    pub was_open: bool,
    /// Whether it may take the key from another job.
    pub takes_over: bool,
    /// When.
    pub now: Instant,
}

impl Change {
    /// The key and who holds it from now on, given who did; none: nothing changes.
    pub fn hold(
        self,
        tenant: TenantId,
        state: &Job,
        last: impl FnOnce(&UniqueKey) -> Option<Hold>,
    ) -> Result<Option<(UniqueKey, Hold)>, Refusal> {
        let Self { job, was_open, takes_over, now } = self;
        let Some((_, held)) = state.unique().filter(|_| was_open != state.is_open()) else { return Ok(None) };
        let Some(key) = of(tenant, state) else { return Ok(None) };
        let last = last(&key);
        if was_open {
            let until = Some(held.until.map_or(now, |until| until.max(now)));
            return Ok(last.filter(|last| last.job == job).map(|_| (key, Hold { job, until })));
        }
        match last {
            Some(last) if last.job != job && last.is_on(now) && !takes_over => Err(unique::taken(&key.key, last.job)),
            _ => Ok(Some((key, Hold { job, until: None }))),
        }
    }
}
