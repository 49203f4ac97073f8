//! The flow of jobs: those whose wait for others is over are released, or fail with what they waited for; those that
//! waited for too long end. Who is meant stands in tables that are written with the events; the aggregate decides.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use plinth_events::{JobId, TenantId};
use plinth_projections::job_queue::settled::{self, SettledJob, Verdict as Settled};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    command::{
        Submitter,
        answer::Verdict,
        parse::{Envelope, JobCommand, Task},
    },
    duty::{pace, wait},
    log::{Database, LogError},
};

/// Jobs per look.
const PAGE: u32 = 500;
/// Shortest time between two looks: waits that are over by then end together.
const ROUND: Duration = Duration::from_millis(15);
/// How often to look while nothing is heard of the log: other replicas commit unheard.
const POLL: Duration = Duration::from_millis(40);
/// How often to look for jobs that expired.
const EXPIRY: Duration = Duration::from_millis(250);
/// How far back each of these looks goes: further than a commit may take that enqueues such a job.
const OVERLAP: Duration = Duration::from_secs(60);
/// How long to wait after something went wrong.
const PAUSE: Duration = Duration::from_millis(500);

/// Lets jobs go on whose wait is over.
pub struct Flow {
    database: Database,
    submitter: Submitter,
}

#[derive(Debug, thiserror::Error)]
enum FlowError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the end of waits could not be recorded: {0}")]
    NotRecorded(String),
}

/// When expired jobs were looked for, and how far back the next look goes; none: to the beginning.
#[derive(Default)]
struct Expiry {
    looked: Option<Instant>,
    within: Option<Duration>,
}

impl Expiry {
    fn is_due(&self) -> bool {
        self.looked.is_none_or(|looked| looked.elapsed() > EXPIRY)
    }
}

impl From<sqlx::Error> for FlowError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl Flow {
    /// On a database; what becomes of the jobs goes through the writer like every command.
    pub fn new(database: Database, submitter: Submitter) -> Self {
        Self { database, submitter }
    }

    /// Works until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.follow(self.submitter.head(), &stop).await {
                tracing::warn!(error = %error, "waits of jobs for others could not be ended");
                wait(PAUSE, &stop).await;
            }
        }
    }

    async fn follow(&self, mut wake: watch::Receiver<u64>, stop: &CancellationToken) -> Result<(), FlowError> {
        let mut rounds = pace(ROUND);
        let mut ended_up_to = 0;
        let mut expiry = Expiry::default();
        while !stop.is_cancelled() {
            rounds.tick().await;
            wake.borrow_and_update();
            let mut is_done = self.end_waits(&mut ended_up_to).await?;
            if expiry.is_due() {
                is_done &= self.expire(&mut expiry).await?;
            }
            if !is_done {
                continue;
            }
            tokio::select! {
                _ = wake.changed() => {}
                () = wait(POLL, stop) => {}
            }
        }
        Ok(())
    }

    /// Whether those were all. What was submitted is recorded, or was over before; so nothing is left up to there.
    async fn end_waits(&self, ended_up_to: &mut u64) -> Result<bool, FlowError> {
        let settled = settled::settled(self.database.pool(), *ended_up_to, PAGE).await?;
        let Some(last) = settled.last().map(|job| job.position) else { return Ok(true) };
        let is_done = settled.len() < PAGE as usize;
        self.submit(settled.into_iter().map(|job| (job.tenant, job.job_id, command(&job)))).await?;
        // others may have been settled at the same place
        *ended_up_to = if is_done { last } else { last - 1 };
        Ok(is_done)
    }

    /// Whether those were all.
    async fn expire(&self, expiry: &mut Expiry) -> Result<bool, FlowError> {
        let expired = settled::expired(self.database.pool(), expiry.within, PAGE).await?;
        let is_done = expired.len() < PAGE as usize;
        self.submit(expired.into_iter().map(|(tenant, job)| (tenant, job, JobCommand::Expire))).await?;
        if is_done {
            *expiry = Expiry { looked: Some(Instant::now()), within: Some(OVERLAP) };
        }
        Ok(is_done)
    }

    async fn submit(&self, commands: impl Iterator<Item = (TenantId, JobId, JobCommand)>) -> Result<(), FlowError> {
        let mut by_tenant: BTreeMap<TenantId, Vec<(JobId, JobCommand)>> = BTreeMap::new();
        for (tenant, job, command) in commands {
            by_tenant.entry(tenant).or_default().push((job, command));
        }
        if by_tenant.is_empty() {
            return Ok(());
        }
        let envelopes =
            by_tenant.into_iter().map(|(tenant, jobs)| Envelope::own(tenant, Task::SettleJobs(jobs))).collect();
        for verdict in self.submitter.submit_all(envelopes).await {
            if let Verdict::Failed(failure) = verdict {
                return Err(FlowError::NotRecorded(failure.cause));
            }
        }
        Ok(())
    }
}

fn command(job: &SettledJob) -> JobCommand {
    match job.verdict {
        Settled::Release(dependencies) => JobCommand::Release { wait: job.wait, dependencies },
        Settled::Fail(dependency) => JobCommand::FailWithDependency { wait: job.wait, dependency },
    }
}
