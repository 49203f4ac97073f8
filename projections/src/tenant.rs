//! The table `Tenant`, and what goes with a tenant when it is deleted.

use std::collections::BTreeMap;

use plinth_events::{Event, event::tenant::TenantEvent};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Entry, ProjectionError};

/// Adds the tenants that were registered and renames the renamed ones.
pub async fn register(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    insert(connection, entries).await?;
    rename(connection, entries).await
}

async fn insert(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let (mut ids, mut names, mut created) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        if let Event::Tenant(TenantEvent::TenantRegistered(event)) = &entry.event {
            ids.push(entry.tenant.0);
            names.push(event.name.as_str());
            created.push(entry.recorded_at_millis().naive_utc());
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        r#"insert into "Tenant" ("id", "name", "createdAt")
           select id, name, created_at from unnest($1::uuid[], $2::text[], $3::timestamp[]) as new (id, name, created_at)"#,
    )
    .bind(ids)
    .bind(names)
    .bind(created)
    .execute(connection)
    .await?;
    Ok(())
}

async fn rename(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let renamed = entries.iter().filter_map(|entry| match &entry.event {
        Event::Tenant(TenantEvent::TenantRenamed(event)) => Some((entry.tenant.0, event.name.as_str())),
        _ => None,
    });
    set_names(
        connection,
        renamed,
        r#"update "Tenant" set "name" = renamed.name
           from unnest($1::uuid[], $2::text[]) as renamed (id, name) where "Tenant"."id" = renamed.id"#,
    )
    .await
}

/// Gives tenants or users the names that a batch gave them, by a statement on ids and names.
pub(crate) async fn set_names<'a>(
    connection: &mut PgConnection,
    renamed: impl Iterator<Item = (Uuid, &'a str)>,
    statement: &'static str,
) -> Result<(), ProjectionError> {
    // of several names in one batch the last one stays
    let renamed: BTreeMap<Uuid, &str> = renamed.collect();
    if renamed.is_empty() {
        return Ok(());
    }
    let (ids, names): (Vec<Uuid>, Vec<&str>) = renamed.into_iter().unzip();
    sqlx::query(statement).bind(ids).bind(names).execute(connection).await?;
    Ok(())
}

/// Deletes the tenants that were deleted with all their rows. Left to the foreign keys, the deletion would be refused:
/// the users would go first, and metric definitions hold on to their authors.
pub async fn delete(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let statements = [
        r#"delete from "MetricDefinition" where "tenantId" = any($1)"#,
        r#"delete from "DashboardWidget" where "tenantId" = any($1)"#,
        r#"delete from "Job" where "tenantId" = any($1)"#,
        r#"delete from "User" where "tenantId" = any($1)"#,
        r#"delete from "Tenant" where "id" = any($1)"#,
    ];
    forget(connection, entries, &statements).await
}

/// What goes with the tenants that a batch deletes: one statement a table, on the ids of these tenants. Nothing happens to a
/// tenant after its deletion, so a table does this behind all else.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    entries: &[Entry],
    statements: &[&'static str],
) -> Result<(), ProjectionError> {
    let is_deletion = |entry: &&Entry| matches!(entry.event, Event::Tenant(TenantEvent::TenantDeleted(_)));
    let deleted: Vec<Uuid> = entries.iter().filter(is_deletion).map(|entry| entry.tenant.0).collect();
    if deleted.is_empty() {
        return Ok(());
    }
    for statement in statements {
        sqlx::query(statement).bind(&deleted).execute(&mut *connection).await?;
    }
    Ok(())
}
