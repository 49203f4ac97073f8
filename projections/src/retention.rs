//! `retention_walk`: how far the log was looked through for jobs that were kept for long enough after their end. There is a
//! walk for each time that queues of a tenant say, and for each that queues of the installation say.
//!
//! `begin_anew` is called with the events that change what queues say; what the duty `retention` asks and notes is the
//! rest. A walk is known by the event that it began with, so that nobody moves on one that began anew meanwhile.

use chrono::{DateTime, Utc};
use plinth_events::{
    JobId, TenantId,
    names::JobType,
    time::{Instant, Moment},
};
use sqlx::{PgConnection, PgExecutor, Row, postgres::PgRow};
use uuid::Uuid;

use crate::{Entry, ProjectionError, tenant, text};

/// Most walks that are found at a time, those that are furthest behind first.
const WALKS: i64 = 1_000;

/// A way through the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Through whose events; the installation's: everybody's.
    pub tenant: TenantId,
    /// For jobs that are kept for so long.
    pub keep_seconds: u32,
    /// The place in the log of the event that it began with.
    pub since: u64,
    /// How far it came.
    pub position: u64,
}

/// The next step of a walk.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// How far it goes.
    pub position: u64,
    /// The jobs that ended there for good and still have their rows, whatever their queues say.
    pub ended: Vec<EndedJob>,
}

/// A job that ended for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedJob {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which job.
    pub job_id: JobId,
    /// Its type.
    pub job_type: JobType,
    /// The place of its end in its history.
    pub sequence: u64,
    /// When it ended.
    pub ended_at: Instant,
}

/// What queues of a tenant say is not what they said before the entry: its walks begin anew, for as many times as are said
/// now. So do those of the installation when the tenant took back what it said, as they count for its jobs again.
pub(crate) async fn begin_anew(
    connection: &mut PgConnection,
    entry: &Entry,
    is_taken_back: bool,
) -> Result<(), ProjectionError> {
    let installation = is_taken_back.then_some(TenantId::INSTALLATION);
    let tenants: Vec<Uuid> = [entry.tenant].into_iter().chain(installation).map(|tenant| tenant.0).collect();
    sqlx::query("delete from retention_walk where tenant_id = any($1)")
        .bind(&tenants)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "insert into retention_walk (tenant_id, keep_seconds, since)
         select distinct tenant_id, (settings->>'keepFinishedSeconds')::integer, $2::bigint
         from queue
         where tenant_id = any($1) and settings->'keepFinishedSeconds' is not null",
    )
    .bind(tenants)
    .bind(entry.position.cast_signed())
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the walks of tenants that are gone.
pub(crate) async fn forget(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    tenant::forget(connection, entries, &["delete from retention_walk where tenant_id = any($1)"]).await
}

/// Walks that can go on.
pub async fn due(executor: impl PgExecutor<'_>) -> Result<Vec<Walk>, sqlx::Error> {
    let rows = sqlx::query(include_str!("retention/due.sql"))
        .bind(TenantId::INSTALLATION.0)
        .bind(WALKS)
        .fetch_all(executor)
        .await?;
    rows.iter().map(walk).collect()
}

/// The next step of a walk: at most so many events.
pub async fn page(executor: impl PgExecutor<'_>, walk: &Walk, events: u32) -> Result<Page, sqlx::Error> {
    let rows = sqlx::query(include_str!("retention/page.sql"))
        .bind(Some(walk.tenant).filter(|tenant| *tenant != TenantId::INSTALLATION).map(|tenant| tenant.0))
        .bind(walk.position.cast_signed())
        .bind(walk.keep_seconds.cast_signed())
        .bind(i64::from(events))
        .fetch_all(executor)
        .await?;
    let mut page = Page { position: walk.position, ended: Vec::new() };
    for row in &rows {
        page.position = row.try_get::<Option<i64>, _>("position")?.map_or(page.position, i64::cast_unsigned);
        page.ended.extend(ended_job(row)?);
    }
    Ok(page)
}

/// Notes how far a walk came, unless another one began in its place.
pub async fn note(executor: impl PgExecutor<'_>, walk: &Walk, position: u64) -> Result<(), sqlx::Error> {
    sqlx::query("update retention_walk set position = $4 where tenant_id = $1 and keep_seconds = $2 and since = $3")
        .bind(walk.tenant.0)
        .bind(walk.keep_seconds.cast_signed())
        .bind(walk.since.cast_signed())
        .bind(position.cast_signed())
        .execute(executor)
        .await?;
    Ok(())
}

fn walk(row: &PgRow) -> Result<Walk, sqlx::Error> {
    let place = |column| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(Walk {
        tenant: TenantId(row.try_get("tenant_id")?),
        keep_seconds: row.try_get::<i32, _>("keep_seconds")?.cast_unsigned(),
        since: place("since")?,
        position: place("position")?,
    })
}

/// None: no job ended in the page.
fn ended_job(row: &PgRow) -> Result<Option<EndedJob>, sqlx::Error> {
    let Some(job_id) = row.try_get::<Option<Uuid>, _>("job_id")? else { return Ok(None) };
    let recorded_at: Moment = row.try_get::<DateTime<Utc>, _>("recorded_at")?.into();
    Ok(Some(EndedJob {
        tenant: TenantId(row.try_get("tenant_id")?),
        job_id: JobId(job_id),
        job_type: text::required(row, "type")?,
        sequence: row.try_get::<i64, _>("sequence")?.cast_unsigned(),
        ended_at: recorded_at.into(),
    }))
}
