//! What a worker that asks for jobs itself, over HTTP, may be given, and what it needs to know of what it has started.

use plinth_events::{
    EventId, JobId, TenantId,
    json::{Checkpoint, StoredJson},
    names::{JobKey, JobType},
    schedule::ScheduledFor,
};
use sqlx::{PgExecutor, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use crate::text;

/// A job that waits for a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingJob {
    /// Which job.
    pub job_id: JobId,
    /// Its type.
    pub job_type: JobType,
    /// Its `concurrencyKey`.
    pub concurrency_key: Option<JobKey>,
    /// Whether it was published: its queues let it through then.
    pub is_published: bool,
    /// How large its payload is.
    pub payload_bytes: u64,
}

/// What a worker needs to know of a job that it has started.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// Which job.
    pub job_id: JobId,
    /// Its type.
    pub job_type: JobType,
    /// What to work on.
    pub payload: StoredJson,
    /// How many attempts it may have.
    pub max_attempts: u32,
    /// How far an earlier attempt came.
    pub checkpoint: Option<Checkpoint>,
    /// The event that enqueued it.
    pub caused_by: Option<EventId>,
    /// What it belongs to.
    pub correlation_id: Option<String>,
    /// The W3C trace context that it was enqueued in.
    pub traceparent: Option<String>,
    /// The fire time of a schedule that it is for.
    pub schedule: Option<ScheduledFor>,
}

/// The jobs of a tenant that wait for a worker, of some types and up to `limit` of each, the most urgent first; without
/// those that somebody is about to start.
pub async fn waiting(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    types: &[JobType],
    limit: u32,
    without: &[JobId],
) -> Result<Vec<WaitingJob>, sqlx::Error> {
    let rows = sqlx::query(include_str!("claimable.sql"))
        .bind(tenant.0)
        .bind(types.iter().map(JobType::as_str).collect::<Vec<_>>())
        .bind(i64::from(limit))
        .bind(without.iter().map(|job| job.0).collect::<Vec<Uuid>>())
        .fetch_all(executor)
        .await?;
    rows.iter().map(waiting_job).collect()
}

/// What is to be known of started jobs, by their tokens; without those whose attempt is over.
pub async fn work(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    started: &[(JobId, u64)],
) -> Result<Vec<Work>, sqlx::Error> {
    let (jobs, tokens): (Vec<Uuid>, Vec<i64>) = started.iter().map(|(job, token)| (job.0, token.cast_signed())).unzip();
    let work = sqlx::query(include_str!("work.sql")).bind(tenant.0).bind(jobs).bind(tokens);
    work.fetch_all(executor).await?.iter().map(work_row).collect()
}

fn waiting_job(row: &PgRow) -> Result<WaitingJob, sqlx::Error> {
    Ok(WaitingJob {
        job_id: JobId(row.try_get("job_id")?),
        job_type: text::required(row, "type")?,
        concurrency_key: text::optional(row, "concurrency_key")?,
        is_published: row.try_get("is_published")?,
        payload_bytes: u64::from(row.try_get::<i32, _>("payload_bytes")?.cast_unsigned()),
    })
}

fn work_row(row: &PgRow) -> Result<Work, sqlx::Error> {
    let checkpoint = row.try_get::<Option<Json<Checkpoint>>, _>("checkpoint")?;
    let schedule = row.try_get::<Option<Json<ScheduledFor>>, _>("schedule")?;
    Ok(Work {
        job_id: JobId(row.try_get("job_id")?),
        job_type: text::required(row, "type")?,
        payload: row.try_get::<Json<_>, _>("payload")?.0,
        max_attempts: row.try_get::<i32, _>("max_attempts")?.cast_unsigned(),
        checkpoint: checkpoint.map(|Json(checkpoint)| checkpoint),
        caused_by: row.try_get::<Option<_>, _>("event_id")?.map(EventId),
        correlation_id: row.try_get("correlation_id")?,
        traceparent: row.try_get("traceparent")?,
        schedule: schedule.map(|Json(schedule)| schedule),
    })
}
