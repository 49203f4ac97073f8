//! The retention of jobs: those that ended, and were kept for as long as their queues say, are archived. The log is the
//! calendar: it is walked in its order, as far as it is old enough. The aggregate decides, and what the queues say then.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use plinth_events::{
    TenantId,
    queue::{QueueKey, queues_of},
};
use plinth_projections::{
    queue,
    retention::{self, EndedJob, Page, Walk},
};
use tokio_util::sync::CancellationToken;

use crate::{
    command::{
        Submitter,
        answer::Verdict,
        parse::{Envelope, JobCommand, Task},
    },
    duty::wait,
    log::{Database, LogError},
};

/// How often to look while nothing is old enough.
const IDLE: Duration = Duration::from_secs(1);
/// The pause between two pages, so that a walk through a long log leaves the database to others most of the time.
const PAUSE: Duration = Duration::from_millis(20);
/// Events per page.
const PAGE_EVENTS: u32 = 5_000;
/// Most jobs in one command: a fifth of a batch, so that other commands have room beside them.
const COMMAND_JOBS: usize = 200;

/// Archives jobs.
pub struct Retention {
    database: Database,
    submitter: Submitter,
}

/// How long jobs that ended are kept, by queue.
struct Keeps(HashMap<QueueKey, u32>);

#[derive(Debug, thiserror::Error)]
enum RetentionError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the end of their retention could not be recorded: {0}")]
    NotRecorded(String),
}

impl From<sqlx::Error> for RetentionError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl Keeps {
    /// As the most specific queue says that says it; none: for ever.
    fn seconds(&self, job: &EndedJob) -> Option<u32> {
        queues_of(job.tenant, &job.job_type).iter().rev().find_map(|queue| self.0.get(queue).copied())
    }
}

impl Retention {
    /// On a database; what is archived goes through the writer like every command.
    pub fn new(database: Database, submitter: Submitter) -> Self {
        Self { database, submitter }
    }

    /// Archives until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.round(&stop).await {
                Ok(walks) if walks > 0 => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(error = %error, "jobs could not be archived"),
            }
            wait(IDLE, &stop).await;
        }
    }

    /// A page of each walk that can go on; how many could.
    async fn round(&self, stop: &CancellationToken) -> Result<usize, RetentionError> {
        let walks = retention::due(self.database.pool()).await?;
        if walks.is_empty() {
            return Ok(0);
        }
        // read after the walks: what queues say since is another walk, which this must not move on
        let keeps = self.keeps().await?;
        for walk in &walks {
            if stop.is_cancelled() {
                break;
            }
            self.step(walk, &keeps).await?;
            wait(PAUSE, stop).await;
        }
        Ok(walks.len())
    }

    async fn keeps(&self) -> Result<Keeps, RetentionError> {
        let queues = queue::all(self.database.pool()).await?;
        let said = |row: queue::QueueRow| Some(((row.tenant, row.job_type), row.settings.keep_finished_seconds?));
        Ok(Keeps(queues.into_iter().filter_map(said).collect()))
    }

    async fn step(&self, walk: &Walk, keeps: &Keeps) -> Result<(), RetentionError> {
        let Page { position, ended } = retention::page(self.database.pool(), walk, PAGE_EVENTS).await?;
        self.archive(ended.into_iter().filter(|job| keeps.seconds(job) == Some(walk.keep_seconds))).await?;
        Ok(retention::note(self.database.pool(), walk, position).await?)
    }

    /// One command after the other, so that others come between. A job that was retried meanwhile refuses.
    async fn archive(&self, ended: impl Iterator<Item = EndedJob>) -> Result<(), RetentionError> {
        let mut by_tenant: BTreeMap<TenantId, Vec<EndedJob>> = BTreeMap::new();
        for job in ended {
            by_tenant.entry(job.tenant).or_default().push(job);
        }
        for (tenant, jobs) in by_tenant {
            for jobs in jobs.chunks(COMMAND_JOBS) {
                let task = Task::SettleJobs(jobs.iter().map(|job| (job.job_id, command(job))).collect());
                if let Verdict::Failed(failure) = self.submitter.submit(Envelope::own(tenant, task)).await {
                    return Err(RetentionError::NotRecorded(failure.cause));
                }
            }
        }
        Ok(())
    }
}

fn command(job: &EndedJob) -> JobCommand {
    JobCommand::Archive { sequence: job.sequence, ended_at: job.ended_at }
}
