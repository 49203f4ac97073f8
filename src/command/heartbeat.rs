//! Heartbeats: they extend leases in the job queue and are not events, so they do not go through the writer.

use std::collections::HashSet;

use plinth_events::{
    Command, JobId,
    command::job::HeartbeatJobs,
    reply::{Heartbeats as Found, Reply},
};
use plinth_projections::job_queue::lease;
use serde_json::value::to_raw_value;

use super::{
    answer::{Failure, Verdict},
    parse::{Envelope, Task},
};
use crate::log::{Database, LogError, head};

/// Answers heartbeats.
#[derive(Debug, Clone)]
pub struct Heartbeats {
    database: Database,
}

impl Heartbeats {
    /// On a database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The verdict on a heartbeat; none for every other command.
    pub async fn answer(&self, envelope: &Envelope) -> Option<Verdict> {
        let Task::Command(Command::HeartbeatJobs(command)) = &envelope.task else { return None };
        let verdict = match self.extend(envelope, command).await {
            Ok(reply) => Verdict::Accepted(reply),
            Err(error) => {
                tracing::error!(tenant.id = %envelope.tenant, error = %error, "heartbeats were not recorded");
                Verdict::Failed(Failure { is_passing: true, cause: error.to_string() })
            }
        };
        Some(verdict)
    }

    async fn extend(&self, envelope: &Envelope, command: &HeartbeatJobs) -> Result<Reply, LogError> {
        let pool = self.database.pool();
        let held = lease::heartbeat(pool, envelope.tenant, &command.worker, &command.jobs).await?;
        let held_ids: HashSet<JobId> = held.iter().map(|job| job.job_id).collect();
        let found = Found {
            lease_until: held.iter().map(|job| job.lease_until).min(),
            cancelled: held.iter().filter(|job| job.cancel_requested).map(|job| job.job_id).collect(),
            lost: command.jobs.iter().map(|job| job.job_id).filter(|job| !held_ids.contains(job)).collect(),
        };
        Ok(Reply {
            command_id: envelope.command_id,
            position: head::position(pool).await?,
            duplicate: false,
            events: Vec::new(),
            result: to_raw_value(&found)?,
        })
    }
}
