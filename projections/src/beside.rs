//! A second set of the tables beside the live ones: filled from the log, then compared with them or put in their place.
//!
//! It lives in schema `plinth_beside`, one at a time in a database. [`open`] points the connection's `search_path` at it,
//! so that the projections write there.

use sqlx::PgConnection;

/// The read tables, in the order of their foreign keys.
pub const TABLES: [&str; 5] = ["Tenant", "User", "MetricDefinition", "DashboardWidget", "Job"];

/// Any number that no other lock of the database has.
const LOCK: i64 = 0x0070_6c69_6e74_6802;

/// What is in a table, in a form that can be compared.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Digest {
    /// How many rows.
    pub rows: i64,
    /// A sum over the hashes of all rows: the same for the same rows in any order.
    pub checksum: String,
}

/// Creates the empty tables and points the connection at them. False: another rebuild or verification is running.
pub async fn open(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let is_free: bool =
        sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut *connection).await?;
    if !is_free {
        return Ok(false);
    }
    sqlx::raw_sql(include_str!("beside/open.sql")).execute(&mut *connection).await?;
    sqlx::raw_sql(include_str!("../../migrations/0003_read_tables.sql")).execute(&mut *connection).await?;
    sqlx::raw_sql("reset plinth.read_schema; set search_path = plinth_beside").execute(connection).await?;
    Ok(true)
}

/// Puts the tables in the place of the live ones. The caller's transaction holds the lock of the log head.
pub async fn swap(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(include_str!("beside/swap.sql")).execute(connection).await?;
    Ok(())
}

/// Drops the tables and points the connection at the live ones again.
pub async fn close(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("set search_path = public, plinth; drop schema if exists plinth_beside cascade")
        .execute(&mut *connection)
        .await?;
    sqlx::query("select pg_advisory_unlock($1)").bind(LOCK).execute(connection).await?;
    Ok(())
}

/// What is in each of the [`TABLES`] that the connection points at.
pub async fn digests(connection: &mut PgConnection) -> Result<Vec<Digest>, sqlx::Error> {
    sqlx::query_as(include_str!("beside/digests.sql")).fetch_all(connection).await
}
