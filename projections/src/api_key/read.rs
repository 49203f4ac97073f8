//! What the table is asked: whose a secret is, and which keys a tenant has. By the clock of Postgres.

use chrono::{DateTime, Utc};
use plinth_events::{
    ApiKeyId, Scope, TenantId, UserId,
    query::api_key::{ApiKeyRow, ApiKeyStatus},
    scope::UnknownScope,
    secret_digest::SecretDigest,
    time::Instant,
};
use sqlx::{FromRow, PgExecutor, Row, postgres::PgRow};
use uuid::Uuid;

use crate::text;

/// What whoever holds a secret may do: neither revoked nor expired when it was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The key that it comes from.
    pub key_id: ApiKeyId,
    /// In which tenant.
    pub tenant: TenantId,
    /// As whom.
    pub user: Option<UserId>,
    /// What.
    pub scopes: Vec<Scope>,
    /// Until when; none: until the key is revoked.
    pub expires_at: Option<Instant>,
}

impl FromRow<'_, PgRow> for Grant {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            key_id: ApiKeyId(row.try_get("key_id")?),
            tenant: TenantId(row.try_get("tenant_id")?),
            user: row.try_get::<Option<Uuid>, _>("user_id")?.map(UserId),
            scopes: scopes(row)?,
            expires_at: time(row, "expires_at")?,
        })
    }
}

/// What the holder of a secret may do; none: there is no such key, or it is of no use any more.
pub async fn find(executor: impl PgExecutor<'_>, digest: SecretDigest) -> Result<Option<Grant>, sqlx::Error> {
    sqlx::query_as(
        "select key_id, tenant_id, user_id, scopes, expires_at
         from api_key
         where digest = $1 and revoked_at is null and (expires_at is null or expires_at > statement_timestamp())",
    )
    .bind(digest.0)
    .fetch_optional(executor)
    .await
}

/// Keys of a tenant, newest first, created before a position.
pub async fn list(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<ApiKeyRow>, sqlx::Error> {
    let rows = sqlx::query(
        "select key_id, position, name, user_id, scopes, created_by, created_at, expires_at, revoked_at, revoke_reason,
                coalesce(expires_at <= statement_timestamp(), false) as is_expired
         from api_key
         where tenant_id = $1 and ($2::bigint is null or position < $2)
         order by position desc
         limit $3",
    )
    .bind(tenant.0)
    .bind(before.map(u64::cast_signed))
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.iter().map(key_row).collect()
}

fn key_row(row: &PgRow) -> Result<ApiKeyRow, sqlx::Error> {
    let revoked_at = time(row, "revoked_at")?;
    let status = match (revoked_at, row.try_get("is_expired")?) {
        (Some(_), _) => ApiKeyStatus::Revoked,
        (None, true) => ApiKeyStatus::Expired,
        (None, false) => ApiKeyStatus::Active,
    };
    Ok(ApiKeyRow {
        key_id: ApiKeyId(row.try_get("key_id")?),
        position: row.try_get::<i64, _>("position")?.cast_unsigned(),
        name: text::required(row, "name")?,
        user_id: row.try_get::<Option<Uuid>, _>("user_id")?.map(UserId),
        scopes: scopes(row)?,
        status,
        created_by_id: row.try_get::<Option<Uuid>, _>("created_by")?.map(UserId),
        created_at: row.try_get::<DateTime<Utc>, _>("created_at")?.into(),
        expires_at: time(row, "expires_at")?,
        revoked_at,
        revoke_reason: text::optional(row, "revoke_reason")?,
    })
}

fn time(row: &PgRow, column: &str) -> Result<Option<Instant>, sqlx::Error> {
    Ok(row.try_get::<Option<DateTime<Utc>>, _>(column)?.map(Instant::from))
}

fn scopes(row: &PgRow) -> Result<Vec<Scope>, sqlx::Error> {
    let texts: Vec<String> = row.try_get("scopes")?;
    let scopes: Result<_, UnknownScope> = texts.iter().map(|text| text.parse()).collect();
    text::valid(scopes)
}
