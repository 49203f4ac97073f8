//! `queue`: how the jobs of each queue are run, and `queue_bucket`: its limits of speed, as far as they are used up.
//!
//! The settings come from events. The buckets are the writer's, which writes them with the starts that take tokens.

use chrono::{DateTime, Utc};
use plinth_events::{
    Event, TenantId,
    event::queue::QueueEvent,
    names::{JobKey, JobType},
    query::queue::{ListQueues, QueuePage, QueueStatus},
    queue::QueueSettings,
    time::Moment,
};
use sqlx::{PgConnection, PgExecutor, Row, postgres::PgRow, types::Json};

use crate::{Entry, ProjectionError, retention, tenant, text};

/// A queue of which somebody said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// Whose jobs; the installation's: everybody's.
    pub tenant: TenantId,
    /// Of which type; none: of all.
    pub job_type: Option<JobType>,
    /// How they are run.
    pub settings: QueueSettings,
    /// Whether none of them starts.
    pub is_paused: bool,
}

/// A limit of speed that is used up in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Of whose jobs.
    pub tenant: TenantId,
    /// Of which type; none: of all.
    pub job_type: Option<JobType>,
    /// Of which key; none: of all.
    pub concurrency_key: Option<JobKey>,
    /// When it is full again.
    pub full_at: Moment,
}

/// Brings the settings up to date with a batch. A batch without events of queues costs nothing.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    for entry in entries {
        if let Event::Queue(event) = &entry.event {
            put(connection, entry, event).await?;
        }
    }
    let statements =
        ["delete from queue where tenant_id = any($1)", "delete from queue_bucket where tenant_id = any($1)"];
    tenant::forget(connection, entries, &statements).await?;
    retention::forget(connection, entries).await
}

async fn put(connection: &mut PgConnection, entry: &Entry, event: &QueueEvent) -> Result<(), ProjectionError> {
    let (settings, is_paused) = match event {
        QueueEvent::QueueConfigured(event) => (Some(&event.settings), None),
        QueueEvent::QueuePaused(_) => (None, Some(true)),
        QueueEvent::QueueResumed(_) => (None, Some(false)),
    };
    let kept_seconds: Option<i32> = sqlx::query_scalar(
        "with before as (select settings from queue where tenant_id = $1 and type is not distinct from $2)
         insert into queue (tenant_id, type, settings, is_paused)
         values ($1, $2, coalesce($3, '{}'), coalesce($4, false))
         on conflict (tenant_id, type) do update
         set settings = coalesce($3, queue.settings), is_paused = coalesce($4, queue.is_paused)
         returning (select (settings->>'keepFinishedSeconds')::integer from before)",
    )
    .bind(entry.tenant.0)
    .bind(event.job_type().map(JobType::as_str))
    .bind(settings.map(Json))
    .bind(is_paused)
    .fetch_one(&mut *connection)
    .await?;
    match settings.map(|settings| settings.keep_finished_seconds) {
        Some(keep) if keep != kept_seconds.map(i32::cast_unsigned) => {
            retention::begin_anew(connection, entry, keep.is_none()).await
        }
        _ => Ok(()),
    }
}

/// All queues of which somebody said something.
pub async fn all(executor: impl PgExecutor<'_>) -> Result<Vec<QueueRow>, sqlx::Error> {
    let rows = sqlx::query("select tenant_id, type, settings, is_paused from queue").fetch_all(executor).await?;
    rows.iter().map(queue_row).collect()
}

/// How many queues a page has.
const PAGE: i64 = 500;

/// A page of a tenant's queues, with what runs.
pub async fn list(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    query: &ListQueues,
) -> Result<QueuePage, sqlx::Error> {
    let rows = sqlx::query(include_str!("queue/list.sql"))
        .bind(tenant.0)
        .bind(tenant == TenantId::INSTALLATION)
        .bind(query.after.as_ref().map(JobType::as_str))
        .bind(PAGE)
        .fetch_all(executor)
        .await?;
    let queues: Vec<QueueStatus> = rows.iter().map(queue_status).collect::<Result<_, _>>()?;
    let next = if rows.len() < PAGE as usize { None } else { queues.last().and_then(|queue| queue.job_type.clone()) };
    Ok(QueuePage { queues, next })
}

fn queue_status(row: &PgRow) -> Result<QueueStatus, sqlx::Error> {
    Ok(QueueStatus {
        job_type: text::optional(row, "type")?,
        is_paused: row.try_get("is_paused")?,
        settings: row.try_get::<Json<QueueSettings>, _>("settings")?.0,
        running: row.try_get::<i64, _>("running")?.cast_unsigned(),
    })
}

/// The buckets that are not full.
pub async fn buckets(executor: impl PgExecutor<'_>) -> Result<Vec<Bucket>, sqlx::Error> {
    let rows = sqlx::query(
        "select tenant_id, type, concurrency_key, full_at from queue_bucket where full_at > statement_timestamp()",
    )
    .fetch_all(executor)
    .await?;
    rows.iter().map(bucket).collect()
}

/// Keeps the buckets from which tokens were taken, each named once.
pub async fn keep_buckets(connection: &mut PgConnection, buckets: &[Bucket]) -> Result<(), ProjectionError> {
    if buckets.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into queue_bucket (tenant_id, type, concurrency_key, full_at)
         select tenant_id, type, concurrency_key, full_at
         from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
             as kept (tenant_id, type, concurrency_key, full_at)
         on conflict (tenant_id, type, concurrency_key) do update set full_at = excluded.full_at",
    )
    .bind(buckets.iter().map(|bucket| bucket.tenant.0).collect::<Vec<_>>())
    .bind(buckets.iter().map(|bucket| bucket.job_type.as_ref().map(JobType::as_str)).collect::<Vec<_>>())
    .bind(buckets.iter().map(|bucket| bucket.concurrency_key.as_ref().map(JobKey::as_str)).collect::<Vec<_>>())
    .bind(buckets.iter().map(|bucket| bucket.full_at.utc()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets buckets that have been full for a while.
pub async fn sweep_buckets(executor: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
    let done = sqlx::query("delete from queue_bucket where full_at < statement_timestamp() - interval '1 minute'")
        .execute(executor)
        .await?;
    Ok(done.rows_affected())
}

fn queue_row(row: &PgRow) -> Result<QueueRow, sqlx::Error> {
    Ok(QueueRow {
        tenant: TenantId(row.try_get("tenant_id")?),
        job_type: text::optional(row, "type")?,
        settings: row.try_get::<Json<QueueSettings>, _>("settings")?.0,
        is_paused: row.try_get("is_paused")?,
    })
}

fn bucket(row: &PgRow) -> Result<Bucket, sqlx::Error> {
    Ok(Bucket {
        tenant: TenantId(row.try_get("tenant_id")?),
        job_type: text::optional(row, "type")?,
        concurrency_key: text::optional(row, "concurrency_key")?,
        full_at: row.try_get::<DateTime<Utc>, _>("full_at")?.into(),
    })
}
