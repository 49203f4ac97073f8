//! Browsers that are logged in by an API key, and the links that log them in. Both are no events: whoever loses them in a
//! crash logs in again. By the clock of Postgres.

use std::time::Duration;

use plinth_events::secret_digest::SecretDigest;
use plinth_projections::api_key::read::Grant;
use sqlx::{PgExecutor, PgPool, postgres::types::PgInterval};

use super::LogError;

/// Most rows of either table that are swept out at once.
const SWEPT: i64 = 1_000;

/// Keeps a link that logs in once by a key, until it is used or its time is over. There must be such a key.
pub async fn create_link(
    pool: &PgPool,
    key: SecretDigest,
    link: SecretDigest,
    lifetime: Duration,
) -> Result<(), LogError> {
    sqlx::query(
        "insert into plinth.login_link (digest, key_digest, expires_at) values ($1, $2, statement_timestamp() + $3)",
    )
    .bind(link.0)
    .bind(key.0)
    .bind(interval(lifetime))
    .execute(pool)
    .await?;
    Ok(())
}

/// Uses a link up. The key that it logs in by; none: there is no such link, or it was used, or its time is over.
pub async fn redeem_link(pool: &PgPool, link: SecretDigest) -> Result<Option<SecretDigest>, LogError> {
    let key: Option<[u8; 32]> = sqlx::query_scalar(
        "with redeemed as (
             delete from plinth.login_link where digest = $1 returning key_digest, expires_at
         )
         select key_digest from redeemed where expires_at > statement_timestamp()",
    )
    .bind(link.0)
    .fetch_optional(pool)
    .await?;
    Ok(key.map(SecretDigest))
}

/// Logs a browser in by a key, until the session's time is over or the key is of no use any more. There must be such a key.
pub async fn open(pool: &PgPool, key: SecretDigest, session: SecretDigest, lifetime: Duration) -> Result<(), LogError> {
    sweep(pool).await?;
    sqlx::query(
        "insert into plinth.web_session (digest, key_digest, expires_at) values ($1, $2, statement_timestamp() + $3)",
    )
    .bind(session.0)
    .bind(key.0)
    .bind(interval(lifetime))
    .execute(pool)
    .await?;
    Ok(())
}

/// What a browser that is logged in may do: what its key allows. None: it is not logged in any more.
pub async fn find(executor: impl PgExecutor<'_>, session: SecretDigest) -> Result<Option<Grant>, LogError> {
    Ok(sqlx::query_as(
        "select key.key_id, key.tenant_id, key.user_id, key.scopes,
                least(key.expires_at, session.expires_at) as expires_at
         from plinth.web_session as session
         join plinth.api_key as key on key.digest = session.key_digest
         where session.digest = $1 and key.revoked_at is null
             and least(key.expires_at, session.expires_at) > statement_timestamp()",
    )
    .bind(session.0)
    .fetch_optional(executor)
    .await?)
}

/// Logs a browser out.
pub async fn close(executor: impl PgExecutor<'_>, session: SecretDigest) -> Result<(), LogError> {
    sqlx::query("delete from plinth.web_session where digest = $1").bind(session.0).execute(executor).await?;
    Ok(())
}

/// Forgets sessions and links whose time is over.
async fn sweep(pool: &PgPool) -> Result<(), LogError> {
    for statement in [
        "delete from plinth.web_session where digest = any(array(
             select digest from plinth.web_session where expires_at <= statement_timestamp() order by expires_at limit $1
         ))",
        "delete from plinth.login_link where digest = any(array(
             select digest from plinth.login_link where expires_at <= statement_timestamp() order by expires_at limit $1
         ))",
    ] {
        sqlx::query(statement).bind(SWEPT).execute(pool).await?;
    }
    Ok(())
}

fn interval(time: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(time.as_micros()).unwrap_or(i64::MAX) }
}
