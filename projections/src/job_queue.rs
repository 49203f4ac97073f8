//! `job_queue`: the jobs that have not ended: when they are due, who holds them, until when.
//!
//! [`apply`] writes it with the events of jobs. [`dispatch`] and [`lease`] move publication and leases on, which are not
//! events; they go by the clock of Postgres.
//!
//! Only [`apply`] may wait for a row while it holds others. Everything else skips rows that are locked just then, or
//! locks the whole table first, so that no two of them can wait for each other.

mod checkpoint;
pub mod claim;
pub mod dependents;
pub mod depth;
pub mod dispatch;
mod end;
mod flow;
pub mod held;
pub mod lease;
mod moved;
pub mod running;
pub mod settled;

use std::mem;

use chrono::{DateTime, Utc};
use plinth_events::{JobId, names::JobKey};
use sqlx::PgConnection;
use uuid::Uuid;

use self::end::{Change, End, fold};
use crate::{Entry, ProjectionError, tenant};

/// What goes with tenants that are gone.
const OF_TENANTS: [&str; 4] = [
    "delete from job_queue where tenant_id = any($1)",
    "delete from job_unique where tenant_id = any($1)",
    "delete from job_checkpoint where tenant_id = any($1)",
    "with gone as (delete from job_flow where tenant_id = any($1) returning job_id)
     delete from job_dependency using gone where job_dependency.job_id = gone.job_id",
];

/// Brings the table up to date with a batch. A batch without events of jobs costs nothing.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let changes = fold(entries);
    put(connection, &changes).await?;
    moved::apply(connection, &changes).await?;
    ask_to_stop(connection, &ending(&changes, &End::AskedToStop)).await?;
    checkpoint::keep(connection, entries).await?;
    let in_flow = remove(connection, &ending(&changes, &End::Gone), &checkpoint::unneeded(entries)).await?;
    // rows that came and went in the batch, or went and came, cannot say so
    let unseen = changes.iter().filter(|change| change.has_begun && change.has_ended).map(|change| change.job);
    flow::apply(connection, entries, &in_flow.into_iter().map(JobId).chain(unseen).collect()).await?;
    tenant::forget(connection, entries, &OF_TENANTS).await
}

/// A row as it is bound: arrays of these columns make one statement of any number of rows.
#[derive(Default)]
struct Columns<'a> {
    jobs: Vec<Uuid>,
    tenants: Vec<Uuid>,
    types: Vec<&'a str>,
    priorities: Vec<i16>,
    states: Vec<&'static str>,
    due: Vec<DateTime<Utc>>,
    expiries: Vec<Option<DateTime<Utc>>>,
    attempts: Vec<i32>,
    tokens: Vec<Option<i64>>,
    workers: Vec<Option<&'a str>>,
    lease_seconds: Vec<Option<i32>>,
    lease_until: Vec<Option<DateTime<Utc>>>,
    deadlines: Vec<Option<DateTime<Utc>>>,
    cancel_requested: Vec<bool>,
    concurrency_keys: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    fn of(changes: &[Change<'a>]) -> Self {
        let mut columns = Self::default();
        for change in changes {
            let (state, due_at, attempt, run) = match change.end {
                End::Blocked { due_at } => ("blocked", due_at, 1, None),
                End::Waits { due_at, is_due: true, attempt } => ("ready", due_at, attempt, None),
                End::Waits { due_at, is_due: false, attempt } => ("scheduled", due_at, attempt, None),
                End::Runs { start, asked_to_stop } => {
                    ("running", start.lease_until, start.attempt, Some((start, asked_to_stop)))
                }
                End::AsBefore | End::AskedToStop | End::Gone => continue,
            };
            let start = run.map(|(start, _)| start);
            columns.jobs.push(change.job.0);
            columns.tenants.push(change.tenant.0);
            columns.types.push(change.job_type.as_str());
            columns.priorities.push(change.priority);
            columns.states.push(state);
            columns.due.push(due_at.utc());
            columns.expiries.push(change.expires_at.map(|expires_at| expires_at.utc()));
            columns.attempts.push(attempt.cast_signed());
            columns.tokens.push(start.map(|start| start.token.cast_signed()));
            columns.workers.push(start.map(|start| start.worker.as_str()));
            columns.lease_seconds.push(start.map(|start| start.lease_seconds.cast_signed()));
            columns.lease_until.push(start.map(|start| start.lease_until.utc()));
            columns.deadlines.push(start.and_then(|start| start.deadline).map(|deadline| deadline.utc()));
            columns.concurrency_keys.push(change.concurrency_key.map(JobKey::as_str));
            columns.cancel_requested.push(run.is_some_and(|(_, asked_to_stop)| asked_to_stop));
        }
        columns
    }
}

async fn put(connection: &mut PgConnection, changes: &[Change<'_>]) -> Result<(), ProjectionError> {
    let columns = Columns::of(changes);
    if columns.jobs.is_empty() {
        return Ok(());
    }
    sqlx::query(include_str!("job_queue/put.sql"))
        .bind(columns.jobs)
        .bind(columns.tenants)
        .bind(columns.types)
        .bind(columns.priorities)
        .bind(columns.states)
        .bind(columns.due)
        .bind(columns.attempts)
        .bind(columns.tokens)
        .bind(columns.workers)
        .bind(columns.lease_seconds)
        .bind(columns.lease_until)
        .bind(columns.deadlines)
        .bind(columns.cancel_requested)
        .bind(columns.expiries)
        .bind(columns.concurrency_keys)
        .execute(connection)
        .await?;
    Ok(())
}

async fn ask_to_stop(connection: &mut PgConnection, jobs: &[Uuid]) -> Result<(), ProjectionError> {
    if jobs.is_empty() {
        return Ok(());
    }
    sqlx::query("update job_queue set cancel_requested = true where job_id = any($1)")
        .bind(jobs)
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes jobs, and of `completed` ones what was kept for a next attempt. Gives those back that others may wait for, or
/// that waited for others.
async fn remove(
    connection: &mut PgConnection,
    jobs: &[Uuid],
    completed: &[Uuid],
) -> Result<Vec<Uuid>, ProjectionError> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let in_flow = sqlx::query_scalar(
        "with gone as (
             delete from job_queue where job_id = any($1) returning job_id, in_flow, has_checkpoint
         ), forgotten as (
             delete from job_checkpoint
             where job_id = any(array(select job_id from gone where has_checkpoint and job_id = any($2)))
         )
         select job_id from gone where in_flow",
    );
    Ok(in_flow.bind(jobs).bind(completed).fetch_all(connection).await?)
}

/// The jobs that the batch leaves at an end of this kind.
fn ending(changes: &[Change<'_>], end: &End<'_>) -> Vec<Uuid> {
    let kind = mem::discriminant(end);
    changes.iter().filter(|change| mem::discriminant(&change.end) == kind).map(|change| change.job.0).collect()
}
