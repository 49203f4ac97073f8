//! Which work queue the rows of the job queue were published to. A stream that was lost and made anew is another one:
//! everything that waits for a worker is published again.

use sqlx::PgExecutor;

use crate::log::LogError;

/// The stream that jobs were published to, by the time it was created; none before the first one.
pub async fn known(executor: impl PgExecutor<'_>) -> Result<Option<String>, LogError> {
    Ok(sqlx::query_scalar("select created_at from plinth.job_stream").fetch_optional(executor).await?)
}

/// Remembers the stream that jobs are published to from now on.
pub async fn remember(executor: impl PgExecutor<'_>, created_at: &str) -> Result<(), LogError> {
    sqlx::query(
        "insert into plinth.job_stream (created_at) values ($1)
         on conflict (only_row) do update set created_at = excluded.created_at",
    )
    .bind(created_at)
    .execute(executor)
    .await?;
    Ok(())
}
