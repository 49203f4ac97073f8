//! `job_checkpoint`: how far jobs came, for their next attempts. Only jobs that have one cost anything: `has_checkpoint`
//! of their row in the queue says so.

use std::collections::HashMap;

use plinth_events::{Event, JobId, TenantId, event::job::JobEvent, json::Checkpoint};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Entry, ProjectionError};

/// Keeps the checkpoints of a batch, and finds those of jobs that are tried again after they had failed.
pub(super) async fn keep(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    let mut latest: HashMap<JobId, (TenantId, &Checkpoint)> = HashMap::new();
    let (mut retried, mut forgotten) = (Vec::new(), Vec::new());
    for entry in entries {
        match &entry.event {
            Event::Job(JobEvent::JobCheckpointed(event)) => {
                latest.insert(event.job_id, (entry.tenant, &event.checkpoint));
            }
            Event::Job(JobEvent::JobCompleted(event)) => _ = latest.remove(&event.job_id),
            Event::Job(JobEvent::JobRetried(event)) => retried.push(event.job_id.0),
            Event::Job(event @ (JobEvent::JobReplaced(_) | JobEvent::JobArchived(_))) => {
                let job = event.job().0;
                latest.remove(&job);
                forgotten.push(job.0);
            }
            _ => {}
        }
    }
    forget(connection, &forgotten).await?;
    put(connection, &latest).await?;
    find_again(connection, &retried).await
}

/// The jobs whose checkpoints nobody asks for any more: one that failed may be retried, one that is completed is not.
pub(super) fn unneeded(entries: &[Entry]) -> Vec<Uuid> {
    let completed = entries.iter().filter_map(|entry| match &entry.event {
        Event::Job(JobEvent::JobCompleted(event)) => Some(event.job_id.0),
        _ => None,
    });
    completed.collect()
}

async fn put(
    connection: &mut PgConnection,
    checkpoints: &HashMap<JobId, (TenantId, &Checkpoint)>,
) -> Result<(), ProjectionError> {
    if checkpoints.is_empty() {
        return Ok(());
    }
    sqlx::query(include_str!("put_checkpoints.sql"))
        .bind(checkpoints.keys().map(|job| job.0).collect::<Vec<_>>())
        .bind(checkpoints.values().map(|(tenant, _)| tenant.0).collect::<Vec<_>>())
        .bind(checkpoints.values().map(|(_, checkpoint)| checkpoint.as_str()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// What a job came to before it became another one is of no use to that, and of an archived one nothing is kept.
async fn forget(connection: &mut PgConnection, jobs: &[Uuid]) -> Result<(), ProjectionError> {
    if jobs.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "with forgotten as (delete from job_checkpoint where job_id = any($1) returning job_id)
         update job_queue set has_checkpoint = false
         from forgotten
         where job_queue.job_id = forgotten.job_id",
    )
    .bind(jobs)
    .execute(connection)
    .await?;
    Ok(())
}

async fn find_again(connection: &mut PgConnection, retried: &[Uuid]) -> Result<(), ProjectionError> {
    if retried.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update job_queue set has_checkpoint = true
         from job_checkpoint
         where job_queue.job_id = any($1) and job_checkpoint.job_id = job_queue.job_id",
    )
    .bind(retried)
    .execute(connection)
    .await?;
    Ok(())
}
