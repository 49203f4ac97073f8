//! Leases of running jobs: extended by heartbeats, taken away when they have run out.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use plinth_events::{
    JobId, TenantId,
    command::job::Heartbeat,
    names::{ProgressMessage, WorkerName},
    query::job::JobProgress,
    time::Instant,
};
use sqlx::{PgExecutor, Row, postgres::PgRow};

/// A job that its worker still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldJob {
    /// Which job.
    pub job_id: JobId,
    /// Whether somebody wants it stopped.
    pub cancel_requested: bool,
    /// When the lease runs out unless it is extended.
    pub lease_until: Instant,
}

/// An attempt whose lease has run out, which is still to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredLease {
    /// Whose job it is.
    pub tenant: TenantId,
    /// Which job.
    pub job_id: JobId,
    /// The token of the attempt.
    pub token: u64,
}

/// Extends the leases that a worker holds, each by its own length from now. A job that is not in the answer is lost.
/// A job that an event changes just then keeps the lease that it has, and counts as held until the next heartbeat.
pub async fn heartbeat(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    worker: &WorkerName,
    jobs: &[Heartbeat],
) -> Result<Vec<HeldJob>, sqlx::Error> {
    let rows = sqlx::query(include_str!("heartbeat.sql"))
        .bind(tenant.0)
        .bind(worker.as_str())
        .bind(jobs.iter().map(|job| job.job_id.0).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.token.cast_signed()).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.progress.map(i16::from)).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.message.as_ref().map(ProgressMessage::as_str)).collect::<Vec<_>>())
        .fetch_all(executor)
        .await?;
    rows.iter().map(held_job).collect()
}

/// How far the running attempts of jobs say that they are: of those that said something.
pub async fn progress(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    jobs: &[JobId],
) -> Result<HashMap<JobId, JobProgress>, sqlx::Error> {
    let rows = sqlx::query(
        "select job_id, progress, progress_message
         from job_queue
         where job_id = any($1) and tenant_id = $2 and coalesce(progress::text, progress_message) is not null",
    )
    .bind(jobs.iter().map(|job| job.0).collect::<Vec<_>>())
    .bind(tenant.0)
    .fetch_all(executor)
    .await?;
    rows.iter().map(|row| Ok((JobId(row.try_get("job_id")?), job_progress(row)?))).collect()
}

/// Takes up to `limit` leases away that have run out: heartbeats find them lost from now on. The caller records each
/// with `ExpireLease`. One that is not recorded, because the caller died, is given out again 10 seconds later, and not
/// earlier, so that one which cannot be recorded does not keep anybody busy.
pub async fn take_expired(executor: impl PgExecutor<'_>, limit: u32) -> Result<Vec<ExpiredLease>, sqlx::Error> {
    let rows = sqlx::query(include_str!("take_expired.sql")).bind(i64::from(limit)).fetch_all(executor).await?;
    rows.iter().map(expired_lease).collect()
}

fn held_job(row: &PgRow) -> Result<HeldJob, sqlx::Error> {
    Ok(HeldJob {
        job_id: JobId(row.try_get("job_id")?),
        cancel_requested: row.try_get("cancel_requested")?,
        lease_until: row.try_get::<DateTime<Utc>, _>("lease_until")?.into(),
    })
}

fn job_progress(row: &PgRow) -> Result<JobProgress, sqlx::Error> {
    let message: Option<&str> = row.try_get("progress_message")?;
    Ok(JobProgress {
        percent: row.try_get::<Option<i16>, _>("progress")?.and_then(|percent| u8::try_from(percent).ok()),
        message: message.and_then(|message| message.parse().ok()),
    })
}

fn expired_lease(row: &PgRow) -> Result<ExpiredLease, sqlx::Error> {
    Ok(ExpiredLease {
        tenant: TenantId(row.try_get("tenant_id")?),
        job_id: JobId(row.try_get("job_id")?),
        token: row.try_get::<i64, _>("token")?.cast_unsigned(),
    })
}
