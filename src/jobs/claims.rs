//! Finds jobs for workers that ask for them, instead of fetching invitations from the work queue. Like an invitation, what
//! is found promises nothing: who starts a job is decided by its aggregate. So the message of a job that was found here may
//! lie in the work queue all the same; whoever fetches it is refused, and drops it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use plinth_events::{JobId, TenantId, limits, names::JobType};
use plinth_projections::job_queue::{
    claim::{self, WaitingJob, Work},
    dispatch::Line,
    held,
};
use tokio::sync::Semaphore;

use super::{allowances::Allowances, route::Route};
use crate::log::{Database, LogError};

/// How many look for jobs at a time: those who wait for some must not keep others from the database.
const LOOKS: usize = 2;

/// Finds jobs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Claims {
    database: Database,
    looks: Arc<Semaphore>,
    /// Jobs that were given to somebody of this process, who is about to start them.
    given: Arc<Mutex<HashSet<JobId>>>,
}

/// Jobs that somebody is about to start: nobody else of this process is given them for as long as this is there.
#[derive(Debug)]
pub struct Given {
    jobs: Vec<JobId>,
    given: Arc<Mutex<HashSet<JobId>>>,
}

impl Claims {
    /// In the job queue of a database.
    pub fn new(database: Database) -> Self {
        Self { database, looks: Arc::new(Semaphore::new(LOOKS)), given: Arc::default() }
    }

    /// Jobs of a tenant for a worker to start, up to `most`, the most urgent first, as far as the queues let them through
    /// and their payloads fit one answer.
    pub async fn find(&self, tenant: TenantId, types: &[JobType], most: u32) -> Result<Given, LogError> {
        // it is never closed
        let _turn = self.looks.acquire().await.ok();
        let mut connection = self.database.pool().acquire().await?;
        let mut allowances = Allowances::read(&mut connection).await?;
        let is_for_workers = |job_type: &JobType| {
            let line = Line { job_type: job_type.clone(), tenant };
            matches!(allowances.route(&line), Route::Workers(_))
        };
        let types: Vec<JobType> = types.iter().filter(|job_type| is_for_workers(job_type)).cloned().collect();
        let without: Vec<JobId> = lock(&self.given).iter().copied().collect();
        let waiting = claim::waiting(&mut *connection, tenant, &types, most, &without).await?;
        let Choice { chosen, held } = choose(tenant, waiting, most, &mut allowances);
        if !held.is_empty() {
            held::hold(&mut *connection, held).await?;
        }
        Ok(self.give(chosen))
    }

    /// What is to be known of jobs that were started, by their tokens; without those whose attempt is over.
    pub async fn work(&self, tenant: TenantId, started: &[(JobId, u64)]) -> Result<Vec<Work>, LogError> {
        Ok(claim::work(self.database.pool(), tenant, started).await?)
    }

    /// Those that nobody else was given meanwhile.
    fn give(&self, chosen: Vec<JobId>) -> Given {
        let mut given = lock(&self.given);
        let jobs = chosen.into_iter().filter(|job| given.insert(*job)).collect();
        Given { jobs, given: Arc::clone(&self.given) }
    }
}

impl Given {
    /// Which jobs.
    pub fn jobs(&self) -> &[JobId] {
        &self.jobs
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        let mut given = lock(&self.given);
        for job in &self.jobs {
            given.remove(job);
        }
    }
}

/// What becomes of the jobs that wait.
struct Choice {
    chosen: Vec<JobId>,
    /// Jobs of busy keys, to be set aside so that they do not stand in the way of others.
    held: Vec<JobId>,
}

fn choose(tenant: TenantId, waiting: Vec<WaitingJob>, most: u32, allowances: &mut Allowances) -> Choice {
    let mut choice = Choice { chosen: Vec::new(), held: Vec::new() };
    let mut bytes = 0;
    for job in waiting.into_iter() {
        bytes += job.payload_bytes;
        if choice.chosen.len() >= most as usize || (bytes > limits::PAGE_BYTES as u64 && !choice.chosen.is_empty()) {
            break;
        }
        let line = Line { job_type: job.job_type, tenant };
        if !job.is_published && !allowances.take_key(&line, job.concurrency_key.as_ref()) {
            choice.held.push(job.job_id);
        } else if job.is_published || allowances.take(&line) {
            choice.chosen.push(job.job_id);
        }
    }
    choice
}

fn lock(given: &Mutex<HashSet<JobId>>) -> MutexGuard<'_, HashSet<JobId>> {
    given.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use plinth_projections::queue::QueueRow;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const ACME: TenantId = TenantId(Uuid::from_u128(1));

    fn waiting(number: u128, key: Option<&str>, is_published: bool, payload_bytes: u64) -> WaitingJob {
        let concurrency_key = key.map(|key| key.parse().unwrap());
        let job_type = "export".parse().unwrap();
        WaitingJob { job_id: id(number), job_type, concurrency_key, is_published, payload_bytes }
    }

    fn id(number: u128) -> JobId {
        JobId(Uuid::from_u128(number))
    }

    fn allowing(settings: serde_json::Value) -> Allowances {
        let settings = serde_json::from_value(settings).unwrap();
        let queue = QueueRow { tenant: ACME, job_type: None, settings, is_paused: false };
        Allowances::of(vec![queue], Vec::new(), Vec::new(), "2026-03-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn as_many_are_chosen_as_were_asked_for_and_fit_one_answer() {
        let jobs = || (1..=4).map(|number| waiting(number, None, false, 300 * 1024)).collect();
        let chosen = |most| choose(ACME, jobs(), most, &mut Allowances::default()).chosen;
        assert_eq!(chosen(1), [id(1)]);
        assert_eq!(chosen(100), [id(1), id(2)]);
    }

    #[test]
    fn what_was_published_was_let_through_and_the_others_only_as_the_queues_say() {
        let jobs = vec![waiting(1, None, false, 1), waiting(2, None, true, 1), waiting(3, None, false, 1)];
        let choice = choose(ACME, jobs, 100, &mut allowing(json!({ "concurrency": 1 })));
        assert_eq!(choice.chosen, [id(1), id(2)]);
        assert_eq!(choice.held, []);
    }

    #[test]
    fn jobs_of_a_busy_key_are_set_aside() {
        let jobs = vec![waiting(1, Some("a"), false, 1), waiting(2, Some("a"), false, 1), waiting(3, None, false, 1)];
        let choice = choose(ACME, jobs, 100, &mut allowing(json!({ "concurrencyPerKey": 1 })));
        assert_eq!(choice.chosen, [id(1), id(3)]);
        assert_eq!(choice.held, [id(2)]);
    }
}
