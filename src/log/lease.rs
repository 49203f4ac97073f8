//! Leases of duties: who has one, until when by the clock of Postgres, and for the how-manieth time it changed hands.

use std::{collections::HashSet, time::Duration};

use sqlx::{PgConnection, PgExecutor, PgPool, postgres::types::PgInterval};
use uuid::Uuid;

use super::LogError;

/// One holder's turn at a duty. What is handed on under it is void once the duty has changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The duty.
    pub duty: &'static str,
    /// The epoch of its lease.
    pub epoch: u64,
}

/// Takes a free lease or extends the own one; the epoch grows when it changes hands. None: somebody else holds it.
/// Waits for the disk, unlike the rest of the pool: an epoch that a crash took back would be given to two holders.
pub async fn hold(pool: &PgPool, name: &str, holder: Uuid, lease: Duration) -> Result<Option<u64>, LogError> {
    let lease = PgInterval { months: 0, days: 0, microseconds: i64::try_from(lease.as_micros()).unwrap_or(i64::MAX) };
    let mut transaction = pool.begin().await?;
    sqlx::query("set local synchronous_commit = on").execute(&mut *transaction).await?;
    let epoch: Option<i64> = sqlx::query_scalar(
        "insert into plinth.duties (name, holder, epoch, held_until)
         values ($1, $2, 1, clock_timestamp() + $3)
         on conflict (name) do update set
             epoch = duties.epoch + case when duties.holder = excluded.holder then 0 else 1 end,
             holder = excluded.holder,
             held_until = excluded.held_until
         where duties.holder = excluded.holder or duties.held_until < clock_timestamp()
         returning epoch",
    )
    .bind(name)
    .bind(holder)
    .bind(lease)
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(epoch.map(i64::cast_unsigned))
}

/// Gives a lease back, so that another replica can take it at once.
pub async fn release(executor: impl PgExecutor<'_>, name: &str, holder: Uuid) -> Result<(), LogError> {
    sqlx::query("update plinth.duties set held_until = '-infinity' where name = $1 and holder = $2")
        .bind(name)
        .bind(holder)
        .execute(executor)
        .await?;
    Ok(())
}

/// Those whose duty has changed hands since. Behind the locked head, the answer holds until the transaction ends:
/// whoever has the duty now writes and decides later.
pub async fn lapsed(
    connection: &mut PgConnection,
    fences: impl Iterator<Item = Fence>,
) -> Result<HashSet<Fence>, LogError> {
    let mut fences: HashSet<Fence> = fences.collect();
    if !fences.is_empty() {
        let duties = all(connection).await?;
        let is_turn = |held: &Held, fence: &Fence| held.name == fence.duty && held.epoch.cast_unsigned() == fence.epoch;
        fences.retain(|fence| !duties.iter().any(|held| is_turn(held, fence)));
    }
    Ok(fences)
}

/// A duty and who has it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Held {
    /// The duty.
    pub name: String,
    /// The replica that has it.
    pub holder: Uuid,
    /// How often it changed hands, from 1.
    pub epoch: i64,
    /// Whether the lease is running.
    pub is_held: bool,
}

/// All duties that were ever taken.
pub async fn all(executor: impl PgExecutor<'_>) -> Result<Vec<Held>, LogError> {
    Ok(sqlx::query_as(
        "select name, holder, epoch, held_until > clock_timestamp() as is_held from plinth.duties order by name",
    )
    .fetch_all(executor)
    .await?)
}
