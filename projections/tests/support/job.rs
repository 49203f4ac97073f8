//! Events of jobs, and a database to apply them to.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use plinth_events::{
    JobId, TenantId,
    event::job::{
        JobArchived, JobCancelRequested, JobCancelled, JobCheckpointed, JobCompleted, JobEnqueued, JobEvent, JobFailed,
        JobLeaseExpired, JobPrioritized, JobReplaced, JobRescheduled, JobRetried, JobSnoozed, JobStarted,
    },
    names::JobType,
    time::Instant,
};
use plinth_projections::apply;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Log, TestDatabase};

pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(1));
pub(crate) const OTHER: TenantId = TenantId(Uuid::from_u128(2));
pub(crate) const JOB: JobId = job_id(7);

pub(crate) const fn job_id(number: u128) -> JobId {
    JobId(Uuid::from_u128(number))
}

pub(crate) fn job_type() -> JobType {
    "export".parse().unwrap()
}

/// A time so many seconds from now.
pub(crate) fn in_seconds(seconds: i64) -> Instant {
    (DateTime::<Utc>::from(SystemTime::now()) + TimeDelta::seconds(seconds)).into()
}

pub(crate) fn enqueued(job_id: JobId, run_at: Instant, priority: i16) -> JobEvent {
    enqueue(job_id, run_at, priority).into()
}

pub(crate) fn enqueue(job_id: JobId, run_at: Instant, priority: i16) -> JobEnqueued {
    let payload = serde_json::from_str(r#"{"page": 1e2, "page_name": "é"}"#).unwrap();
    JobEnqueued {
        job_id,
        job_type: job_type(),
        payload,
        max_attempts: 3,
        run_at,
        priority,
        retry: None,
        timeout_seconds: None,
        concurrency_key: None,
        unique_key: None,
        unique_until: None,
        depends_on: vec![],
        completed_dependencies: vec![],
        failed_dependencies: vec![],
        on_dependency_failure: None,
        sequence_key: None,
        expires_at: None,
        schedule: None,
    }
}

pub(crate) fn started(job_id: JobId, attempt: u32, token: u64) -> JobEvent {
    started_until(job_id, attempt, token, in_seconds(30))
}

pub(crate) fn started_until(job_id: JobId, attempt: u32, token: u64, lease_until: Instant) -> JobEvent {
    let worker = "worker-1".parse().unwrap();
    JobStarted {
        job_id,
        job_type: job_type(),
        attempt,
        token,
        worker,
        lease_seconds: 30,
        lease_until,
        deadline: None,
        concurrency_key: None,
    }
    .into()
}

pub(crate) fn completed(job_id: JobId, attempt: u32, token: u64) -> JobEvent {
    let result = serde_json::from_str(r#"{"rows": 7}"#).unwrap();
    JobCompleted { job_id, job_type: job_type(), attempt, token, result }.into()
}

pub(crate) fn failed(job_id: JobId, attempt: u32, token: u64, retry_at: Option<Instant>) -> JobEvent {
    let error = "no such page".parse().unwrap();
    JobFailed { job_id, job_type: job_type(), attempt, token, error, kind: None, details: None, retry_at }.into()
}

pub(crate) fn expired(job_id: JobId, attempt: u32, token: u64, retry_at: Option<Instant>) -> JobEvent {
    let error = "lease expired".parse().unwrap();
    JobLeaseExpired { job_id, job_type: job_type(), attempt, token, timed_out: false, error, retry_at }.into()
}

pub(crate) fn snoozed(job_id: JobId, attempts: u32, token: u64, run_at: Instant) -> JobEvent {
    JobSnoozed { job_id, job_type: job_type(), token, attempts, run_at }.into()
}

pub(crate) fn checkpointed(job_id: JobId, token: u64) -> JobEvent {
    let checkpoint = serde_json::from_str(r#"{"page": 1}"#).unwrap();
    JobCheckpointed { job_id, job_type: job_type(), token, checkpoint }.into()
}

pub(crate) fn cancel_requested(job_id: JobId) -> JobEvent {
    JobCancelRequested { job_id, job_type: job_type(), reason: "enough".parse().unwrap() }.into()
}

pub(crate) fn cancelled(job_id: JobId) -> JobEvent {
    JobCancelled { job_id, job_type: job_type(), reason: "enough".parse().unwrap() }.into()
}

pub(crate) fn retried(job_id: JobId, run_at: Instant, priority: i16) -> JobEvent {
    JobRetried {
        job_id,
        job_type: job_type(),
        run_at,
        priority,
        concurrency_key: None,
        sequence_key: None,
        expires_at: None,
        reason: None,
    }
    .into()
}

pub(crate) fn replaced(job_id: JobId, run_at: Instant, priority: i16) -> JobEvent {
    let payload = serde_json::from_str(r#"{"page": 2}"#).unwrap();
    let (max_attempts, retry, timeout_seconds) = (5, None, None);
    JobReplaced { job_id, job_type: job_type(), payload, max_attempts, run_at, priority, retry, timeout_seconds }.into()
}

pub(crate) fn rescheduled(job_id: JobId, run_at: Instant) -> JobEvent {
    JobRescheduled { job_id, job_type: job_type(), run_at, reason: None }.into()
}

pub(crate) fn prioritized(job_id: JobId, priority: i16) -> JobEvent {
    JobPrioritized { job_id, job_type: job_type(), priority, reason: None }.into()
}

pub(crate) fn archived(job_id: JobId) -> JobEvent {
    JobArchived { job_id, job_type: job_type(), ended_at: in_seconds(-60) }.into()
}

pub(crate) fn log(tenants: &[TenantId]) -> Log {
    let mut log = Log::default();
    tenants.iter().for_each(|tenant| log.tenant(*tenant));
    log
}

/// Records what happens next to jobs of the tenant, and applies it as one batch.
pub(crate) async fn happen(connection: &mut PgConnection, log: &mut Log, events: impl IntoIterator<Item = JobEvent>) {
    happen_to(TENANT, connection, log, events).await;
}

/// The same for a tenant.
pub(crate) async fn happen_to(
    tenant: TenantId,
    connection: &mut PgConnection,
    log: &mut Log,
    events: impl IntoIterator<Item = JobEvent>,
) {
    let before = log.entries.len();
    events.into_iter().for_each(|event| log.record(tenant, None, event));
    apply(connection, &log.entries[before..]).await.unwrap();
}

/// A database with one tenant.
pub(crate) async fn with_tenant() -> Option<(TestDatabase, PgConnection, Log)> {
    let database = TestDatabase::create().await?;
    let mut connection = database.connect().await;
    let log = log(&[TENANT]);
    apply(&mut connection, &log.entries).await.unwrap();
    Some((database, connection, log))
}

pub(crate) async fn queue(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar("select to_jsonb(queue)::text from job_queue as queue order by job_id")
        .fetch_all(connection)
        .await
        .unwrap()
}

pub(crate) async fn queued_state(connection: &mut PgConnection, job: JobId) -> Option<String> {
    sqlx::query_scalar("select state from job_queue where job_id = $1")
        .bind(job.0)
        .fetch_optional(connection)
        .await
        .unwrap()
}
