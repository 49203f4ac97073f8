//! The statistics of jobs: follows the log and counts, a second behind, so that nobody who wants to know how many jobs there are
//! and how they fare has to count, and no command pays for it.
//!
//! To resume, it looks up to where it is counted: that moves with the counts, in the one statement that counts a page.

use std::time::Duration;

use plinth_projections::job_statistics;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use crate::{
    duty::wait,
    log::{Database, LogError, head},
};

/// How often the log is looked at.
const ROUND: Duration = Duration::from_secs(1);
/// The pause between two pages, so that a long backlog leaves the database to others most of the time.
const PAUSE: Duration = Duration::from_millis(10);
/// Events per page: some 30 ms of work for Postgres.
const PAGE_EVENTS: u64 = 10_000;
/// Most periods of each length that are forgotten in a round.
const FORGOTTEN_PERIODS: u32 = 1_000;
/// Most rows of each table that are forgotten at a time of a tenant that is gone.
const FORGOTTEN_ROWS: u32 = 5_000;

/// Counts jobs.
pub struct Statistics {
    database: Database,
}

impl Statistics {
    /// On a database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Counts until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.follow(&stop).await {
                tracing::warn!(error = %error, "jobs could not be counted");
            }
            wait(ROUND, &stop).await;
        }
    }

    async fn follow(&self, stop: &CancellationToken) -> Result<(), LogError> {
        let mut connection = self.database.follower().await?;
        while !stop.is_cancelled() {
            catch_up(&mut connection, stop).await?;
            forget(&mut connection, stop).await?;
            job_statistics::expire(&mut connection, FORGOTTEN_PERIODS).await?;
            wait(ROUND, stop).await;
        }
        Ok(())
    }
}

/// Counts all that the log has by now.
async fn catch_up(connection: &mut PgConnection, stop: &CancellationToken) -> Result<(), LogError> {
    let end = head::position(&mut *connection).await?;
    while !stop.is_cancelled() {
        let position = job_statistics::position(&mut *connection).await?;
        if position >= end {
            break;
        }
        job_statistics::follow(connection, position, end.min(position + PAGE_EVENTS)).await?;
        wait(PAUSE, stop).await;
    }
    Ok(())
}

/// Forgets all that is counted of tenants that are gone.
async fn forget(connection: &mut PgConnection, stop: &CancellationToken) -> Result<(), LogError> {
    while !stop.is_cancelled() && job_statistics::forget(&mut *connection, FORGOTTEN_ROWS).await? {
        wait(PAUSE, stop).await;
    }
    Ok(())
}
