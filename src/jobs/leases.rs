//! The end of leases: the attempt of a worker that stayed silent for too long is recorded as failed.

use std::{collections::BTreeMap, time::Duration};

use plinth_events::{JobId, TenantId};
use plinth_projections::job_queue::lease;
use tokio_util::sync::CancellationToken;

use crate::{
    command::{
        Submitter,
        answer::Verdict,
        parse::{Envelope, Task},
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

    async fn expire(&self) -> Result<(), LogError> {
        let expired = lease::take_expired(self.database.pool(), PAGE).await?;
        let mut by_tenant: BTreeMap<TenantId, Vec<(JobId, u64)>> = BTreeMap::new();
        for expired in expired {
            by_tenant.entry(expired.tenant).or_default().push((expired.job_id, expired.token));
        }
        for (tenant, jobs) in by_tenant {
            tracing::info!(tenant.id = %tenant, jobs = jobs.len(), "leases of jobs ran out");
            if let Verdict::Failed(failure) =
                self.submitter.submit(Envelope::own(tenant, Task::ExpireLeases(jobs))).await
            {
                tracing::warn!(tenant.id = %tenant, cause = failure.cause, "the end of leases could not be recorded");
            }
        }
        Ok(())
    }
}
