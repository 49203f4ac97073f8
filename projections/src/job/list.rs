//! The list of jobs, newest first. The table has no index in that order, but the log has: it is walked backwards, from one
//! `JobEnqueued` to the one before. Where few jobs match, an index of the table finds all of them sooner than a walk.

use chrono::{DateTime, Utc};
use plinth_events::{
    AggregateKey, JobId, TenantId,
    query::job::{JobPage, JobPlace, JobRow, JobStatus, ListJobs},
};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::read::job_row;

/// How many jobs a page has when nobody says so.
const DEFAULT_PAGE_JOBS: u32 = 100;
/// Most jobs of a page.
const MAX_PAGE_JOBS: u32 = 1_000;
/// Up to so many jobs are found by an index, and sorted: some 2 µs each.
const FEW_JOBS: i64 = 2_000;
/// Up to so many, too, if they are so sparse that a walk would not come by a page of them.
const SPARSE_JOBS: i64 = 10_000;
/// Events in a step of the walk: more than can be of one millisecond, to which times of creation are cut off.
const STEP_EVENTS: i64 = 1_500;
/// Steps for one page. What is not found within them is on the next one.
const STEPS: usize = 4;
/// How many jobs are enqueued in those steps, when each is started and ends.
const WALKED_JOBS: i64 = 2_000;

/// What a step of the walk found.
#[derive(Default)]
struct Step {
    /// The jobs that match.
    jobs: Vec<JobRow>,
    /// Where the next step begins; none: this was the last one.
    position: Option<i64>,
    /// The place of the last job that it came by, matching or not.
    place: Option<JobPlace>,
}

/// Jobs of a tenant, newest first, after a place. A page may have fewer jobs than there is room for, and others after it.
pub async fn list(connection: &mut PgConnection, tenant: TenantId, query: &ListJobs) -> Result<JobPage, sqlx::Error> {
    let limit = query.limit.unwrap_or(DEFAULT_PAGE_JOBS).clamp(1, MAX_PAGE_JOBS) as usize;
    let beginning = match is_worth_a_walk(connection, tenant, query, limit).await? {
        true => beginning(connection, tenant, query).await?,
        false => None,
    };
    match beginning {
        Some(position) => found_on_a_walk(connection, tenant, query, limit, position).await,
        None => found_by_index(connection, tenant, query, limit).await,
    }
}

/// By the statistics, which are a second behind.
async fn is_worth_a_walk(
    connection: &mut PgConnection,
    tenant: TenantId,
    query: &ListJobs,
    limit: usize,
) -> Result<bool, sqlx::Error> {
    let (matching, all): (i64, i64) = sqlx::query_as(include_str!("list_matching.sql"))
        .bind(tenant.0)
        .bind(query.job_type.as_ref().map(|job_type| job_type.as_str()))
        .bind(query.status.map(JobStatus::as_str))
        .fetch_one(connection)
        .await?;
    let is_dense = all / matching.max(1) * limit as i64 <= WALKED_JOBS;
    Ok(matching > SPARSE_JOBS || matching > FEW_JOBS && is_dense)
}

/// Before which position the walk begins: behind all jobs with the time of the place. None: there is no job at the place.
async fn beginning(
    connection: &mut PgConnection,
    tenant: TenantId,
    query: &ListJobs,
) -> Result<Option<i64>, sqlx::Error> {
    let Some(place) = &query.after else { return Ok(Some(i64::MAX)) };
    sqlx::query_scalar(include_str!("list_beginning.sql"))
        .bind(AggregateKey::Job(tenant, place.job_id).to_string())
        .bind(i64::MAX)
        .fetch_optional(connection)
        .await
}

async fn found_on_a_walk(
    connection: &mut PgConnection,
    tenant: TenantId,
    query: &ListJobs,
    limit: usize,
    mut position: i64,
) -> Result<JobPage, sqlx::Error> {
    let (mut jobs, mut place) = (Vec::new(), None);
    for number in 1.. {
        let step = step(connection, tenant, query, limit + 1 - jobs.len(), position).await?;
        jobs.extend(step.jobs);
        place = step.place.or(place);
        match step.position {
            Some(next) if jobs.len() <= limit && (number < STEPS || place.is_none()) => position = next,
            Some(_) => break,
            None => {
                place = None;
                break;
            }
        }
    }
    Ok(if jobs.len() > limit { page(jobs, limit) } else { JobPage { jobs, next: place } })
}

async fn step(
    connection: &mut PgConnection,
    tenant: TenantId,
    query: &ListJobs,
    limit: usize,
    position: i64,
) -> Result<Step, sqlx::Error> {
    let rows = sqlx::query(include_str!("list_step.sql"))
        .bind(tenant.0)
        .bind(query.job_type.as_ref().map(|job_type| job_type.as_str()))
        .bind(query.status.map(JobStatus::as_str))
        .bind(query.after.as_ref().map(|place| place.created_at.utc().naive_utc()))
        .bind(query.after.as_ref().map(|place| place.job_id.0))
        .bind(limit as i64)
        .bind(position)
        .bind(STEP_EVENTS)
        .fetch_all(connection)
        .await?;
    let mut step = Step::default();
    for row in &rows {
        step.position = row.try_get("reached_position")?;
        step.place = place(row)?;
        if row.try_get::<Option<Uuid>, _>("id")?.is_some() {
            step.jobs.push(job_row(row)?);
        }
    }
    Ok(step)
}

fn place(row: &PgRow) -> Result<Option<JobPlace>, sqlx::Error> {
    let created_at: Option<DateTime<Utc>> = row.try_get("reached_created_at")?;
    let job: Option<Uuid> = row.try_get("reached_job_id")?;
    Ok(created_at.zip(job).map(|(time, job)| JobPlace { created_at: time.into(), job_id: JobId(job) }))
}

async fn found_by_index(
    connection: &mut PgConnection,
    tenant: TenantId,
    query: &ListJobs,
    limit: usize,
) -> Result<JobPage, sqlx::Error> {
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
    .bind(limit as i64 + 1)
    .fetch_all(connection)
    .await?;
    Ok(page(rows.iter().map(job_row).collect::<Result<_, _>>()?, limit))
}

/// One job more than the page holds says that there is a next page.
fn page(mut jobs: Vec<JobRow>, limit: usize) -> JobPage {
    let has_more = jobs.len() > limit;
    jobs.truncate(limit);
    let last = jobs.last().filter(|_| has_more);
    let next = last.map(|job| JobPlace { created_at: job.created_at, job_id: job.id });
    JobPage { jobs, next }
}
