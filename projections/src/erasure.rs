//! `erasure`: tenants and users that were deleted and whose traces are still to be erased. `apply` is called with the events;
//! the duty `erasure` asks what is due.

use plinth_events::{
    Event, TenantId, UserId,
    event::{tenant::TenantEvent, user::UserEvent},
};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{Entry, ProjectionError};

/// What is to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Whose it is.
    pub tenant: TenantId,
    /// What is of this user; none: all of the tenant.
    pub user: Option<UserId>,
    /// The place in the log of the deletion: what stands before it.
    pub position: u64,
}

/// Notes what is to be erased from now on, and forgets what was.
pub(crate) async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    for entry in entries {
        match &entry.event {
            Event::Tenant(TenantEvent::TenantDeleted(_)) => {
                forget_all(connection, entry).await?;
                note(connection, entry, None).await?;
            }
            Event::User(UserEvent::UserDeleted(event)) => note(connection, entry, Some(event.user_id)).await?,
            Event::Tenant(TenantEvent::TenantErased(_)) => forget(connection, entry, None).await?,
            Event::User(UserEvent::UserErased(event)) => forget(connection, entry, Some(event.user_id)).await?,
            _ => {}
        }
    }
    Ok(())
}

/// What is to be erased, the oldest first: at most so much.
pub async fn due(executor: impl PgExecutor<'_>, limit: u32) -> Result<Vec<Due>, sqlx::Error> {
    let rows: Vec<(Uuid, Option<Uuid>, i64)> =
        sqlx::query_as("select tenant_id, user_id, position from erasure order by position limit $1")
            .bind(i64::from(limit))
            .fetch_all(executor)
            .await?;
    let due = |(tenant, user, position): (Uuid, Option<Uuid>, i64)| Due {
        tenant: TenantId(tenant),
        user: user.map(UserId),
        position: position.cast_unsigned(),
    };
    Ok(rows.into_iter().map(due).collect())
}

async fn note(connection: &mut PgConnection, entry: &Entry, user: Option<UserId>) -> Result<(), ProjectionError> {
    // one that comes again takes all before it along
    sqlx::query(
        "insert into erasure (tenant_id, user_id, position) values ($1, $2, $3)
         on conflict on constraint erasure_key do update set position = excluded.position",
    )
    .bind(entry.tenant.0)
    .bind(user.map(|user| user.0))
    .bind(entry.position.cast_signed())
    .execute(connection)
    .await?;
    Ok(())
}

/// What is of users of a tenant that is gone is erased with all of the tenant.
async fn forget_all(connection: &mut PgConnection, entry: &Entry) -> Result<(), ProjectionError> {
    sqlx::query("delete from erasure where tenant_id = $1").bind(entry.tenant.0).execute(connection).await?;
    Ok(())
}

async fn forget(connection: &mut PgConnection, entry: &Entry, user: Option<UserId>) -> Result<(), ProjectionError> {
    sqlx::query("delete from erasure where tenant_id = $1 and user_id is not distinct from $2")
        .bind(entry.tenant.0)
        .bind(user.map(|user| user.0))
        .execute(connection)
        .await?;
    Ok(())
}
