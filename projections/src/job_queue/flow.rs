//! `job_flow` and `job_dependency`: which jobs wait for others, and how far their wait is.
//!
//! An end counts for those that wait at that moment, whatever becomes of the job later. So the wait of a job never gets
//! longer again, and what [`settled`](super::settled) finds stays true until it is recorded.

use std::collections::{HashMap, HashSet};

use plinth_events::{
    Event, JobId, TenantId,
    event::job::{JobEnqueued, JobEvent, JobRetried},
    flow::OnDependencyFailure,
    job_row::RowChange,
    names::JobKey,
    query::job::JobStatus,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Entry, ProjectionError};

/// A wait that begins in the batch, and what it has come to by the batch's end.
struct Wait<'a> {
    tenant: TenantId,
    began: &'a Entry,
    sequence_key: Option<&'a JobKey>,
    open: HashSet<JobId>,
    completed: u32,
    failed: u32,
    failed_dependency: Option<JobId>,
    fails_with_others: bool,
    is_blocked: bool,
}

/// What a batch does to the tables.
#[derive(Default)]
struct Flow<'a> {
    begun: HashMap<JobId, Wait<'a>>,
    /// Jobs that ended, each by its first end, which is what counts for waits that were there before the batch.
    ended: Vec<(JobId, bool)>,
    seen: HashSet<JobId>,
    released: Vec<JobId>,
}

/// Brings the tables up to date with a batch. `ended` are the jobs that ended in it and that others may wait for, or that
/// waited for others. A batch without such jobs costs nothing.
pub(super) async fn apply(
    connection: &mut PgConnection,
    entries: &[Entry],
    ended: &HashSet<JobId>,
) -> Result<(), ProjectionError> {
    if ended.is_empty() && !entries.iter().any(is_flow) {
        return Ok(());
    }
    let flow = Flow::of(entries, ended);
    let mut lines = leave(connection, &flow.ended).await?;
    let mut moved = meet(connection, &flow.ended).await?;
    begin(connection, &flow.begun).await?;
    moved.extend(flow.begun.keys().map(|job| job.0));
    release(connection, &flow.released).await?;
    lines.extend(flow.begun.values().filter_map(|wait| Some((wait.tenant.0, wait.sequence_key?.to_string()))));
    moved.extend(let_first_go(connection, lines).await?);
    settle(connection, moved, entries).await
}

/// Whether a wait begins or ends with the event.
fn is_flow(entry: &Entry) -> bool {
    match &entry.event {
        Event::Job(JobEvent::JobEnqueued(event)) => event.is_blocked(),
        Event::Job(JobEvent::JobRetried(event)) => event.sequence_key.is_some(),
        Event::Job(event) => matches!(event, JobEvent::JobReleased(_)),
        _ => false,
    }
}

impl<'a> Flow<'a> {
    fn of(entries: &'a [Entry], ended: &HashSet<JobId>) -> Self {
        let mut flow = Self::default();
        for entry in entries {
            let Event::Job(event) = &entry.event else { continue };
            flow.add(entry, event, ended);
        }
        flow
    }

    fn add(&mut self, entry: &'a Entry, event: &'a JobEvent, ended: &HashSet<JobId>) {
        let job = event.job().0;
        match event {
            JobEvent::JobEnqueued(event) if event.is_blocked() => {
                self.begun.insert(job, Wait::of_enqueued(entry, event));
            }
            JobEvent::JobRetried(JobRetried { sequence_key: Some(key), .. }) => {
                self.begun.insert(job, Wait::in_line(entry, Some(key)));
            }
            JobEvent::JobReleased(_) => self.release(job),
            event => match RowChange::of(event).status {
                Some(JobStatus::Completed) => self.end(job, true, ended.contains(&job)),
                Some(JobStatus::Failed) => self.end(job, false, ended.contains(&job)),
                _ => {}
            },
        }
    }

    fn release(&mut self, job: JobId) {
        match self.begun.get_mut(&job) {
            Some(wait) => wait.is_blocked = false,
            None => self.released.push(job),
        }
    }

    fn end(&mut self, job: JobId, is_completed: bool, is_known: bool) {
        self.begun.remove(&job);
        self.begun.values_mut().for_each(|wait| wait.meet(job, is_completed));
        if is_known && self.seen.insert(job) {
            self.ended.push((job, is_completed));
        }
    }
}

impl<'a> Wait<'a> {
    fn in_line(began: &'a Entry, sequence_key: Option<&'a JobKey>) -> Self {
        Self {
            tenant: began.tenant,
            began,
            sequence_key,
            open: HashSet::new(),
            completed: 0,
            failed: 0,
            failed_dependency: None,
            fails_with_others: false,
            is_blocked: true,
        }
    }

    fn of_enqueued(began: &'a Entry, event: &'a JobEnqueued) -> Self {
        let ended = event.ended_dependencies();
        Self {
            open: event.open_dependencies().collect(),
            completed: ended.completed,
            failed: ended.failed,
            fails_with_others: event.on_dependency_failure.unwrap_or_default() == OnDependencyFailure::Cancel,
            ..Self::in_line(began, event.sequence_key.as_ref())
        }
    }

    fn meet(&mut self, dependency: JobId, is_completed: bool) {
        if !self.open.remove(&dependency) {
            return;
        }
        self.completed += u32::from(is_completed);
        self.failed += u32::from(!is_completed);
        if !is_completed && self.fails_with_others {
            self.failed_dependency.get_or_insert(dependency);
        }
    }
}

/// Jobs that ended wait for nothing; the lines that they stood in.
async fn leave(connection: &mut PgConnection, ended: &[(JobId, bool)]) -> Result<Vec<(Uuid, String)>, ProjectionError> {
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let lines: Vec<(Uuid, Option<String>)> = sqlx::query_as(
        "with forgotten as (delete from job_dependency where job_id = any($1))
         delete from job_flow where job_id = any($1) returning tenant_id, sequence_key",
    )
    .bind(ended.iter().map(|(job, _)| job.0).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    Ok(lines.into_iter().filter_map(|(tenant, key)| Some((tenant, key?))).collect())
}

/// Those who waited for them wait for less; who they are.
async fn meet(connection: &mut PgConnection, ended: &[(JobId, bool)]) -> Result<Vec<Uuid>, ProjectionError> {
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let (jobs, are_completed): (Vec<Uuid>, Vec<bool>) = ended.iter().map(|(job, done)| (job.0, *done)).unzip();
    let met = sqlx::query_scalar(include_str!("flow/meet.sql")).bind(jobs).bind(are_completed);
    Ok(met.fetch_all(connection).await?)
}

async fn begin(connection: &mut PgConnection, begun: &HashMap<JobId, Wait<'_>>) -> Result<(), ProjectionError> {
    let waits = || begun.iter().filter(|(_, wait)| wait.is_blocked || wait.sequence_key.is_some());
    if waits().next().is_none() {
        return Ok(());
    }
    let pairs = || waits().flat_map(|(job, wait)| wait.open.iter().map(|open| (open.0, job.0)));
    let (dependencies, dependents): (Vec<Uuid>, Vec<Uuid>) = pairs().unzip();
    sqlx::query(include_str!("flow/begin.sql"))
        .bind(waits().map(|(job, _)| job.0).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| wait.tenant.0).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| wait.began.sequence.cast_signed()).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| wait.began.position.cast_signed()).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| wait.sequence_key.map(JobKey::as_str)).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| i32::try_from(wait.open.len()).unwrap_or(i32::MAX)).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| wait.completed.cast_signed()).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| wait.failed.cast_signed()).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| wait.failed_dependency.map(|job| job.0)).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| wait.fails_with_others).collect::<Vec<_>>())
        .bind(waits().map(|(_, wait)| wait.is_blocked).collect::<Vec<_>>())
        .bind(dependencies)
        .bind(dependents)
        .execute(connection)
        .await?;
    Ok(())
}

/// Jobs whose wait is over stand in their line until they end.
async fn release(connection: &mut PgConnection, released: &[JobId]) -> Result<(), ProjectionError> {
    if released.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "with gone as (delete from job_flow where job_id = any($1) and sequence_key is null)
         update job_flow set is_blocked = false, settled_position = null
         where job_id = any($1) and sequence_key is not null",
    )
    .bind(released.iter().map(|job| job.0).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// In lines that somebody came to or left, whoever stands before all others is the first; those who had not been.
async fn let_first_go(connection: &mut PgConnection, lines: Vec<(Uuid, String)>) -> Result<Vec<Uuid>, ProjectionError> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let (tenants, keys): (Vec<Uuid>, Vec<String>) = lines.into_iter().unzip();
    let first = sqlx::query_scalar(include_str!("flow/let_first_go.sql")).bind(tenants).bind(keys);
    Ok(first.fetch_all(connection).await?)
}

/// Notes whose wait is over by the end of the batch.
async fn settle(connection: &mut PgConnection, moved: Vec<Uuid>, entries: &[Entry]) -> Result<(), ProjectionError> {
    if moved.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update job_flow set settled_position = $2
         where job_id = any($1) and is_blocked and settled_position is null
           and (failed_dependency is not null or (is_first and open_count = 0))",
    )
    .bind(moved)
    .bind(entries.last().map(|entry| entry.position.cast_signed()))
    .execute(connection)
    .await?;
    Ok(())
}
