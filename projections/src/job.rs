//! `Job`: one row per job, as its events left it.
//!
//! This is the hot path of the service. All events of a job in a batch are folded into one change in memory, and all
//! changes go out as one insert of new rows and one update of others, whatever the size of the batch. Payloads and
//! results pass through as text; only Postgres parses them. What an event does to a row is in the contract, `job_row`.

mod change;
pub mod filter;
mod list;
mod read;

use plinth_events::{json::Payload, query::job::JobStatus};
use sqlx::PgConnection;

use self::change::{Change, fold};
pub use self::{list::list, read::find};
use crate::{Entry, ProjectionError};

/// Brings the table up to date with a batch. A batch without events of jobs costs nothing.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let (archived, kept): (Vec<_>, Vec<_>) = fold(entries).into_iter().partition(|change| change.is_archived);
    // first, because their ids are free for other tenants
    remove(connection, &archived).await?;
    let (new, changed): (Vec<_>, Vec<_>) = kept.into_iter().partition(|change| change.enqueued.is_some());
    insert(connection, &new).await?;
    update(connection, &changed).await?;
    replace(connection, &changed).await
}

async fn insert(connection: &mut PgConnection, new: &[Change<'_>]) -> Result<(), ProjectionError> {
    if new.is_empty() {
        return Ok(());
    }
    let enqueued = || new.iter().filter_map(|change| change.enqueued.as_ref());
    sqlx::query(include_str!("job/insert.sql"))
        .bind(ids(new))
        .bind(new.iter().map(|change| change.tenant.0).collect::<Vec<_>>())
        .bind(enqueued().map(|enqueued| enqueued.event.job_type.as_str()).collect::<Vec<_>>())
        .bind(new.iter().filter_map(|change| change.payload()).map(Payload::as_str).collect::<Vec<_>>())
        .bind(new.iter().map(|change| change.row.status.unwrap_or(JobStatus::Pending).as_str()).collect::<Vec<_>>())
        .bind(new.iter().map(|change| change.row.attempts.unwrap_or(0).cast_signed()).collect::<Vec<_>>())
        .bind(new.iter().filter_map(|change| change.max_attempts()).map(u32::cast_signed).collect::<Vec<_>>())
        .bind(new.iter().map(|change| change.row.result.map(Payload::as_str)).collect::<Vec<_>>())
        .bind(errors(new))
        .bind(enqueued().map(|enqueued| enqueued.at).collect::<Vec<_>>())
        .bind(new.iter().map(|change| change.updated_at).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

async fn update(connection: &mut PgConnection, changed: &[Change<'_>]) -> Result<(), ProjectionError> {
    if changed.is_empty() {
        return Ok(());
    }
    sqlx::query(include_str!("job/update.sql"))
        .bind(ids(changed))
        .bind(changed.iter().map(|change| change.row.status.map(JobStatus::as_str)).collect::<Vec<_>>())
        .bind(changed.iter().map(|change| change.row.attempts.map(u32::cast_signed)).collect::<Vec<_>>())
        .bind(changed.iter().map(|change| change.row.result.map(Payload::as_str)).collect::<Vec<_>>())
        .bind(changed.iter().map(|change| change.row.error.is_some()).collect::<Vec<_>>())
        .bind(errors(changed))
        .bind(changed.iter().map(|change| change.updated_at).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Archived jobs.
async fn remove(connection: &mut PgConnection, archived: &[Change<'_>]) -> Result<(), ProjectionError> {
    if archived.is_empty() {
        return Ok(());
    }
    sqlx::query(
        r#"delete from "Job"
           using unnest($1::uuid[], $2::uuid[]) as archived (id, tenant_id)
           where "Job"."id" = archived.id and "Job"."tenantId" = archived.tenant_id"#,
    )
    .bind(ids(archived))
    .bind(archived.iter().map(|change| change.tenant.0).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Jobs that became other ones before they started.
async fn replace(connection: &mut PgConnection, changed: &[Change<'_>]) -> Result<(), ProjectionError> {
    let replaced = || changed.iter().filter(|change| change.row.payload.is_some());
    if replaced().next().is_none() {
        return Ok(());
    }
    sqlx::query(include_str!("job/replace.sql"))
        .bind(replaced().map(|change| change.job.0).collect::<Vec<_>>())
        .bind(replaced().filter_map(Change::payload).map(Payload::as_str).collect::<Vec<_>>())
        .bind(replaced().filter_map(Change::max_attempts).map(u32::cast_signed).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

fn ids(changes: &[Change<'_>]) -> Vec<uuid::Uuid> {
    changes.iter().map(|change| change.job.0).collect()
}

fn errors<'a>(changes: &'a [Change<'_>]) -> Vec<Option<&'a str>> {
    changes.iter().map(|change| change.row.error.as_ref()?.as_deref()).collect()
}
