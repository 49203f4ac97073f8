//! What the duty `flow` asks: whose wait for other jobs is over, and who waited for too long.

use std::time::Duration;

use plinth_events::{JobId, TenantId, flow::DependencyCounts};
use sqlx::{PgExecutor, Row, postgres::PgRow};

/// A job whose wait for others is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledJob {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which job.
    pub job_id: JobId,
    /// Which of its waits: the place of the event that it began with in the job's history.
    pub wait: u64,
    /// What is to become of it.
    pub verdict: Verdict,
    /// The place in the log where its wait was over.
    pub position: u64,
}

/// What is to become of a job whose wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may start. With how the jobs ended that it depends on, if it depends on any.
    Release(Option<DependencyCounts>),
    /// It fails, because this one failed.
    Fail(JobId),
}

/// Up to `limit` jobs whose wait was over behind a place in the log, in its order. True until it is recorded.
pub async fn settled(executor: impl PgExecutor<'_>, after: u64, limit: u32) -> Result<Vec<SettledJob>, sqlx::Error> {
    let rows = sqlx::query(
        "select job_id, tenant_id, wait, completed_count, failed_count, failed_dependency, settled_position
         from job_flow
         where settled_position > $1
         order by settled_position
         limit $2",
    )
    .bind(after.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.iter().map(settled_job).collect()
}

/// Up to `limit` jobs that do not run and must not start any more, those that expired first before others. Without those
/// that expired longer ago than `within`, if somebody looked at them then.
pub async fn expired(
    executor: impl PgExecutor<'_>,
    within: Option<Duration>,
    limit: u32,
) -> Result<Vec<(TenantId, JobId)>, sqlx::Error> {
    let rows = sqlx::query(
        "select tenant_id, job_id
         from job_queue
         where expires_at <= statement_timestamp()
           and expires_at > coalesce(statement_timestamp() - $1 * interval '1 second', '-infinity')
           and state <> 'running'
         order by expires_at
         limit $2",
    )
    .bind(within.map(|within| within.as_secs_f64()))
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.iter().map(|row| Ok((TenantId(row.try_get("tenant_id")?), JobId(row.try_get("job_id")?)))).collect()
}

fn settled_job(row: &PgRow) -> Result<SettledJob, sqlx::Error> {
    let count = |column| row.try_get::<i32, _>(column).map(i32::cast_unsigned);
    let counts = DependencyCounts { completed: count("completed_count")?, failed: count("failed_count")? };
    let failed: Option<_> = row.try_get("failed_dependency")?;
    Ok(SettledJob {
        tenant: TenantId(row.try_get("tenant_id")?),
        job_id: JobId(row.try_get("job_id")?),
        wait: row.try_get::<i64, _>("wait")?.cast_unsigned(),
        verdict: match failed {
            Some(failed) => Verdict::Fail(JobId(failed)),
            None => Verdict::Release((counts != DependencyCounts::default()).then_some(counts)),
        },
        position: row.try_get::<i64, _>("settled_position")?.cast_unsigned(),
    })
}
