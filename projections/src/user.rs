//! The table `User`. Its constraints refuse what a user's events alone cannot know: an id that another tenant has
//! (`User_pkey`) and the deletion of an author (`MetricDefinition_createdById_fkey`).

pub mod read;

use plinth_events::{Event, event::user::UserEvent};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Entry, ProjectionError, tenant};

/// Adds the users that were registered and renames the renamed ones.
pub async fn register(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    insert(connection, entries).await?;
    rename(connection, entries).await
}

async fn insert(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let (mut ids, mut tenants, mut names, mut created) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        if let Event::User(UserEvent::UserRegistered(event)) = &entry.event {
            ids.push(event.user_id.0);
            tenants.push(entry.tenant.0);
            names.push(event.name.as_str());
            created.push(entry.recorded_at_millis().naive_utc());
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        r#"insert into "User" ("id", "tenantId", "name", "createdAt")
           select id, tenant_id, name, created_at
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamp[]) as new (id, tenant_id, name, created_at)"#,
    )
    .bind(ids)
    .bind(tenants)
    .bind(names)
    .bind(created)
    .execute(connection)
    .await?;
    Ok(())
}

async fn rename(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let renamed = entries.iter().filter_map(|entry| match &entry.event {
        Event::User(UserEvent::UserRenamed(event)) => Some((event.user_id.0, event.name.as_str())),
        _ => None,
    });
    tenant::set_names(
        connection,
        renamed,
        r#"update "User" set "name" = renamed.name
           from unnest($1::uuid[], $2::text[]) as renamed (id, name) where "User"."id" = renamed.id"#,
    )
    .await
}

/// Deletes the users that were deleted; their widgets go with them.
pub async fn delete(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    forget(
        connection,
        entries,
        r#"delete from "User" using unnest($1::uuid[], $2::uuid[]) as gone (tenant_id, user_id)
           where "User"."tenantId" = gone.tenant_id and "User"."id" = gone.user_id"#,
    )
    .await
}

/// What goes with the users that a batch deletes: a statement on the ids of their tenants and their own.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    entries: &[Entry],
    statement: &'static str,
) -> Result<(), ProjectionError> {
    let deleted = entries.iter().filter_map(|entry| match &entry.event {
        Event::User(UserEvent::UserDeleted(event)) => Some((entry.tenant.0, event.user_id.0)),
        _ => None,
    });
    let (tenants, users): (Vec<Uuid>, Vec<Uuid>) = deleted.unzip();
    if users.is_empty() {
        return Ok(());
    }
    sqlx::query(statement).bind(tenants).bind(users).execute(connection).await?;
    Ok(())
}
