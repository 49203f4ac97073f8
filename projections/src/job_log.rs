//! `job_log`: lines that workers write about running jobs, for people. Not events: nothing else depends on them, and
//! they outlive the job until it is archived.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use plinth_events::{
    Event, JobId, TenantId,
    command::job_notes::{JobLog, LogLevel},
    event::job::JobEvent,
    job_log::{GetJobLogs, JobLogLine, JobLogPage},
    limits,
};
use sqlx::{PgConnection, PgExecutor, PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use crate::{Entry, ProjectionError, tenant, text};

/// The last line of an attempt that wrote more than is kept.
const CUT: &str = "more lines were written, and are not kept";
/// Lines of a page.
const PAGE_LINES: u32 = 1_000;
/// How often writing is tried when another request writes about the same attempt.
const TRIES: u32 = 10;

/// Writes lines about attempts that run; how many of each one's were kept, by job and token. One that is not in the
/// answer does not run.
pub async fn write(
    pool: &PgPool,
    tenant: TenantId,
    jobs: &[JobLog],
) -> Result<HashMap<(JobId, u64), u32>, sqlx::Error> {
    for _ in 1..TRIES {
        match try_write(pool, tenant, jobs).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {}
            done => return done,
        }
    }
    try_write(pool, tenant, jobs).await
}

async fn try_write(
    pool: &PgPool,
    tenant: TenantId,
    jobs: &[JobLog],
) -> Result<HashMap<(JobId, u64), u32>, sqlx::Error> {
    let lines = || jobs.iter().flat_map(|job| job.lines.iter().map(move |line| (job, line)));
    let rows = sqlx::query(include_str!("job_log/write.sql"))
        .bind(tenant.0)
        .bind(lines().map(|(job, _)| job.job_id.0).collect::<Vec<_>>())
        .bind(lines().map(|(job, _)| job.token.cast_signed()).collect::<Vec<_>>())
        .bind(lines().map(|(_, line)| line.at.map(|at| at.utc())).collect::<Vec<_>>())
        .bind(lines().map(|(_, line)| line.level.as_str()).collect::<Vec<_>>())
        .bind(lines().map(|(_, line)| line.message.as_str()).collect::<Vec<_>>())
        .bind(limits::LOG_LINES as i64)
        .bind(CUT)
        .fetch_all(pool)
        .await?;
    rows.iter().map(kept).collect()
}

/// Lines about a job of a tenant, in order.
pub async fn read(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    query: &GetJobLogs,
) -> Result<JobLogPage, sqlx::Error> {
    let rows = sqlx::query(
        "select attempt, token, line, at, level, message
         from job_log
         where tenant_id = $1 and job_id = $2
           and ($3::integer is null or attempt = $3)
           and (token, line) > ($4, $5)
         order by token, line
         limit $6",
    )
    .bind(tenant.0)
    .bind(query.job_id.0)
    .bind(query.attempt.map(u32::cast_signed))
    .bind(query.after.map_or(0, |place| place.token.cast_signed()))
    .bind(query.after.map_or(0, |place| place.line.cast_signed()))
    .bind(i64::from(PAGE_LINES) + 1)
    .fetch_all(executor)
    .await?;
    let lines = rows.iter().take(PAGE_LINES as usize).map(line).collect::<Result<Vec<_>, _>>()?;
    let next = lines.last().filter(|_| rows.len() > PAGE_LINES as usize).map(JobLogLine::place);
    Ok(JobLogPage { lines, next })
}

/// Forgets everything of jobs that are archived, and of tenants that are gone.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    forget_archived(connection, entries).await?;
    tenant::forget(connection, entries, &["delete from job_log where tenant_id = any($1)"]).await
}

async fn forget_archived(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let archived = entries.iter().filter_map(|entry| match &entry.event {
        Event::Job(JobEvent::JobArchived(event)) => Some((entry.tenant.0, event.job_id.0)),
        _ => None,
    });
    let (tenants, jobs): (Vec<Uuid>, Vec<Uuid>) = archived.unzip();
    if jobs.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "delete from job_log
         using unnest($1::uuid[], $2::uuid[]) as archived (tenant_id, job_id)
         where job_log.tenant_id = archived.tenant_id and job_log.job_id = archived.job_id",
    )
    .bind(tenants)
    .bind(jobs)
    .execute(connection)
    .await?;
    Ok(())
}

fn kept(row: &PgRow) -> Result<((JobId, u64), u32), sqlx::Error> {
    let token: i64 = row.try_get("token")?;
    let kept: i64 = row.try_get("kept")?;
    Ok(((JobId(row.try_get("job_id")?), token.cast_unsigned()), u32::try_from(kept).unwrap_or(u32::MAX)))
}

fn line(row: &PgRow) -> Result<JobLogLine, sqlx::Error> {
    Ok(JobLogLine {
        attempt: row.try_get::<i32, _>("attempt")?.cast_unsigned(),
        token: row.try_get::<i64, _>("token")?.cast_unsigned(),
        line: row.try_get::<i32, _>("line")?.cast_unsigned(),
        at: row.try_get::<DateTime<Utc>, _>("at")?.into(),
        level: text::one_of(row, "level", LogLevel::ALL, LogLevel::as_str)?,
        message: text::required(row, "message")?,
    })
}
