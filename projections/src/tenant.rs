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
    // Of several names in one batch the last one stays.
    let renamed: BTreeMap<Uuid, &str> = renamed.collect();
    if renamed.is_empty() {
        return Ok(());
    }
    let (ids, names): (Vec<Uuid>, Vec<&str>) = renamed.into_iter().unzip();
    sqlx::query(
        r#"update "Tenant" set "name" = renamed.name
           from unnest($1::uuid[], $2::text[]) as renamed (id, name) where "Tenant"."id" = renamed.id"#,
    )
    .bind(ids)
    .bind(names)
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes the tenants that were deleted with all their rows. Left to the foreign keys, the deletion would be refused:
/// the users would go first, and metric definitions hold on to their authors.
pub async fn delete(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let deleted: Vec<Uuid> = deleted(entries).collect();
    if deleted.is_empty() {
        return Ok(());
    }
    for statement in [
        r#"delete from "MetricDefinition" where "tenantId" = any($1)"#,
        r#"delete from "DashboardWidget" where "tenantId" = any($1)"#,
        r#"delete from "Job" where "tenantId" = any($1)"#,
        r#"delete from "User" where "tenantId" = any($1)"#,
        r#"delete from "Tenant" where "id" = any($1)"#,
    ] {
        sqlx::query(statement).bind(&deleted).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The tenants that a batch deletes.
pub(crate) fn deleted(entries: &[Entry]) -> impl Iterator<Item = Uuid> {
    entries
        .iter()
        .filter(|entry| matches!(entry.event, Event::Tenant(TenantEvent::TenantDeleted(_))))
        .map(|entry| entry.tenant.0)
}
