//! What a job may be when it is enqueued.

use plinth_events::{
    JobId, Refusal, RefusalCode,
    command::job::EnqueueJob,
    event::job::{JobEnqueued, JobEvent},
    limits,
};

use super::{flow, flow::Standing, unique};
use crate::domain::{Context, Decision};

/// How often a job is tried when nobody says so.
const DEFAULT_MAX_ATTEMPTS: u32 = 3;

/// Lets a job exist whose id is free.
pub(super) fn enqueue(
    job_id: JobId,
    job: &EnqueueJob,
    dependencies: &[(JobId, Standing)],
    context: &Context,
) -> Decision<JobEvent> {
    let event = enqueued(job_id, job, dependencies, context)?;
    let end = flow::ended_at_once(&event, context);
    Ok([event.into()].into_iter().chain(end).collect())
}

/// What a job is when it is enqueued.
pub(super) fn enqueued(
    job_id: JobId,
    job: &EnqueueJob,
    dependencies: &[(JobId, Standing)],
    context: &Context,
) -> Result<JobEnqueued, Refusal> {
    let now = context.now_millis();
    let event = JobEnqueued {
        job_id,
        job_type: job.job_type.clone(),
        payload: job.payload.clone(),
        max_attempts: job.max_attempts.unwrap_or(DEFAULT_MAX_ATTEMPTS),
        run_at: job.run_at.map_or(now, |run_at| run_at.max(now)),
        priority: job.priority.unwrap_or(0),
        retry: job.retry.clone().map(Into::into),
        timeout_seconds: job.timeout_seconds,
        concurrency_key: job.concurrency_key.clone(),
        unique_key: job.unique_key.clone(),
        unique_until: unique::held_until(job, context),
        schedule: job.schedule.clone(),
        depends_on: flow::distinct(dependencies, |_| true),
        completed_dependencies: flow::distinct(dependencies, |standing| standing == Standing::Completed),
        failed_dependencies: flow::distinct(dependencies, |standing| standing == Standing::Failed),
        on_dependency_failure: job.on_dependency_failure,
        sequence_key: job.sequence_key.clone(),
        expires_at: job.expires_at,
    };
    check_bounds(job, &event, dependencies, context)?;
    Ok(event)
}

/// All errors at once.
fn check_bounds(
    job: &EnqueueJob,
    event: &JobEnqueued,
    dependencies: &[(JobId, Standing)],
    context: &Context,
) -> Result<(), Refusal> {
    let JobEnqueued { max_attempts, priority, run_at, .. } = event;
    let most = limits::MAX_ATTEMPTS;
    let attempts_error = (!(1..=most).contains(max_attempts)).then(|| {
        let detail = format!("maxAttempts {max_attempts} must be between 1 and {most}");
        Refusal::new(RefusalCode::InvalidValue, detail).at("/maxAttempts")
    });
    let priority_error = (!limits::PRIORITIES.contains(priority)).then(|| {
        let (least, most) = limits::PRIORITIES.into_inner();
        let detail = format!("priority {priority} must be between {least} and {most}");
        Refusal::new(RefusalCode::InvalidValue, detail).at("/priority")
    });
    let time_error = context.check_not_too_far_ahead("runAt", *run_at).err();
    let errors = [attempts_error, priority_error, time_error].into_iter().flatten();
    let errors = errors.chain(unique::check_is_asked(job)).chain(flow::check_waits(job, dependencies, context));
    let all = errors.reduce(|mut first, next| {
        first.errors.extend(next.errors);
        first
    });
    all.map_or(Ok(()), Err)
}
