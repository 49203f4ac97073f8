//! `schedule`: the schedules as they are now, written with their events.

mod change;
pub mod read;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use self::change::{Change, Key, fold};
use crate::{Entry, ProjectionError, tenant};

/// Brings the table up to date with a batch. A batch without events of schedules costs nothing.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let (changes, deleted) = fold(entries);
    remove(connection, &deleted).await?;
    define(connection, &changes).await?;
    move_on(connection, &changes).await?;
    tenant::forget(connection, entries, &["delete from schedule where tenant_id = any($1)"]).await
}

async fn remove(connection: &mut PgConnection, deleted: &BTreeSet<Key<'_>>) -> Result<(), ProjectionError> {
    if deleted.is_empty() {
        return Ok(());
    }
    let (tenants, names): (Vec<Uuid>, Vec<&str>) = deleted.iter().map(Key::columns).unzip();
    sqlx::query(
        "delete from schedule using unnest($1::uuid[], $2::text[]) as gone (tenant_id, name)
         where schedule.tenant_id = gone.tenant_id and schedule.name = gone.name",
    )
    .bind(tenants)
    .bind(names)
    .execute(connection)
    .await?;
    Ok(())
}

async fn define(connection: &mut PgConnection, changes: &[Change<'_>]) -> Result<(), ProjectionError> {
    let (mut tenants, mut names, mut definitions, mut times) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        let Some(definition) = change.definition else { continue };
        let (tenant, name) = change.key.columns();
        let json = serde_json::to_string(definition).map_err(|source| ProjectionError::State {
            table: "schedule",
            what: format!("{tenant}/{name}"),
            source,
        })?;
        tenants.push(tenant);
        names.push(name);
        definitions.push(json);
        times.push(change.defined_at);
    }
    if tenants.is_empty() {
        return Ok(());
    }
    sqlx::query(include_str!("schedule/define.sql"))
        .bind(tenants)
        .bind(names)
        .bind(definitions)
        .bind(times)
        .execute(connection)
        .await?;
    Ok(())
}

/// A row as it is bound: arrays of these columns make one statement of any number of rows.
#[derive(Default)]
struct Columns<'a> {
    tenants: Vec<Uuid>,
    names: Vec<&'a str>,
    next_fire_at: Vec<Option<DateTime<Utc>>>,
    paused: Vec<Option<bool>>,
    pause_reasons: Vec<Option<&'a str>>,
    last_fire_times: Vec<Option<DateTime<Utc>>>,
    last_jobs: Vec<Option<Uuid>>,
    changed_at: Vec<Option<DateTime<Utc>>>,
}

async fn move_on(connection: &mut PgConnection, changes: &[Change<'_>]) -> Result<(), ProjectionError> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut columns = Columns::default();
    for change in changes {
        let (tenant, name) = change.key.columns();
        columns.tenants.push(tenant);
        columns.names.push(name);
        columns.next_fire_at.push(change.next_fire_at.map(|time| time.utc()));
        columns.paused.push(change.paused.map(|(is_paused, _)| is_paused));
        columns.pause_reasons.push(change.paused.and_then(|(_, reason)| reason).map(|reason| reason.as_str()));
        columns.last_fire_times.push(change.fired.map(|fired| fired.fire_time.utc()));
        columns.last_jobs.push(change.fired.map(|fired| fired.job_id.0));
        columns.changed_at.push(change.changed_at);
    }
    sqlx::query(include_str!("schedule/move_on.sql"))
        .bind(columns.tenants)
        .bind(columns.names)
        .bind(columns.next_fire_at)
        .bind(columns.paused)
        .bind(columns.pause_reasons)
        .bind(columns.last_fire_times)
        .bind(columns.last_jobs)
        .bind(columns.changed_at)
        .execute(connection)
        .await?;
    Ok(())
}
