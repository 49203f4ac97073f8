//! Workers that write down which jobs they ran when.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_nats::jetstream::{self, consumer::PullConsumer};
use futures_util::StreamExt;
use plinth_client::{Client, SendOptions};
use plinth_events::{
    Command, JobId, TenantId,
    command::job::{CompleteJobs, Completion, StartJobs},
    invitation::JobInvitation,
    names::JobType,
    reply::{JobItems, JobOutcome},
};
use sqlx::PgPool;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use crate::support::{Ground, eventually};

/// Longest wait for the consumer of a type.
const CONSUMER_LIMIT: Duration = Duration::from_secs(10);

/// One run of a job.
#[derive(Debug, Clone)]
pub struct Run {
    pub tenant: TenantId,
    pub key: Option<String>,
    began: Instant,
    ended: Instant,
}

/// Some workers of one type.
pub struct Crew {
    runs: Arc<Mutex<Vec<Run>>>,
    stop: CancellationToken,
    _workers: Vec<AbortOnDropHandle<()>>,
}

struct Member {
    client: Client,
    pool: PgPool,
    consumer: PullConsumer,
    name: String,
    work: Duration,
    runs: Arc<Mutex<Vec<Run>>>,
}

impl Crew {
    /// So many workers, each with up to 20 jobs at a time that take so long.
    pub async fn new(ground: &Ground, job_type: &str, workers: usize, work: Duration) -> Self {
        let job_type: JobType = job_type.parse().unwrap();
        let runs = Arc::new(Mutex::new(Vec::new()));
        let stop = CancellationToken::new();
        let mut handles = Vec::new();
        for _ in 0..workers {
            let jetstream = jetstream::new(ground.nats().await);
            let consumer = eventually(CONSUMER_LIMIT, "the consumer of the type is there", || async {
                let name = ground.subjects.job_consumer(&job_type);
                jetstream.get_consumer_from_stream(name, ground.subjects.jobs_stream()).await.ok()
            })
            .await;
            let (client, pool, runs) = (ground.client().await, ground.pool().await, Arc::clone(&runs));
            let member = Arc::new(Member { client, pool, consumer, name: Uuid::new_v4().to_string(), work, runs });
            let stop = stop.clone();
            handles.push(AbortOnDropHandle::new(tokio::spawn(async move {
                while !stop.is_cancelled() {
                    member.round().await;
                }
            })));
        }
        Self { runs, stop, _workers: handles }
    }

    /// Waits until so many jobs are done.
    pub async fn completed(&self, jobs: usize, limit: Duration) {
        eventually(limit, "the jobs are done", || async { (self.completions().len() >= jobs).then_some(()) }).await;
    }

    /// The runs so far, in the order of their ends.
    pub fn completions(&self) -> Vec<Run> {
        self.runs.lock().unwrap().clone()
    }

    /// How many jobs ran at a time, at most, of those that have the same in common.
    pub fn most_at_once<K: Eq + Hash>(&self, common: impl Fn(&Run) -> K) -> usize {
        let mut groups: HashMap<K, Vec<Run>> = HashMap::new();
        for run in self.completions() {
            groups.entry(common(&run)).or_default().push(run);
        }
        groups.values().map(|runs| most_at_once(runs)).max().unwrap_or(0)
    }

    /// How many jobs of a tenant ran at a time, at most.
    pub fn most_at_once_of(&self, tenant: &TenantId) -> usize {
        let runs: Vec<Run> = self.completions().into_iter().filter(|run| run.tenant == *tenant).collect();
        most_at_once(&runs)
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// At the beginning of some run, the most runs are under way.
fn most_at_once(runs: &[Run]) -> usize {
    let at = |moment: Instant| runs.iter().filter(|run| run.began <= moment && moment < run.ended).count();
    runs.iter().map(|run| at(run.began)).max().unwrap_or(0)
}

impl Member {
    /// Fetches, starts, runs and completes.
    async fn round(self: &Arc<Self>) {
        let fetched = self.consumer.fetch().max_messages(20).expires(Duration::from_millis(500)).messages().await;
        let Ok(mut messages) = fetched else { return tokio::time::sleep(Duration::from_millis(50)).await };
        let mut invited: HashMap<TenantId, HashSet<JobId>> = HashMap::new();
        while let Some(Ok(message)) = messages.next().await {
            let invitation: JobInvitation = serde_json::from_slice(&message.payload).unwrap();
            invited.entry(invitation.tenant_id).or_default().insert(invitation.job_id);
            message.ack().await.ok();
        }
        for (tenant, jobs) in invited {
            self.run(tenant, jobs.into_iter().collect()).await;
        }
    }

    async fn run(&self, tenant: TenantId, jobs: Vec<JobId>) {
        let worker = self.name.parse().unwrap();
        let start = Command::StartJobs(StartJobs { jobs, worker, lease_seconds: Some(30) });
        let started: JobItems = self.client.send_for(tenant, &start, &SendOptions::new()).await.unwrap();
        let began = Instant::now();
        let mut completions = Vec::new();
        for item in started.jobs {
            if let JobOutcome::Started { token, .. } = item.outcome {
                completions.push(Completion { job_id: item.job_id, token, result: None });
            }
        }
        if completions.is_empty() {
            return;
        }
        tokio::time::sleep(self.work).await;
        let ended = Instant::now();
        let ids: Vec<Uuid> = completions.iter().map(|job| job.job_id.0).collect();
        let complete = Command::CompleteJobs(CompleteJobs { jobs: completions });
        self.client.send(tenant, &complete, &SendOptions::new()).await.unwrap();
        let keys: Vec<Option<String>> = sqlx::query_scalar(
            "select payload ->> 'concurrencyKey' from plinth.events
             where event_type = 'JobEnqueued' and (payload ->> 'jobId')::uuid = any($1)",
        )
        .bind(&ids)
        .fetch_all(&self.pool)
        .await
        .unwrap();
        self.runs.lock().unwrap().extend(keys.into_iter().map(|key| Run { tenant, key, began, ended }));
    }
}
