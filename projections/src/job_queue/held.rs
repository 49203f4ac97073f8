//! Jobs that are held because as many of their key run as may run at a time: set aside, so that they do not stand in the
//! way of others in their line.

use plinth_events::{
    JobId, TenantId,
    names::{JobKey, JobType},
};
use sqlx::{PgExecutor, Row, postgres::PgRow};
use uuid::Uuid;

use super::dispatch::Line;
use crate::text;

/// What jobs have in common that are limited together: tenant, type and key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyedLine {
    /// Whose jobs, of which type.
    pub line: Line,
    /// Of which key.
    pub key: JobKey,
}

/// Sets jobs aside that are due and may not start, unless they moved on since.
pub async fn hold(executor: impl PgExecutor<'_>, jobs: impl IntoIterator<Item = JobId>) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "update job_queue set state = 'held', published_at = null
         from (
             select queue.job_id
             from unnest($1::uuid[]) as taken (job_id)
             cross join lateral (
                 select job_id, state from job_queue where job_id = taken.job_id offset 0 for update skip locked
             ) as queue
             where queue.state in ('ready', 'published')
         ) as unlocked
         where job_queue.job_id = unlocked.job_id",
    )
    .bind(jobs.into_iter().map(|job| job.0).collect::<Vec<_>>())
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Up to `limit` keys that have held jobs, in their order, those behind another one.
pub async fn keys(
    executor: impl PgExecutor<'_>,
    after: Option<&KeyedLine>,
    limit: u32,
) -> Result<Vec<KeyedLine>, sqlx::Error> {
    let (job_type, tenant, key) = after
        .map_or(("", Uuid::nil(), ""), |after| (after.line.job_type.as_str(), after.line.tenant.0, after.key.as_str()));
    let rows = sqlx::query(include_str!("held_keys.sql"))
        .bind(job_type)
        .bind(tenant)
        .bind(key)
        .bind(i32::try_from(limit).unwrap_or(i32::MAX))
        .fetch_all(executor)
        .await?;
    rows.iter().map(keyed_line).collect()
}

/// Lets up to so many jobs of each key go on, the most urgent first.
pub async fn release(executor: impl PgExecutor<'_>, keys: &[(KeyedLine, u32)]) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(include_str!("release_held.sql"))
        .bind(keys.iter().map(|(key, _)| key.line.job_type.as_str()).collect::<Vec<_>>())
        .bind(keys.iter().map(|(key, _)| key.line.tenant.0).collect::<Vec<_>>())
        .bind(keys.iter().map(|(key, _)| key.key.as_str()).collect::<Vec<_>>())
        .bind(keys.iter().map(|(_, jobs)| i64::from(*jobs)).collect::<Vec<_>>())
        .execute(executor)
        .await?;
    Ok(done.rows_affected())
}

fn keyed_line(row: &PgRow) -> Result<KeyedLine, sqlx::Error> {
    let job_type: JobType = text::required(row, "type")?;
    let line = Line { job_type, tenant: TenantId(row.try_get("tenant_id")?) };
    Ok(KeyedLine { line, key: text::required(row, "concurrency_key")? })
}
