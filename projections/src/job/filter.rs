//! The jobs that a filter matches: one predicate, for counting them and for listing what is to be done to them.

use plinth_events::{BulkActionId, TenantId, bulk::RecordedFilter, query::job::JobStatus, time::Instant};
use sqlx::{PgExecutor, Postgres, Row, postgres::PgArguments, query::Query};

const COUNT: &str = concat!("select count(*) as jobs ", include_str!("matching.sql"));
/// Times of creation are cut off to milliseconds: of those in the last one, the log tells which came first.
const LIST: &str = concat!(
    "insert into bulk_action_job (tenant_id, action_id, job_id) select \"tenantId\", $9, \"id\" ",
    include_str!("matching.sql"),
    r#"and ("createdAt" < $10
          or "createdAt" = $10 and (
              select position from plinth.events
              where aggregate_type = 'job' and aggregate_id = "tenantId" || '/' || "id" and sequence = 1
          ) < $11)
    on conflict do nothing"#,
);

/// How many jobs of a tenant a filter matches.
pub async fn count(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    filter: &RecordedFilter,
) -> Result<u64, sqlx::Error> {
    let row = matching(COUNT, tenant, filter).fetch_one(executor).await?;
    Ok(row.try_get::<i64, _>("jobs")?.cast_unsigned())
}

/// Lists the jobs for a bulk action that were enqueued before it was started, at this time and position.
pub async fn list_for(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    filter: &RecordedFilter,
    action: BulkActionId,
    started_at: Instant,
    position: u64,
) -> Result<u64, sqlx::Error> {
    let listed = matching(LIST, tenant, filter)
        .bind(action.0)
        .bind(started_at.utc().naive_utc())
        .bind(position.cast_signed())
        .execute(executor)
        .await?;
    Ok(listed.rows_affected())
}

fn matching<'q>(sql: &'static str, tenant: TenantId, filter: &'q RecordedFilter) -> Query<'q, Postgres, PgArguments> {
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(filter.job_type.as_ref().map(|job_type| job_type.as_str()))
        .bind(filter.status.map(JobStatus::as_str))
        .bind(filter.created_before.map(|time| time.utc().naive_utc()))
        .bind(filter.created_after.map(|time| time.utc().naive_utc()))
        .bind(filter.error_contains.as_ref().map(|part| part.as_str()))
        .bind(filter.changed_before.map(|time| time.utc().naive_utc()))
        .bind(filter.changed_after.map(|time| time.utc().naive_utc()))
}
