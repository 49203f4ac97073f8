//! Commands from the intake that failed again and again: kept with their cause until somebody redrives them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use super::LogError;

/// A command that could not be handled, through no fault of its sender.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Parked {
    /// By which it is redriven.
    pub id: Uuid,
    /// The subject that it came on.
    pub subject: String,
    /// The headers that it came with.
    pub headers: Json<BTreeMap<String, String>>,
    /// The body that it came with.
    pub body: Vec<u8>,
    /// Why it could not be handled.
    pub cause: String,
    /// How often it was tried.
    pub tries: i32,
    /// Since when it is parked.
    pub parked_at: DateTime<Utc>,
}

/// Parks a command; again under the same id replaces the cause. Waits for the disk: its message is acknowledged next.
pub async fn park(connection: &mut PgConnection, parked: &Parked) -> Result<(), LogError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("set local synchronous_commit = on").execute(&mut *transaction).await?;
    sqlx::query(
        "insert into plinth.parked (id, subject, headers, body, cause, tries, parked_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update set cause = excluded.cause, tries = excluded.tries",
    )
    .bind(parked.id)
    .bind(&parked.subject)
    .bind(&parked.headers)
    .bind(&parked.body)
    .bind(&parked.cause)
    .bind(parked.tries)
    .bind(parked.parked_at)
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

/// The parked commands, oldest first.
pub async fn list(executor: impl PgExecutor<'_>, limit: u32) -> Result<Vec<Parked>, LogError> {
    Ok(sqlx::query_as(
        "select id, subject, headers, body, cause, tries, parked_at
         from plinth.parked
         order by parked_at, id
         limit $1",
    )
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?)
}

/// How many commands are parked.
pub async fn count(executor: impl PgExecutor<'_>) -> Result<u64, LogError> {
    let count: i64 = sqlx::query_scalar("select count(*) from plinth.parked").fetch_one(executor).await?;
    Ok(count.cast_unsigned())
}

/// One parked command.
pub async fn find(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Parked>, LogError> {
    Ok(sqlx::query_as("select id, subject, headers, body, cause, tries, parked_at from plinth.parked where id = $1")
        .bind(id)
        .fetch_optional(executor)
        .await?)
}

/// Forgets a parked command that was redriven.
pub async fn remove(executor: impl PgExecutor<'_>, id: Uuid) -> Result<(), LogError> {
    sqlx::query("delete from plinth.parked where id = $1").bind(id).execute(executor).await?;
    Ok(())
}
