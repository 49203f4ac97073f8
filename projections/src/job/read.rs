//! What the table is asked. Another tenant's job is not found.

use chrono::NaiveDateTime;
use plinth_events::{
    JobId, TenantId,
    query::job::{JobPage, JobPlace, JobRow, JobStatus, ListJobs},
};
use sqlx::{PgExecutor, Row, error::BoxDynError, postgres::PgRow, types::Json};

/// How many jobs a page has when nobody says so.
const DEFAULT_PAGE_JOBS: u32 = 100;
/// Most jobs of a page.
const MAX_PAGE_JOBS: u32 = 1_000;

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

/// Jobs of a tenant, newest first, after a place.
pub async fn list(executor: impl PgExecutor<'_>, tenant: TenantId, query: &ListJobs) -> Result<JobPage, sqlx::Error> {
    let limit = query.limit.unwrap_or(DEFAULT_PAGE_JOBS).clamp(1, MAX_PAGE_JOBS);
    let rows = sqlx::query(
        r#"select "id", "type", "payload", "status", "attempts", "maxAttempts", "result", "error", "createdAt",
                  "updatedAt"
           from "Job"
           where "tenantId" = $1
             and ($2::text is null or "type" = $2)
             and ($3::text is null or "status" = $3)
             and ($4::timestamp is null or ("createdAt", "id") < ($4, $5))
           order by "createdAt" desc, "id" desc
           limit $6"#,
    )
    .bind(tenant.0)
    .bind(query.job_type.as_ref().map(|job_type| job_type.as_str()))
    .bind(query.status.map(JobStatus::as_str))
    .bind(query.after.as_ref().map(|place| place.created_at.utc().naive_utc()))
    .bind(query.after.as_ref().map(|place| place.job_id.0))
    .bind(i64::from(limit) + 1)
    .fetch_all(executor)
    .await?;
    page(&rows, limit as usize)
}

/// One row more than the page holds says that there is a next page.
fn page(rows: &[PgRow], limit: usize) -> Result<JobPage, sqlx::Error> {
    let jobs = rows.iter().take(limit).map(job_row).collect::<Result<Vec<_>, _>>()?;
    let last = jobs.last().filter(|_| rows.len() > limit);
    let next = last.map(|job| JobPlace { created_at: job.created_at, job_id: job.id });
    Ok(JobPage { jobs, next })
}

fn job_row(row: &PgRow) -> Result<JobRow, sqlx::Error> {
    let time = |column| row.try_get(column).map(|time: NaiveDateTime| time.and_utc().into());
    let count = |column| row.try_get(column).and_then(|count: i32| valid(count.try_into()));
    Ok(JobRow {
        id: JobId(row.try_get("id")?),
        job_type: valid(row.try_get::<&str, _>("type")?.parse())?,
        payload: row.try_get::<Json<_>, _>("payload")?.0,
        status: status(row.try_get("status")?)?,
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

fn status(text: &str) -> Result<JobStatus, sqlx::Error> {
    let known = [JobStatus::Pending, JobStatus::Processing, JobStatus::Completed, JobStatus::Failed];
    let status = known.into_iter().find(|status| status.as_str() == text);
    valid(status.ok_or_else(|| format!("status {text} is unknown")))
}

/// A value of a column that only a row which Plinth did not write can break.
fn valid<T, E: Into<BoxDynError>>(value: Result<T, E>) -> Result<T, sqlx::Error> {
    value.map_err(|error| sqlx::Error::Decode(error.into()))
}
