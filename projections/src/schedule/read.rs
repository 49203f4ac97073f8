//! How the table is asked: what is due, and what there is.

use chrono::{DateTime, Utc};
use plinth_events::{
    JobId, TenantId, event::schedule::ScheduleDefined, names::ScheduleName, query::schedule::ScheduleRow, time::Instant,
};
use sqlx::{PgExecutor, Row, postgres::PgRow};

use crate::{ProjectionError, text};

/// The schedules whose next fire time has come, the earliest first.
pub async fn due(executor: impl PgExecutor<'_>, limit: u32) -> Result<Vec<(TenantId, ScheduleName)>, sqlx::Error> {
    let rows = sqlx::query(
        "select tenant_id, name from schedule
         where next_fire_at <= statement_timestamp()
         order by next_fire_at
         limit $1",
    )
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.iter().map(|row| Ok((TenantId(row.try_get("tenant_id")?), text::required(row, "name")?))).collect()
}

/// One schedule. Of its fire times it has the next one only.
pub async fn find(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    name: &ScheduleName,
) -> Result<Option<ScheduleRow>, ProjectionError> {
    let row = sqlx::query(
        "select definition::text, is_paused, pause_reason, next_fire_at, last_fire_time, last_job_id, created_at, updated_at
         from schedule where tenant_id = $1 and name = $2",
    )
    .bind(tenant.0)
    .bind(name.as_str())
    .fetch_optional(executor)
    .await?;
    row.as_ref().map(schedule).transpose()
}

/// Up to `limit` schedules behind a name, in the order of their names.
pub async fn list(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    after: Option<&ScheduleName>,
    limit: u32,
) -> Result<Vec<ScheduleRow>, ProjectionError> {
    let rows = sqlx::query(
        "select definition::text, is_paused, pause_reason, next_fire_at, last_fire_time, last_job_id, created_at, updated_at
         from schedule where tenant_id = $1 and name > $2 order by name limit $3",
    )
    .bind(tenant.0)
    .bind(after.map_or("", ScheduleName::as_str))
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.iter().map(schedule).collect()
}

fn schedule(row: &PgRow) -> Result<ScheduleRow, ProjectionError> {
    let definition = definition(row.try_get("definition")?)?;
    let time = |column: &str| row.try_get::<DateTime<Utc>, _>(column).map(Instant::from);
    let optional_time =
        |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<DateTime<Utc>>, _>(column)?.map(Instant::from));
    Ok(ScheduleRow {
        name: definition.name,
        cron: definition.cron,
        time_zone: definition.time_zone,
        job: definition.job,
        catch_up: definition.catch_up,
        overlap: definition.overlap,
        description: definition.description,
        paused: row.try_get("is_paused")?,
        pause_reason: text::optional(row, "pause_reason")?,
        next_fire_times: optional_time("next_fire_at")?.into_iter().collect(),
        last_fire_time: optional_time("last_fire_time")?,
        last_job_id: row.try_get::<Option<_>, _>("last_job_id")?.map(JobId),
        created_at: time("created_at")?,
        updated_at: time("updated_at")?,
    })
}

fn definition(json: &str) -> Result<ScheduleDefined, ProjectionError> {
    let state = |source| ProjectionError::State { table: "schedule", what: json.chars().take(100).collect(), source };
    serde_json::from_str(json).map_err(state)
}
