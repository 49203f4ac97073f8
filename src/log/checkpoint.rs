//! `plinth.checkpoint`: the latest signed checkpoints.

use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, PgExecutor};

use super::LogError;

/// How many are kept. The stream has older ones, and what they prove can be proved anew.
const KEPT: i64 = 100_000;

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Signed {
    /// 1, 2, 3 …
    pub number: i64,
    /// How many events it is of.
    pub size: i64,
    /// The note.
    pub note: String,
}

/// The last one.
pub async fn latest(executor: impl PgExecutor<'_>) -> Result<Option<Signed>, LogError> {
    Ok(sqlx::query_as("select number, size, note from plinth.checkpoint order by number desc limit 1")
        .fetch_optional(executor)
        .await?)
}

/// When a checkpoint was signed.
pub async fn signed_at(executor: impl PgExecutor<'_>, number: i64) -> Result<Option<DateTime<Utc>>, LogError> {
    Ok(sqlx::query_scalar("select signed_at from plinth.checkpoint where number = $1")
        .bind(number)
        .fetch_optional(executor)
        .await?)
}

/// Keeps one, unless another one has its number. Waits for the disk: it will be published.
pub async fn keep(connection: &mut PgConnection, signed: &Signed) -> Result<(), LogError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("set local synchronous_commit = on").execute(&mut *transaction).await?;
    sqlx::query("insert into plinth.checkpoint (number, size, note) values ($1, $2, $3)")
        .bind(signed.number)
        .bind(signed.size)
        .bind(&signed.note)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("delete from plinth.checkpoint where number <= $1")
        .bind(signed.number - KEPT)
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}
