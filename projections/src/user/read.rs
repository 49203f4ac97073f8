//! What the table is asked: how a tenant and one of its users are called, and so whether they are there.

use plinth_events::{TenantId, UserId};
use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

/// How a tenant and one of its users are called.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Names {
    /// The tenant.
    pub tenant: String,
    /// The user; none: the tenant has no such user, or none was asked for.
    pub user: Option<String>,
}

/// How a tenant and one of its users are called; none: there is no such tenant.
pub async fn names(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    user: Option<UserId>,
) -> Result<Option<Names>, sqlx::Error> {
    sqlx::query_as(
        r#"select "Tenant"."name" as tenant, "User"."name" as "user"
           from "Tenant" left join "User" on "User"."id" = $2 and "User"."tenantId" = "Tenant"."id"
           where "Tenant"."id" = $1"#,
    )
    .bind(tenant.0)
    .bind(user.map(|user| user.0))
    .fetch_optional(executor)
    .await
}

/// How users of a tenant are called: those of them that are there.
pub async fn names_of(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    users: impl IntoIterator<Item = UserId>,
) -> Result<Vec<(UserId, String)>, sqlx::Error> {
    let users: Vec<Uuid> = users.into_iter().map(|user| user.0).collect();
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as(r#"select "id", "name" from "User" where "tenantId" = $1 and "id" = any($2)"#)
            .bind(tenant.0)
            .bind(users)
            .fetch_all(executor)
            .await?;
    Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
}
