//! The jobs that run or are about to, for whoever counts them.

use plinth_events::{
    JobId, TenantId,
    names::{JobKey, JobType},
};
use sqlx::{PgExecutor, Row, postgres::PgRow};

use crate::text;

/// A job that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningJob {
    /// Which job.
    pub job_id: JobId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its type.
    pub job_type: JobType,
    /// Its `concurrencyKey`.
    pub concurrency_key: Option<JobKey>,
}

/// All of them.
pub async fn all(executor: impl PgExecutor<'_>) -> Result<Vec<RunningJob>, sqlx::Error> {
    let rows = sqlx::query("select job_id, tenant_id, type, concurrency_key from job_queue where state = 'running'")
        .fetch_all(executor)
        .await?;
    rows.iter().map(running_job).collect()
}

/// How many jobs of one type, tenant and key there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupied {
    /// Which type.
    pub job_type: JobType,
    /// Whose.
    pub tenant: TenantId,
    /// Their `concurrencyKey`.
    pub concurrency_key: Option<JobKey>,
    /// How many run.
    pub running: u32,
    /// How many were invited a moment ago.
    pub invited: u32,
}

/// All jobs that run or are about to, counted.
pub async fn occupied(executor: impl PgExecutor<'_>) -> Result<Vec<Occupied>, sqlx::Error> {
    let rows = sqlx::query(include_str!("occupied.sql")).fetch_all(executor).await?;
    rows.iter().map(occupied_row).collect()
}

fn occupied_row(row: &PgRow) -> Result<Occupied, sqlx::Error> {
    let jobs = |column: &str| row.try_get::<i64, _>(column).map(|jobs| u32::try_from(jobs).unwrap_or(u32::MAX));
    Ok(Occupied {
        job_type: text::required(row, "type")?,
        tenant: TenantId(row.try_get("tenant_id")?),
        concurrency_key: text::optional(row, "concurrency_key")?,
        running: jobs("running")?,
        invited: jobs("invited")?,
    })
}

fn running_job(row: &PgRow) -> Result<RunningJob, sqlx::Error> {
    Ok(RunningJob {
        job_id: JobId(row.try_get("job_id")?),
        tenant: TenantId(row.try_get("tenant_id")?),
        job_type: text::required(row, "type")?,
        concurrency_key: text::optional(row, "concurrency_key")?,
    })
}
