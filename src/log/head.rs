//! The end of the log. Who appends holds its lock, so positions come in the order of commits.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use plinth_events::{CommandId, TenantId, time::Moment};
use sqlx::{FromRow, PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{
    LogError,
    commands::{Known, KnownCommands},
};

/// The end of the log.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// The position of the last event.
    pub position: u64,
    /// When the next event is recorded: by the clock of Postgres, and later than the last event.
    pub now: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    head_position: i64,
    next_recorded_at: DateTime<Utc>,
    known_tenants: Option<Vec<Uuid>>,
    known_commands: Option<Vec<Uuid>>,
    known_hashes: Option<Vec<Vec<u8>>>,
    known_replies: Option<Vec<String>>,
}

impl Row {
    fn known(self) -> Result<KnownCommands, LogError> {
        let tenants = self.known_tenants.unwrap_or_default().into_iter().map(TenantId);
        let commands = self.known_commands.unwrap_or_default().into_iter().map(CommandId);
        let hashes = self.known_hashes.unwrap_or_default();
        let replies = self.known_replies.unwrap_or_default();
        let known = hashes.into_iter().zip(replies).map(|(body_hash, reply)| {
            let reply = serde_json::from_str(&reply)?;
            Ok::<_, LogError>(Known { body_hash, reply: Arc::new(reply) })
        });
        tenants.zip(commands).zip(known).map(|(command, known)| Ok((command, known?))).collect()
    }
}

/// Locks the head until the transaction ends, and finds those of the commands that were accepted before.
pub async fn lock(
    connection: &mut PgConnection,
    commands: &[(TenantId, CommandId)],
) -> Result<(Head, KnownCommands), LogError> {
    let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) = commands.iter().map(|(tenant, command)| (tenant.0, command.0)).unzip();
    let row: Row = sqlx::query_as(
        "select head_position, next_recorded_at, known_tenants, known_commands, known_hashes, known_replies
         from plinth.lock_head($1, $2)",
    )
    .bind(tenants)
    .bind(ids)
    .fetch_one(connection)
    .await?;
    let head = Head { position: row.head_position.cast_unsigned(), now: row.next_recorded_at };
    Ok((head, row.known()?))
}

/// Waits until all is committed that was recorded by a time, unless that time is yet to come. What is recorded later gets
/// a later time.
pub async fn settle(pool: &PgPool, time: Moment) -> Result<(), LogError> {
    let last: Option<DateTime<Utc>> =
        sqlx::query_scalar("select recorded_at from plinth.events order by position desc limit 1")
            .fetch_optional(pool)
            .await?;
    if last.is_none_or(|last| last <= time.utc()) {
        // outside of a transaction, so the lock is let go of at once: who held it has ended
        lock(&mut *pool.acquire().await?, &[]).await?;
    }
    Ok(())
}

/// The end of the log as it is just now, unlocked: for what is decided and not written.
pub async fn look(executor: impl PgExecutor<'_>) -> Result<Head, LogError> {
    let (position, now): (i64, DateTime<Utc>) = sqlx::query_as(
        "select coalesce(max(position), 0), greatest(clock_timestamp(), max(recorded_at) + interval '1 microsecond')
         from (select position, recorded_at from plinth.events order by position desc limit 1) as last_event",
    )
    .fetch_one(executor)
    .await?;
    Ok(Head { position: position.cast_unsigned(), now })
}

/// The position of the last event, as committed by now.
pub async fn position(executor: impl PgExecutor<'_>) -> Result<u64, LogError> {
    let position: i64 =
        sqlx::query_scalar("select coalesce(max(position), 0) from plinth.events").fetch_one(executor).await?;
    Ok(position.cast_unsigned())
}
