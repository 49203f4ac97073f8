//! What the duty asks and notes: which actions have something left to do, which jobs come next, how far they are.
//!
//! The jobs of an action are listed once, in one transaction, and leave the list page by page. So a page that was cut off
//! is the same page again, and nothing else is.

use chrono::{DateTime, Utc};
use plinth_events::{
    BulkActionId, JobId, TenantId,
    bulk::{BulkCounts, RecordedAction, RecordedFilter},
    names::Reason,
};
use sqlx::{Connection, PgConnection, PgExecutor, Row, postgres::PgRow, types::Json};

use crate::{job::filter, text};

/// Jobs that leave the list of an action that was cancelled, per look.
const FORGOTTEN_JOBS: i64 = 10_000;

/// A bulk action that has something left to do.
#[derive(Debug, Clone)]
pub struct OpenAction {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which action.
    pub action_id: BulkActionId,
    /// The position of the event that started it.
    pub position: u64,
    /// What is done.
    pub action: RecordedAction,
    /// To which jobs.
    pub filter: RecordedFilter,
    /// Why.
    pub reason: Reason,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// Whether it still runs; else there is a list to forget.
    pub is_running: bool,
    /// Whether its jobs are listed.
    pub is_listed: bool,
    /// How many jobs, so far.
    pub counts: BulkCounts,
}

/// The actions that have something left to do, oldest first.
pub async fn open(executor: impl PgExecutor<'_>, limit: u32) -> Result<Vec<OpenAction>, sqlx::Error> {
    let rows = sqlx::query(
        "select tenant_id, action_id, position, action, filter, reason, started_at, status = 'running' as is_running,
                is_listed, matched, changed, refused
         from bulk_action
         where status = 'running' or is_listed
         order by position
         limit $1",
    )
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.iter().map(open_action).collect()
}

/// Lists the jobs of an action. The row of the action is not locked meanwhile, so that the writer waits for nobody.
pub async fn list(connection: &mut PgConnection, action: &OpenAction) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let OpenAction { tenant, action_id, filter, started_at, position, .. } = action;
    let matched =
        filter::list_for(&mut *transaction, *tenant, filter, *action_id, (*started_at).into(), *position).await?;
    let noted = sqlx::query(
        "update bulk_action set is_listed = true, matched = $3
         where tenant_id = $1 and action_id = $2 and status = 'running' and not is_listed",
    )
    .bind(tenant.0)
    .bind(action_id.0)
    .bind(matched.cast_signed())
    .execute(&mut *transaction)
    .await?;
    // cancelled meanwhile, or listed by somebody else
    if noted.rows_affected() == 0 { transaction.rollback().await } else { transaction.commit().await }
}

/// The next jobs of an action.
pub async fn page(executor: impl PgExecutor<'_>, action: &OpenAction, limit: u32) -> Result<Vec<JobId>, sqlx::Error> {
    let jobs: Vec<uuid::Uuid> = sqlx::query_scalar(
        "select job_id from bulk_action_job where tenant_id = $1 and action_id = $2 order by job_id limit $3",
    )
    .bind(action.tenant.0)
    .bind(action.action_id.0)
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    Ok(jobs.into_iter().map(JobId).collect())
}

/// Notes that a page is done and how many of its jobs were changed; once, however often it is said.
pub async fn done(
    connection: &mut PgConnection,
    action: &OpenAction,
    jobs: &[JobId],
    changed: u64,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let removed =
        sqlx::query("delete from bulk_action_job where tenant_id = $1 and action_id = $2 and job_id = any($3)")
            .bind(action.tenant.0)
            .bind(action.action_id.0)
            .bind(jobs.iter().map(|job| job.0).collect::<Vec<_>>())
            .execute(&mut *transaction)
            .await?;
    if removed.rows_affected() == 0 {
        return transaction.rollback().await;
    }
    sqlx::query(
        "update bulk_action set changed = changed + $3, refused = refused + $4
         where tenant_id = $1 and action_id = $2",
    )
    .bind(action.tenant.0)
    .bind(action.action_id.0)
    .bind(changed.cast_signed())
    .bind((jobs.len() as u64 - changed).cast_signed())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Forgets jobs that an action was over before it came to; and when there is none left, that there was a list.
pub async fn forget(connection: &mut PgConnection, action: &OpenAction) -> Result<(), sqlx::Error> {
    let removed = sqlx::query(
        "delete from bulk_action_job
         where tenant_id = $1 and action_id = $2 and job_id in (
             select job_id from bulk_action_job where tenant_id = $1 and action_id = $2 limit $3
         )",
    )
    .bind(action.tenant.0)
    .bind(action.action_id.0)
    .bind(FORGOTTEN_JOBS)
    .execute(&mut *connection)
    .await?;
    if removed.rows_affected() == 0 {
        sqlx::query("update bulk_action set is_listed = false where tenant_id = $1 and action_id = $2")
            .bind(action.tenant.0)
            .bind(action.action_id.0)
            .execute(connection)
            .await?;
    }
    Ok(())
}

fn open_action(row: &PgRow) -> Result<OpenAction, sqlx::Error> {
    let count = |column| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(OpenAction {
        tenant: TenantId(row.try_get("tenant_id")?),
        action_id: BulkActionId(row.try_get("action_id")?),
        position: count("position")?,
        action: row.try_get::<Json<_>, _>("action")?.0,
        filter: row.try_get::<Json<_>, _>("filter")?.0,
        reason: text::required(row, "reason")?,
        started_at: row.try_get("started_at")?,
        is_running: row.try_get("is_running")?,
        is_listed: row.try_get("is_listed")?,
        counts: BulkCounts { matched: count("matched")?, changed: count("changed")?, refused: count("refused")? },
    })
}
