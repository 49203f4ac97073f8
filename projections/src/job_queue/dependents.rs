//! Who waits for a job: read from `job_dependency`, whose rows go when the job ends.

use plinth_events::{JobId, TenantId};
use sqlx::PgExecutor;
use uuid::Uuid;

/// Jobs that wait for the end of one, at most `limit`, in the order of their ids.
pub async fn of(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    job: JobId,
    limit: u32,
) -> Result<Vec<JobId>, sqlx::Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select job_dependency.job_id
         from job_dependency
         join job_flow using (job_id)
         where job_dependency.depends_on = $1 and job_flow.tenant_id = $2
         order by job_dependency.job_id
         limit $3",
    )
    .bind(job.0)
    .bind(tenant.0)
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    Ok(ids.into_iter().map(JobId).collect())
}
