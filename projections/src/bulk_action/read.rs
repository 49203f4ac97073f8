//! What the table is asked. Another tenant's action is not found.

use chrono::{DateTime, Utc};
use plinth_events::{
    BulkActionId, TenantId, UserId,
    bulk::{BulkCounts, BulkStatus},
    query::bulk::BulkActionRow,
};
use sqlx::{PgExecutor, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use crate::text;

/// A bulk action of a tenant.
pub async fn find(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    action: BulkActionId,
) -> Result<Option<BulkActionRow>, sqlx::Error> {
    let row = sqlx::query(
        "select action_id, position, action, filter, reason, started_by, started_at, ended_at, status, matched, changed,
                refused
         from bulk_action
         where tenant_id = $1 and action_id = $2",
    )
    .bind(tenant.0)
    .bind(action.0)
    .fetch_optional(executor)
    .await?;
    row.as_ref().map(action_row).transpose()
}

/// Bulk actions of a tenant, newest first, started before a position.
pub async fn list(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<BulkActionRow>, sqlx::Error> {
    let rows = sqlx::query(
        "select action_id, position, action, filter, reason, started_by, started_at, ended_at, status, matched, changed,
                refused
         from bulk_action
         where tenant_id = $1 and ($2::bigint is null or position < $2)
         order by position desc
         limit $3",
    )
    .bind(tenant.0)
    .bind(before.map(u64::cast_signed))
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.iter().map(action_row).collect()
}

fn action_row(row: &PgRow) -> Result<BulkActionRow, sqlx::Error> {
    let count = |column| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(BulkActionRow {
        action_id: BulkActionId(row.try_get("action_id")?),
        position: count("position")?,
        action: row.try_get::<Json<_>, _>("action")?.0,
        filter: row.try_get::<Json<_>, _>("filter")?.0,
        reason: text::required(row, "reason")?,
        started_by_id: row.try_get::<Option<Uuid>, _>("started_by")?.map(UserId),
        started_at: row.try_get::<DateTime<Utc>, _>("started_at")?.into(),
        ended_at: row.try_get::<Option<DateTime<Utc>>, _>("ended_at")?.map(Into::into),
        status: text::one_of(row, "status", BulkStatus::ALL, BulkStatus::as_str)?,
        counts: BulkCounts { matched: count("matched")?, changed: count("changed")?, refused: count("refused")? },
    })
}
