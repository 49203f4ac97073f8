//! A job as it was at some time, folded from its recorded events: its row, and where exactly it stood.
//!
//! A pure function of events that somebody else read: nothing here reads a log or looks at a clock.

use crate::{
    envelope::RecordedEvent,
    event::{
        Event, UnknownEvent,
        job::{JobEnqueued, JobEvent, JobFailed, JobLeaseExpired, JobReplaced, JobRescheduled, JobStarted},
    },
    job_row::RowChange,
    names::Reason,
    query::{
        KnownAt,
        job::{JobPhase, JobRow, JobStatus},
        known,
    },
    time::Instant,
};

/// The row of a job as far as its events, all of them and in order, were known; none before it was enqueued, and none after
/// it was archived.
pub fn as_of(events: &[RecordedEvent], known_at: Option<KnownAt>) -> Result<Option<JobRow>, UnknownEvent> {
    let mut row = None;
    for recorded in known(events, known_at) {
        let Event::Job(event) = recorded.event()? else { continue };
        let at = recorded.recorded_at.into();
        match (&mut row, &event) {
            (None, JobEvent::JobEnqueued(enqueued)) => row = Some(enqueued_row(enqueued, at)),
            (None, _) => {}
            (Some(_), JobEvent::JobArchived(_)) => row = None,
            (Some(row), event) => take_in(row, event, at),
        }
    }
    Ok(row)
}

fn enqueued_row(event: &JobEnqueued, at: Instant) -> JobRow {
    JobRow {
        id: event.job_id,
        job_type: event.job_type.clone(),
        payload: event.payload.clone().into(),
        status: JobStatus::Pending,
        attempts: 0,
        max_attempts: event.max_attempts,
        result: None,
        error: None,
        created_at: at,
        updated_at: at,
        progress: None,
        phase: Some(waiting(event.is_blocked(), event.run_at)),
    }
}

fn take_in(row: &mut JobRow, event: &JobEvent, at: Instant) {
    let change = RowChange::of(event);
    row.status = change.status.unwrap_or(row.status);
    row.attempts = change.attempts.unwrap_or(row.attempts);
    row.max_attempts = change.max_attempts.unwrap_or(row.max_attempts);
    if let Some(payload) = change.payload {
        row.payload = payload.clone().into();
    }
    if let Some(result) = change.result {
        row.result = Some(result.clone().into());
    }
    if let Some(error) = change.error {
        row.error = error.map(Into::into);
    }
    row.updated_at = at;
    row.phase = row.phase.take().map(|phase| phase_after(phase, event, at));
}

fn phase_after(phase: JobPhase, event: &JobEvent, at: Instant) -> JobPhase {
    match event {
        JobEvent::JobEnqueued(_) | JobEvent::JobCheckpointed(_) | JobEvent::JobArchived(_) => phase,
        JobEvent::JobSnoozed(event) => JobPhase::Pending { run_at: event.run_at },
        JobEvent::JobRetried(event) => waiting(event.sequence_key.is_some(), event.run_at),
        JobEvent::JobReleased(event) => JobPhase::Pending { run_at: event.run_at },
        JobEvent::JobReplaced(JobReplaced { run_at, .. }) | JobEvent::JobRescheduled(JobRescheduled { run_at, .. }) => {
            waiting(matches!(phase, JobPhase::Blocked { .. }), *run_at)
        }
        JobEvent::JobPrioritized(_) => phase,
        JobEvent::JobStarted(JobStarted { worker, token, .. }) => {
            JobPhase::Processing { worker: worker.clone(), token: *token, started_at: at, cancel_reason: None }
        }
        JobEvent::JobCancelRequested(event) => asked_to_stop(phase, event.reason.clone()),
        JobEvent::JobFailed(JobFailed { retry_at, .. })
        | JobEvent::JobLeaseExpired(JobLeaseExpired { retry_at, .. }) => {
            retry_at.map_or(JobPhase::Failed, |run_at| JobPhase::Pending { run_at })
        }
        JobEvent::JobCompleted(_) => JobPhase::Completed,
        JobEvent::JobCancelled(_) | JobEvent::JobDependencyFailed(_) | JobEvent::JobExpired(_) => JobPhase::Failed,
    }
}

fn waiting(is_blocked: bool, run_at: Instant) -> JobPhase {
    if is_blocked { JobPhase::Blocked { run_at } } else { JobPhase::Pending { run_at } }
}

fn asked_to_stop(mut phase: JobPhase, reason: Reason) -> JobPhase {
    if let JobPhase::Processing { cancel_reason, .. } = &mut phase {
        *cancel_reason = Some(reason);
    }
    phase
}

#[cfg(test)]
mod tests;
