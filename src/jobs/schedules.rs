//! The clock of schedules: those whose next fire time has come are told so, and decide what comes of it.

use std::time::Duration;

use plinth_projections::schedule::read;
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

/// How often the clock is looked at while no schedule is due, and how late a job may be because of it.
const POLL: Duration = Duration::from_millis(100);
/// Schedules per look.
const PAGE: u32 = 300;

/// Fires schedules.
pub struct Scheduler {
    database: Database,
    submitter: Submitter,
}

impl Scheduler {
    /// On a database; what is fired goes through the writer like every command.
    pub fn new(database: Database, submitter: Submitter) -> Self {
        Self { database, submitter }
    }

    /// Fires until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.fire_due().await {
                Ok(fired) if fired > 0 => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(error = %error, "schedules could not be looked at"),
            }
            wait(POLL, &stop).await;
        }
    }

    /// One step of each schedule that is due; how many took it.
    async fn fire_due(&self) -> Result<usize, LogError> {
        let due = read::due(self.database.pool(), PAGE).await?;
        let fire = |(tenant, name)| Envelope::own(tenant, Task::FireSchedule(name));
        let verdicts = self.submitter.submit_all(due.iter().cloned().map(fire).collect()).await;
        let mut fired = 0;
        for ((tenant, name), verdict) in due.iter().zip(verdicts) {
            let cause = match verdict {
                Verdict::Accepted(_) => {
                    fired += 1;
                    continue;
                }
                Verdict::Refused(refusal) => refusal.to_string(),
                Verdict::Failed(failure) => failure.cause,
            };
            tracing::warn!(tenant.id = %tenant, schedule.name = %name, cause, "a schedule could not be fired");
        }
        Ok(fired)
    }
}
