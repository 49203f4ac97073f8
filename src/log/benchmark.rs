//! What a benchmark asks of Postgres.

use plinth_events::{TenantId, names::JobType};
use sqlx::PgConnection;

use super::{Database, LogError};

/// Bytes of the write-ahead log so far.
pub async fn wal_bytes(database: &Database) -> Result<i64, LogError> {
    let query = "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint";
    Ok(sqlx::query_scalar(query).fetch_one(database.pool()).await?)
}

/// A transaction with a snapshot, which keeps Postgres from cleaning up until its connection is closed.
pub async fn hold_transaction_open(database: &Database) -> Result<PgConnection, LogError> {
    let mut connection = database.dedicated().await?;
    sqlx::raw_sql("begin isolation level repeatable read; select count(*) from plinth.duties")
        .execute(&mut connection)
        .await?;
    Ok(connection)
}

/// Jobs that ended before, as rows of the table: writing them as commands would take longer than the measurement.
pub async fn add_finished_jobs(
    database: &Database,
    tenant: TenantId,
    job_type: &JobType,
    jobs: i64,
) -> Result<(), LogError> {
    let mut connection = database.dedicated().await?;
    sqlx::query(
        r#"insert into "Job" ("id", "tenantId", "type", "payload", "status", "attempts", "maxAttempts", "updatedAt")
           select gen_random_uuid(), $1, $2, '{"number": 1}', 'completed', 1, 3, current_timestamp
           from generate_series(1, $3)"#,
    )
    .bind(tenant.0)
    .bind(job_type.as_str())
    .bind(jobs)
    .execute(&mut connection)
    .await?;
    sqlx::raw_sql(r#"vacuum analyze "Job""#).execute(&mut connection).await?;
    Ok(())
}

/// Makes an empty database on the same server, whose URL is `url`; tells its URL. The server goes when the benchmark ends.
pub async fn create_beside(database: &Database, url: &str) -> Result<String, LogError> {
    let name = "plinth_bench_mirror";
    sqlx::raw_sql("drop database if exists plinth_bench_mirror").execute(database.pool()).await?;
    sqlx::raw_sql("create database plinth_bench_mirror").execute(database.pool()).await?;
    let (server, parameters) =
        url.split_once('?').map_or((url, None), |(server, parameters)| (server, Some(parameters)));
    let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
    Ok(parameters.map_or_else(|| format!("{server}/{name}"), |parameters| format!("{server}/{name}?{parameters}")))
}
