//! What workers say about running jobs that is no event: heartbeats, and lines for the job's log. It does not go through
//! the writer.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use plinth_events::{
    Command, JobId, RefusalCode,
    command::{
        job::HeartbeatJobs,
        job_notes::{JobLog, LogJobs},
    },
    reply::{Heartbeats, JobItem, JobItems, JobOutcome, Reply},
};
use plinth_projections::{job_log, job_queue::lease};
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::{
    answer::{Failure, Verdict},
    parse::{Envelope, Task},
};
use crate::log::{Database, LogError, head};

/// Answers what is not recorded as an event.
#[derive(Debug, Clone)]
pub struct Unrecorded {
    database: Database,
}

impl Unrecorded {
    /// On a database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The verdict on a heartbeat or on lines for logs; none for every other command.
    pub async fn answer(&self, envelope: &Envelope) -> Option<Verdict> {
        let answer = match &envelope.task {
            Task::Command(Command::HeartbeatJobs(command)) => self.heartbeat(envelope, command).await,
            Task::Command(Command::LogJobs(command)) => self.write_log(envelope, command).await,
            _ => return None,
        };
        let verdict = match answer {
            Ok(reply) => Verdict::Accepted(Arc::new(reply)),
            Err(error) => {
                let command = envelope.task.name();
                tracing::error!(tenant.id = %envelope.tenant, command, error = %error, "what a worker said was not kept");
                Verdict::Failed(Failure { is_passing: true, cause: error.to_string() })
            }
        };
        Some(verdict)
    }

    async fn heartbeat(&self, envelope: &Envelope, command: &HeartbeatJobs) -> Result<Reply, LogError> {
        let pool = self.database.pool();
        let held = lease::heartbeat(pool, envelope.tenant, &command.worker, &command.jobs).await?;
        let held_ids: HashSet<JobId> = held.iter().map(|job| job.job_id).collect();
        let found = Heartbeats {
            lease_until: held.iter().map(|job| job.lease_until).min(),
            cancelled: held.iter().filter(|job| job.cancel_requested).map(|job| job.job_id).collect(),
            lost: command.jobs.iter().map(|job| job.job_id).filter(|job| !held_ids.contains(job)).collect(),
        };
        self.reply(envelope, &found).await
    }

    async fn write_log(&self, envelope: &Envelope, command: &LogJobs) -> Result<Reply, LogError> {
        let kept = job_log::write(self.database.pool(), envelope.tenant, &command.jobs).await?;
        self.reply(envelope, &JobItems { jobs: command.jobs.iter().map(|job| logged(job, &kept)).collect() }).await
    }

    async fn reply(&self, envelope: &Envelope, result: &impl Serialize) -> Result<Reply, LogError> {
        Ok(Reply {
            command_id: envelope.command_id,
            position: head::position(self.database.pool()).await?,
            duplicate: false,
            events: Vec::new(),
            result: to_raw_value(result)?,
        })
    }
}

fn logged(job: &JobLog, kept: &HashMap<(JobId, u64), u32>) -> JobItem {
    let JobLog { job_id, token, .. } = *job;
    let outcome = match kept.get(&(job_id, token)) {
        Some(lines) => JobOutcome::Logged { lines: *lines },
        None => JobOutcome::Refused {
            code: RefusalCode::StaleLease.as_str().to_owned(),
            detail: format!("token {token} is not that of a running attempt"),
        },
    };
    JobItem { job_id, outcome }
}
