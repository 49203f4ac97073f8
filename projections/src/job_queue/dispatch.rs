//! What the dispatcher asks and notes: which jobs are due, which are published, and which lost their message.

use std::time::Duration;

use plinth_events::{
    EventId, JobId, TenantId,
    names::{JobKey, JobType},
};
use sqlx::{Connection, PgConnection, PgExecutor, Row, postgres::PgRow};
use uuid::Uuid;

use crate::text;

/// A job whose message should be in the work queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueJob {
    /// Which job.
    pub job_id: JobId,
    /// Whose it is, and which workers it is for.
    pub line: Line,
    /// Its `concurrencyKey`.
    pub concurrency_key: Option<JobKey>,
    /// What the worker gets, as JSON.
    pub payload: String,
    /// The attempt to start, counted from 1.
    pub attempt: u32,
    /// How many attempts it may have.
    pub max_attempts: u32,
    /// How far an earlier attempt came, as JSON.
    pub checkpoint: Option<String>,
    /// The event that enqueued it.
    pub caused_by: Option<EventId>,
    /// What it belongs to.
    pub correlation_id: Option<String>,
    /// The W3C trace context that it was enqueued in.
    pub traceparent: Option<String>,
    /// The fire time of a schedule that it is for, as JSON.
    pub schedule: Option<String>,
}

/// The ready jobs of one tenant and type: they come by the time at which they were due, a step of priority being worth a
/// minute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// Which type.
    pub job_type: JobType,
    /// Whose jobs.
    pub tenant: TenantId,
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

/// The lines that have jobs.
pub async fn lines(executor: impl PgExecutor<'_>) -> Result<Vec<Line>, sqlx::Error> {
    let rows = sqlx::query(include_str!("lines.sql")).fetch_all(executor).await?;
    rows.iter()
        .map(|row| Ok(Line { job_type: text::required(row, "type")?, tenant: TenantId(row.try_get("tenant_id")?) }))
        .collect()
}

/// Takes the first jobs of each line, as many as asked for, line by line: they count as published from now on. If they are
/// not, because everything broke down before, they are found like jobs whose message was lost.
pub async fn take_due(
    executor: impl PgExecutor<'_>,
    shares: impl IntoIterator<Item = (&Line, u32)>,
) -> Result<Vec<DueJob>, sqlx::Error> {
    let mut columns: (Vec<&str>, Vec<Uuid>, Vec<i64>) = Default::default();
    columns.extend(shares.into_iter().map(|(line, jobs)| (line.job_type.as_str(), line.tenant.0, i64::from(jobs))));
    let (types, tenants, jobs) = columns;
    let rows =
        sqlx::query(include_str!("take_due.sql")).bind(types).bind(tenants).bind(jobs).fetch_all(executor).await?;
    rows.iter().map(due_job).collect()
}

/// Notes that these invitations came too early: their jobs are ready, to be invited again when they may start.
pub async fn put_back(connection: &mut PgConnection, jobs: &[JobId]) -> Result<(), sqlx::Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update job_queue set state = 'ready', published_at = null
         from unnest($1::uuid[]) as invited (job_id)
         cross join lateral (select job_id, state from job_queue where job_id = invited.job_id offset 0) as queue
         where job_queue.job_id = queue.job_id and queue.state = 'published'",
    )
    .bind(jobs.iter().map(|job| job.0).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
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

/// What was published, within this time if one is given, is ready again: its messages are gone, or may never have been sent.
pub async fn unpublish(connection: &mut PgConnection, within: Option<Duration>) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    lock(&mut transaction).await?;
    let done = sqlx::query(
        "update job_queue set state = 'ready', published_at = null
         where state = 'published'
           and ($1::float8 is null or published_at > statement_timestamp() - $1 * interval '1 second')",
    )
    .bind(within.map(|within| within.as_secs_f64()))
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
    Ok(DueJob {
        job_id: JobId(row.try_get("job_id")?),
        line: Line { job_type: text::required(row, "type")?, tenant: TenantId(row.try_get("tenant_id")?) },
        concurrency_key: text::optional(row, "concurrency_key")?,
        payload: row.try_get("payload")?,
        attempt: row.try_get::<i32, _>("attempt")?.cast_unsigned(),
        max_attempts: row.try_get::<i32, _>("max_attempts")?.cast_unsigned(),
        checkpoint: row.try_get("checkpoint")?,
        caused_by: row.try_get::<Option<_>, _>("event_id")?.map(EventId),
        correlation_id: row.try_get("correlation_id")?,
        traceparent: row.try_get("traceparent")?,
        schedule: row.try_get("schedule")?,
    })
}
