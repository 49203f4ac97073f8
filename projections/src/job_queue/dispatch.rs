//! What the dispatcher asks and notes: which jobs are due, which are published, and which lost their message.

use std::time::Duration;

use plinth_events::{JobId, TenantId, names::JobType};
use sqlx::{Connection, PgConnection, PgExecutor, Row, postgres::PgRow};

/// A job whose message should be in the work queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueJob {
    /// Which job.
    pub job_id: JobId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Which workers it is for.
    pub job_type: JobType,
    /// What the worker gets, as JSON.
    pub payload: String,
    /// The attempt to start, counted from 1.
    pub attempt: u32,
    /// How many attempts it may have.
    pub max_attempts: u32,
    /// Larger before smaller.
    pub priority: i16,
    /// Which version of the row this is, so that nothing but this very wait is marked as published.
    row_version: String,
}

/// How many more jobs the work queue takes.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// Of types that it holds jobs of.
    pub of_types: Vec<(JobType, u32)>,
    /// Of each other type.
    pub of_others: u32,
}

/// Makes up to `limit` scheduled jobs ready whose time has come, the earliest first.
pub async fn make_ready(executor: impl PgExecutor<'_>, limit: u32) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "update job_queue set state = 'ready'
         from (
             select job_id
             from job_queue
             where state = 'scheduled' and due_at <= statement_timestamp()
             order by due_at
             limit $1
             for update skip locked
         ) as due
         where job_queue.job_id = due.job_id",
    )
    .bind(i64::from(limit))
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Jobs that are ready and that there is room for, at most `limit`. Of each type, tenants take turns; a tenant's own
/// jobs come by the time at which they were due, a step of priority being worth a minute.
pub async fn due(executor: impl PgExecutor<'_>, room: &Room, limit: u32) -> Result<Vec<DueJob>, sqlx::Error> {
    let (types, rooms): (Vec<&str>, Vec<i64>) =
        room.of_types.iter().map(|(job_type, jobs)| (job_type.as_str(), i64::from(*jobs))).unzip();
    let rows = sqlx::query(include_str!("due.sql"))
        .bind(types)
        .bind(rooms)
        .bind(i64::from(room.of_others))
        .bind(i64::from(limit))
        .fetch_all(executor)
        .await?;
    rows.iter().map(due_job).collect()
}

/// Notes that the messages of these jobs are in the work queue. A job that moved on since it was found due is left
/// alone: it may wait for the same attempt once more, and then needs another message.
pub async fn mark_published<'a>(
    executor: impl PgExecutor<'_>,
    published: impl IntoIterator<Item = &'a DueJob>,
) -> Result<u64, sqlx::Error> {
    let jobs = published.into_iter().map(|job| (job.job_id.0, job.row_version.as_str()));
    let (jobs, row_versions): (Vec<_>, Vec<_>) = jobs.unzip();
    let done = sqlx::query(
        "update job_queue set state = 'published', published_at = statement_timestamp()
         from (
             select queue.job_id
             from unnest($1::uuid[], $2::text[]) as published (job_id, row_version)
             join job_queue as queue on queue.job_id = published.job_id
             where queue.state = 'ready' and queue.xmin::text = published.row_version
             for update of queue skip locked
         ) as unchanged
         where job_queue.job_id = unchanged.job_id",
    )
    .bind(jobs)
    .bind(row_versions)
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// The types that have jobs which were published longer ago than this and never started. Their messages may be lost.
pub async fn types_published_before(executor: impl PgExecutor<'_>, age: Duration) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select distinct type from job_queue
         where state = 'published' and published_at < statement_timestamp() - $1 * interval '1 second'
         order by type",
    )
    .bind(age.as_secs_f64())
    .fetch_all(executor)
    .await
}

/// The work queue has no message of this type: what was published longer ago than this is ready again.
pub async fn unpublish_type(connection: &mut PgConnection, job_type: &str, age: Duration) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    lock(&mut transaction).await?;
    let done = sqlx::query(
        "update job_queue set state = 'ready', published_at = null
         where state = 'published' and type = $1 and published_at < statement_timestamp() - $2 * interval '1 second'",
    )
    .bind(job_type)
    .bind(age.as_secs_f64())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(done.rows_affected())
}

/// The work queue is gone: everything that was published is ready again.
pub async fn unpublish_all(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    lock(&mut transaction).await?;
    let done = sqlx::query("update job_queue set state = 'ready', published_at = null where state = 'published'")
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(done.rows_affected())
}

/// Keeps everybody else from writing the table, before any of its rows is locked.
async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("lock table job_queue in share row exclusive mode").execute(connection).await?;
    Ok(())
}

fn due_job(row: &PgRow) -> Result<DueJob, sqlx::Error> {
    let job_type: &str = row.try_get("type")?;
    Ok(DueJob {
        job_id: JobId(row.try_get("job_id")?),
        tenant: TenantId(row.try_get("tenant_id")?),
        job_type: job_type.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        payload: row.try_get("payload")?,
        attempt: row.try_get::<i32, _>("attempt")?.cast_unsigned(),
        max_attempts: row.try_get::<i32, _>("max_attempts")?.cast_unsigned(),
        priority: row.try_get("priority")?,
        row_version: row.try_get("row_version")?,
    })
}
