//! The end of leases: the attempt of a worker that stayed silent for too long is recorded as failed.

use std::time::Duration;

use futures_util::future::join_all;
use plinth_projections::job_queue::lease::{self, ExpiredLease};
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

/// How often leases are looked at.
const POLL: Duration = Duration::from_millis(500);
/// Leases per look.
const PAGE: u32 = 500;

/// Ends leases.
pub struct Leases {
    database: Database,
    submitter: Submitter,
}

impl Leases {
    /// On a database; the ends go through the writer like every command.
    pub fn new(database: Database, submitter: Submitter) -> Self {
        Self { database, submitter }
    }

    /// Ends leases until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.expire().await {
                tracing::warn!(error = %error, "leases could not be looked at");
            }
            wait(POLL, &stop).await;
        }
    }

    /// Each is a command of its own, so that one which cannot be recorded does not hold up the others.
    async fn expire(&self) -> Result<(), LogError> {
        let expired = lease::take_expired(self.database.pool(), PAGE).await?;
        join_all(expired.into_iter().map(|expired| self.record(expired))).await;
        Ok(())
    }

    async fn record(&self, ExpiredLease { tenant, job_id, token }: ExpiredLease) {
        let task = Task::SettleJobs(vec![(job_id, JobCommand::ExpireLease { token })]);
        match self.submitter.submit(Envelope::own(tenant, task)).await {
            Verdict::Accepted(_) => tracing::info!(tenant.id = %tenant, job.id = %job_id, "the lease of a job ran out"),
            // its tenant is gone
            Verdict::Refused(_) => {}
            Verdict::Failed(failure) => {
                let cause = failure.cause;
                tracing::warn!(tenant.id = %tenant, job.id = %job_id, cause, "the end of a lease could not be recorded");
            }
        }
    }
}
