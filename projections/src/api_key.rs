//! `api_key`: the API keys, written with their events. Those of deleted tenants and users are gone.

pub mod read;

use plinth_events::{
    Event, Scope,
    event::api_key::{ApiKeyCreated, ApiKeyEvent, ApiKeyRevoked},
};
use sqlx::PgConnection;

use crate::{Entry, ProjectionError, tenant, user};

/// Brings the table up to date with a batch. Keys are rare: one statement for each event of one.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    for entry in entries {
        match &entry.event {
            Event::ApiKey(ApiKeyEvent::ApiKeyCreated(event)) => create(connection, entry, event).await?,
            Event::ApiKey(ApiKeyEvent::ApiKeyRevoked(event)) => revoke(connection, entry, event).await?,
            _ => {}
        }
    }
    user::forget(
        connection,
        entries,
        "delete from api_key using unnest($1::uuid[], $2::uuid[]) as gone (tenant_id, user_id)
         where api_key.tenant_id = gone.tenant_id and api_key.user_id = gone.user_id",
    )
    .await?;
    tenant::forget(connection, entries, &["delete from api_key where tenant_id = any($1)"]).await
}

async fn create(connection: &mut PgConnection, entry: &Entry, event: &ApiKeyCreated) -> Result<(), ProjectionError> {
    sqlx::query(
        "insert into api_key
             (digest, tenant_id, key_id, position, name, user_id, scopes, created_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(event.digest.0)
    .bind(entry.tenant.0)
    .bind(event.key_id.0)
    .bind(entry.position.cast_signed())
    .bind(event.name.as_str())
    .bind(event.user_id.map(|user| user.0))
    .bind(event.scopes.iter().copied().map(Scope::as_str).collect::<Vec<_>>())
    .bind(entry.actor.map(|actor| actor.0))
    .bind(entry.recorded_at_millis())
    .bind(event.expires_at.map(|time| time.utc()))
    .execute(connection)
    .await?;
    Ok(())
}

async fn revoke(connection: &mut PgConnection, entry: &Entry, event: &ApiKeyRevoked) -> Result<(), ProjectionError> {
    sqlx::query("update api_key set revoked_at = $3, revoke_reason = $4 where tenant_id = $1 and key_id = $2")
        .bind(entry.tenant.0)
        .bind(event.key_id.0)
        .bind(entry.recorded_at_millis())
        .bind(event.reason.as_ref().map(|reason| reason.as_str()))
        .execute(connection)
        .await?;
    Ok(())
}
