//! How many jobs there are.

use plinth_events::{
    TenantId, limits,
    names::JobType,
    query::job_statistics::{StatusCounts, TypeCounts},
};
use sqlx::{PgExecutor, Row};

use crate::text;

/// How many jobs there are.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub jobs: StatusCounts,
    /// By type, those with the most jobs first.
    pub types: Vec<TypeCounts>,
    /// Those of all other types, if there are any.
    pub other_types: Option<StatusCounts>,
}

/// How many jobs of a tenant there are, or of a type of it.
pub async fn counts(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    job_type: Option<&JobType>,
) -> Result<Counts, sqlx::Error> {
    let rows = sqlx::query(include_str!("counts.sql"))
        .bind(tenant.0)
        .bind(job_type.map(JobType::as_str))
        .bind(i64::from(limits::STATISTICS_TYPES))
        .fetch_all(executor)
        .await?;
    let mut counts = Counts::default();
    for row in &rows {
        let count = |column| row.try_get(column).map(i64::cast_unsigned);
        let jobs = StatusCounts {
            pending: count("pending")?,
            processing: count("processing")?,
            completed: count("completed")?,
            failed: count("failed")?,
        };
        counts.jobs = counts.jobs.plus(jobs);
        match text::optional(row, "type")? {
            Some(job_type) => counts.types.push(TypeCounts { job_type, jobs }),
            None => counts.other_types = Some(jobs),
        }
    }
    Ok(counts)
}
