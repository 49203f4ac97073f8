//! One job of the table. Another tenant's is not found.

use chrono::NaiveDateTime;
use plinth_events::{
    JobId, TenantId,
    query::job::{JobRow, JobStatus},
};
use sqlx::{PgExecutor, Row, postgres::PgRow, types::Json};

use crate::text;

/// A job of a tenant.
pub async fn find(executor: impl PgExecutor<'_>, tenant: TenantId, job: JobId) -> Result<Option<JobRow>, sqlx::Error> {
    let row = sqlx::query(
        r#"select "id", "type", "payload", "status", "attempts", "maxAttempts", "result", "error", "createdAt",
                  "updatedAt"
           from "Job" where "id" = $1 and "tenantId" = $2"#,
    )
    .bind(job.0)
    .bind(tenant.0)
    .fetch_optional(executor)
    .await?;
    row.as_ref().map(job_row).transpose()
}

/// A row of the table.
pub(super) fn job_row(row: &PgRow) -> Result<JobRow, sqlx::Error> {
    let time = |column| row.try_get(column).map(|time: NaiveDateTime| time.and_utc().into());
    let count = |column| row.try_get(column).and_then(|count: i32| text::valid(count.try_into()));
    Ok(JobRow {
        id: JobId(row.try_get("id")?),
        job_type: text::required(row, "type")?,
        payload: row.try_get::<Json<_>, _>("payload")?.0,
        status: text::one_of(row, "status", JobStatus::ALL, JobStatus::as_str)?,
        attempts: count("attempts")?,
        max_attempts: count("maxAttempts")?,
        result: row.try_get::<Option<Json<_>>, _>("result")?.map(|Json(result)| result),
        error: row.try_get("error")?,
        created_at: time("createdAt")?,
        updated_at: time("updatedAt")?,
        progress: None,
        phase: None,
    })
}
