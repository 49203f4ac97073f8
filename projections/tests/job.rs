//! `Job` and `job_queue` against a real Postgres: the rows say what the events say, however events are grouped, and
//! what the duties ask and note.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use plinth_events::{
    Event, JobId, TenantId,
    command::job::Heartbeat,
    event::{
        job::{
            JobCancelRequested, JobCancelled, JobCompleted, JobEnqueued, JobEvent, JobFailed, JobLeaseExpired,
            JobRetried, JobSnoozed, JobStarted,
        },
        tenant::TenantDeleted,
    },
    names::JobType,
    query::{JobStatus, ListJobs},
    time::Instant,
};
use plinth_projections::{
    Entry, ProjectionError, apply, job,
    job_queue::{dispatch, lease},
};
use proptest::{collection::vec, prelude::*, sample::Index, strategy::ValueTree, test_runner::TestRunner};
use sqlx::{Connection, PgConnection};
use support::{Log, TestDatabase, apply_in_parts, dump};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const OTHER: TenantId = TenantId(Uuid::from_u128(2));
const JOB: JobId = job_id(7);

const fn job_id(number: u128) -> JobId {
    JobId(Uuid::from_u128(number))
}

fn job_type() -> JobType {
    "export".parse().unwrap()
}

/// A time so many seconds from now.
fn in_seconds(seconds: i64) -> Instant {
    (DateTime::<Utc>::from(SystemTime::now()) + TimeDelta::seconds(seconds)).into()
}

fn enqueued(job_id: JobId, run_at: Instant, priority: i16) -> JobEvent {
    let payload = serde_json::from_str(r#"{"page": 1e2, "page_name": "é"}"#).unwrap();
    JobEnqueued { job_id, job_type: job_type(), payload, max_attempts: 3, run_at, priority }.into()
}

fn started(job_id: JobId, attempt: u32, token: u64) -> JobEvent {
    started_until(job_id, attempt, token, in_seconds(30))
}

fn started_until(job_id: JobId, attempt: u32, token: u64, lease_until: Instant) -> JobEvent {
    let worker = "worker-1".parse().unwrap();
    JobStarted { job_id, job_type: job_type(), attempt, token, worker, lease_seconds: 30, lease_until }.into()
}

fn completed(job_id: JobId, attempt: u32, token: u64) -> JobEvent {
    let result = serde_json::from_str(r#"{"rows": 7}"#).unwrap();
    JobCompleted { job_id, job_type: job_type(), attempt, token, result }.into()
}

fn failed(job_id: JobId, attempt: u32, token: u64, retry_at: Option<Instant>) -> JobEvent {
    let error = "no such page".parse().unwrap();
    JobFailed { job_id, job_type: job_type(), attempt, token, error, retry_at }.into()
}

fn expired(job_id: JobId, attempt: u32, token: u64, retry_at: Option<Instant>) -> JobEvent {
    let error = "lease expired".parse().unwrap();
    JobLeaseExpired { job_id, job_type: job_type(), attempt, token, error, retry_at }.into()
}

fn snoozed(job_id: JobId, attempts: u32, token: u64, run_at: Instant) -> JobEvent {
    JobSnoozed { job_id, job_type: job_type(), token, attempts, run_at }.into()
}

fn cancel_requested(job_id: JobId) -> JobEvent {
    JobCancelRequested { job_id, job_type: job_type(), reason: "enough".parse().unwrap() }.into()
}

fn cancelled(job_id: JobId) -> JobEvent {
    JobCancelled { job_id, job_type: job_type(), reason: "enough".parse().unwrap() }.into()
}

fn retried(job_id: JobId, run_at: Instant, priority: i16) -> JobEvent {
    JobRetried { job_id, job_type: job_type(), run_at, priority, reason: None }.into()
}

fn log(tenants: &[TenantId]) -> Log {
    let mut log = Log::default();
    tenants.iter().for_each(|tenant| log.tenant(*tenant));
    log
}

/// Records what happens next to jobs of the tenant, and applies it as one batch.
async fn happen(connection: &mut PgConnection, log: &mut Log, events: impl IntoIterator<Item = JobEvent>) {
    let before = log.entries.len();
    events.into_iter().for_each(|event| log.record(TENANT, None, event));
    apply(connection, &log.entries[before..]).await.unwrap();
}

/// A database with one tenant.
async fn with_tenant() -> Option<(TestDatabase, PgConnection, Log)> {
    let database = TestDatabase::create().await?;
    let mut connection = database.connect().await;
    let log = log(&[TENANT]);
    apply(&mut connection, &log.entries).await.unwrap();
    Some((database, connection, log))
}

async fn queue(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar("select to_jsonb(queue)::text from job_queue as queue order by job_id")
        .fetch_all(connection)
        .await
        .unwrap()
}

async fn queued_state(connection: &mut PgConnection, job: JobId) -> Option<String> {
    sqlx::query_scalar("select state from job_queue where job_id = $1")
        .bind(job.0)
        .fetch_optional(connection)
        .await
        .unwrap()
}

async fn everything(connection: &mut PgConnection) -> Vec<String> {
    let mut rows = dump(connection).await;
    rows.extend(queue(connection).await);
    rows
}

/// A job as a random history knows it.
#[derive(Clone, Default)]
struct Walk {
    events: u64,
    priority: i16,
    attempts: u32,
    token: u64,
    phase: &'static str,
}

impl Walk {
    /// The next event that can happen, as a number chooses.
    fn step(&mut self, job: JobId, choice: u8, at: Instant) -> Option<JobEvent> {
        let (attempt, token, last) = (self.attempts, self.token, self.attempts >= 3);
        let event = match (self.phase, choice % 6) {
            ("", _) => enqueued(job, at, i16::from(choice)),
            ("pending", 0) => cancelled(job),
            ("pending", _) => started_until(job, attempt + 1, self.events + 1, at),
            ("processing", 0) => completed(job, attempt, token),
            ("processing", 1) => failed(job, attempt, token, (!last).then_some(at)),
            ("processing", 2) => expired(job, attempt, token, (!last).then_some(at)),
            ("processing", 3) => snoozed(job, attempt - 1, token, at),
            ("processing", 4) => cancel_requested(job),
            ("processing", _) => failed(job, attempt, token, None),
            ("failed", _) => retried(job, at, self.priority),
            _ => return None,
        };
        self.follow(&event);
        Some(event)
    }

    fn follow(&mut self, event: &JobEvent) {
        self.events += 1;
        self.phase = match event {
            JobEvent::JobEnqueued(event) => {
                self.priority = event.priority;
                "pending"
            }
            JobEvent::JobStarted(event) => {
                (self.attempts, self.token) = (event.attempt, event.token);
                "processing"
            }
            JobEvent::JobCompleted(_) => "completed",
            JobEvent::JobFailed(JobFailed { retry_at, .. })
            | JobEvent::JobLeaseExpired(JobLeaseExpired { retry_at, .. }) => {
                if retry_at.is_some() {
                    "pending"
                } else {
                    "failed"
                }
            }
            JobEvent::JobSnoozed(event) => {
                self.attempts = event.attempts;
                "pending"
            }
            JobEvent::JobCancelRequested(_) => "processing",
            JobEvent::JobCancelled(_) => "failed",
            JobEvent::JobRetried(_) => {
                self.attempts = 0;
                "pending"
            }
        };
    }
}

/// A history of a few jobs, as pairs of a job and a choice say.
fn history(choices: &[(u8, u8)]) -> Vec<Entry> {
    let mut log = log(&[TENANT]);
    let mut walks = vec![Walk::default(); 6];
    for (second, (job, choice)) in (0_i64..).zip(choices) {
        let at = DateTime::from_timestamp(1_900_000_000 + second, 0).unwrap().into();
        if let Some(event) = walks[usize::from(*job)].step(job_id(u128::from(*job)), *choice, at) {
            log.record(TENANT, None, event);
        }
    }
    log.entries
}

#[tokio::test]
async fn however_events_are_grouped_the_tables_are_the_same() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut runner = TestRunner::deterministic();
    let cases = (vec((0..6_u8, any::<u8>()), 1..120), vec(any::<Index>(), 0..20));
    for _ in 0..60 {
        let (choices, cuts) = cases.new_tree(&mut runner).unwrap().current();
        let entries = history(&choices);
        let mut some: Vec<usize> = cuts.iter().map(|cut| cut.index(entries.len() + 1)).collect();
        some.sort_unstable();
        let each: Vec<usize> = (1..entries.len()).collect();
        let mut outcomes = Vec::new();
        for ends in [&[][..], &some, &each] {
            let mut transaction = connection.begin().await.unwrap();
            apply_in_parts(&mut transaction, &entries, ends).await;
            outcomes.push(everything(&mut transaction).await);
            transaction.rollback().await.unwrap();
        }
        assert_eq!(outcomes[0], outcomes[2], "at once, and one by one");
        assert_eq!(outcomes[1], outcomes[2], "in parts that end at {some:?}, and one by one");
    }
    database.drop().await;
}

#[tokio::test]
async fn a_row_follows_its_job() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let at = in_seconds(0);
    let (page, lease) = (Some("no such page"), Some("lease expired"));
    let steps = [
        (enqueued(JOB, at, 0), JobStatus::Pending, 0, None, Some("waiting")),
        (started(JOB, 1, 2), JobStatus::Processing, 1, None, Some("running")),
        (failed(JOB, 1, 2, Some(at)), JobStatus::Pending, 1, page, Some("waiting")),
        (started(JOB, 2, 4), JobStatus::Processing, 2, page, Some("running")),
        (snoozed(JOB, 1, 4, at), JobStatus::Pending, 1, page, Some("waiting")),
        (started(JOB, 2, 6), JobStatus::Processing, 2, page, Some("running")),
        (expired(JOB, 2, 6, None), JobStatus::Failed, 2, lease, None),
        (retried(JOB, at, 0), JobStatus::Pending, 0, lease, Some("waiting")),
        (cancelled(JOB), JobStatus::Failed, 0, Some("cancelled: enough"), None),
        (retried(JOB, at, 0), JobStatus::Pending, 0, Some("cancelled: enough"), Some("waiting")),
        (started(JOB, 1, 11), JobStatus::Processing, 1, Some("cancelled: enough"), Some("running")),
        (cancel_requested(JOB), JobStatus::Processing, 1, Some("cancelled: enough"), Some("running")),
        (completed(JOB, 1, 11), JobStatus::Completed, 1, None, None),
    ];
    for (event, status, attempts, error, state) in steps {
        let name = event.event_type();
        happen(&mut connection, &mut log, [event]).await;
        let row = job::find(&mut connection, TENANT, JOB).await.unwrap().unwrap();
        assert_eq!((row.status, row.attempts, row.error.as_deref()), (status, attempts, error), "{name}");
        let recorded_at = log.entries.last().unwrap().recorded_at;
        assert_eq!(row.updated_at, recorded_at.into(), "{name}");
        assert_eq!(row.created_at, log.entries[1].recorded_at.into(), "{name}");
        assert_eq!(queued_state(&mut connection, JOB).await.as_deref(), state, "{name}");
    }
    let row = job::find(&mut connection, TENANT, JOB).await.unwrap().unwrap();
    assert_eq!(row.payload.as_str(), r#"{"page": 100, "page_name": "é"}"#);
    assert_eq!(row.result.unwrap().as_str(), r#"{"rows": 7}"#);
    database.drop().await;
}

#[tokio::test]
async fn a_job_that_begins_and_ends_in_one_batch_leaves_no_row_in_the_queue() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let whole = [enqueued(JOB, in_seconds(0), 0), started(JOB, 1, 2), completed(JOB, 1, 2)];
    happen(&mut connection, &mut log, whole).await;
    let row = job::find(&mut connection, TENANT, JOB).await.unwrap().unwrap();
    assert_eq!(row.status, JobStatus::Completed);
    assert!(queue(&mut connection).await.is_empty());
    database.drop().await;
}

#[tokio::test]
async fn a_deleted_tenant_leaves_no_jobs() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    happen(&mut connection, &mut log, [enqueued(JOB, in_seconds(0), 0)]).await;
    let before = log.entries.len();
    log.record(TENANT, None, enqueued(job_id(8), in_seconds(0), 0));
    log.record(TENANT, None, Event::Tenant(TenantDeleted {}.into()));
    apply(&mut connection, &log.entries[before..]).await.unwrap();
    assert!(everything(&mut connection).await.is_empty());
    database.drop().await;
}

#[tokio::test]
async fn an_id_that_another_tenant_has_is_refused_by_the_primary_key() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut log = log(&[TENANT, OTHER]);
    log.record(TENANT, None, enqueued(JOB, in_seconds(0), 0));
    log.record(OTHER, None, enqueued(JOB, in_seconds(0), 0));
    let error = apply(&mut connection, &log.entries).await.unwrap_err();
    let ProjectionError::Database(sqlx::Error::Database(error)) = error else { panic!("{error}") };
    assert_eq!(error.constraint(), Some("Job_pkey"));
    database.drop().await;
}

#[tokio::test]
async fn jobs_are_listed_newest_first_page_by_page_and_by_tenant() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut log = log(&[TENANT, OTHER]);
    (0..5).for_each(|number| log.record(TENANT, None, enqueued(job_id(number), in_seconds(0), 0)));
    log.record(OTHER, None, enqueued(job_id(9), in_seconds(0), 0));
    log.record(TENANT, None, started(job_id(3), 1, 2));
    apply(&mut connection, &log.entries).await.unwrap();

    let all = ListJobs { job_type: None, status: None, limit: Some(2), after: None };
    let (mut query, mut seen) = (all.clone(), Vec::new());
    for _ in 0..3 {
        let page = job::list(&mut connection, TENANT, &query).await.unwrap();
        seen.extend(page.jobs.iter().map(|job| job.id));
        query.after = page.next;
    }
    assert_eq!(seen, [4, 3, 2, 1, 0].map(job_id));
    assert_eq!(query.after, None);

    let running = ListJobs { status: Some(JobStatus::Processing), ..all.clone() };
    let page = job::list(&mut connection, TENANT, &running).await.unwrap();
    assert_eq!(page.jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [job_id(3)]);
    let unknown = ListJobs { job_type: Some("import".parse().unwrap()), ..all };
    assert!(job::list(&mut connection, TENANT, &unknown).await.unwrap().jobs.is_empty());

    assert!(job::find(&mut connection, TENANT, job_id(9)).await.unwrap().is_none());
    assert!(job::find(&mut connection, OTHER, job_id(9)).await.unwrap().is_some());
    database.drop().await;
}

#[tokio::test]
async fn due_jobs_come_by_priority_and_then_by_time() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let waiting = [
        enqueued(job_id(1), in_seconds(-10), 0),
        enqueued(job_id(2), in_seconds(-20), 0),
        enqueued(job_id(3), in_seconds(-5), 9),
        enqueued(job_id(4), in_seconds(60), 9),
    ];
    happen(&mut connection, &mut log, waiting).await;
    let due = dispatch::due(&mut connection, 10).await.unwrap();
    assert_eq!(due.iter().map(|job| job.job_id).collect::<Vec<_>>(), [3, 2, 1].map(job_id));
    let (tenant, attempt, max_attempts) = (due[0].tenant, due[0].attempt, due[0].max_attempts);
    assert_eq!((tenant, attempt, max_attempts, due[0].priority), (TENANT, 1, 3, 9));
    assert_eq!(due[0].payload, r#"{"page": 100, "page_name": "é"}"#);
    assert_eq!(dispatch::due(&mut connection, 1).await.unwrap(), due[..1]);

    assert_eq!(dispatch::mark_published(&mut connection, &due[..2]).await.unwrap(), 2);
    let left = dispatch::due(&mut connection, 10).await.unwrap();
    assert_eq!(left, due[2..]);
    database.drop().await;
}

#[tokio::test]
async fn a_job_that_was_put_back_meanwhile_is_not_marked_as_published() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let run_at = in_seconds(-1);
    happen(&mut connection, &mut log, [enqueued(JOB, run_at, 0)]).await;
    let due = dispatch::due(&mut connection, 10).await.unwrap();
    happen(&mut connection, &mut log, [started(JOB, 1, 2)]).await;
    happen(&mut connection, &mut log, [snoozed(JOB, 0, 2, run_at)]).await;
    assert_eq!(dispatch::mark_published(&mut connection, &due).await.unwrap(), 0);
    assert_eq!(dispatch::due(&mut connection, 10).await.unwrap().len(), 1);
    database.drop().await;
}

#[tokio::test]
async fn published_jobs_whose_messages_are_lost_wait_again() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    happen(&mut connection, &mut log, (1..=3).map(|number| enqueued(job_id(number), in_seconds(-1), 0))).await;
    let due = dispatch::due(&mut connection, 10).await.unwrap();
    dispatch::mark_published(&mut connection, &due).await.unwrap();
    happen(&mut connection, &mut log, [started(job_id(3), 1, 2)]).await;

    let hour = Duration::from_secs(3_600);
    assert!(dispatch::types_published_before(&mut connection, hour).await.unwrap().is_empty());
    assert_eq!(dispatch::types_published_before(&mut connection, Duration::ZERO).await.unwrap(), ["export"]);
    assert_eq!(dispatch::unpublish_type(&mut connection, "export", hour).await.unwrap(), 0);
    assert_eq!(dispatch::unpublish_type(&mut connection, "import", Duration::ZERO).await.unwrap(), 0);
    assert_eq!(dispatch::unpublish_type(&mut connection, "export", Duration::ZERO).await.unwrap(), 2);

    let due = dispatch::due(&mut connection, 10).await.unwrap();
    dispatch::mark_published(&mut connection, &due[..1]).await.unwrap();
    let depth = dispatch::depth(&mut connection).await.unwrap();
    let counts: Vec<_> =
        depth.iter().map(|depth| (depth.state.as_str(), depth.job_type.as_str(), depth.jobs)).collect();
    assert_eq!(counts, [("published", "export", 1), ("running", "export", 1), ("waiting", "export", 1)]);
    assert_eq!(dispatch::unpublish_all(&mut connection).await.unwrap(), 1);
    assert_eq!(dispatch::due(&mut connection, 10).await.unwrap().len(), 2);
    database.drop().await;
}

fn beat(job: JobId, token: u64) -> Heartbeat {
    Heartbeat { job_id: job, token, progress: Some(40) }
}

#[tokio::test]
async fn a_heartbeat_extends_what_the_worker_holds_and_nothing_else() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    for number in 1..=3 {
        let events = [enqueued(job_id(number), in_seconds(0), 0), started_until(job_id(number), 1, 2, in_seconds(5))];
        happen(&mut connection, &mut log, events).await;
    }
    happen(&mut connection, &mut log, [cancel_requested(job_id(2)), completed(job_id(3), 1, 2)]).await;

    let (worker, stranger) = ("worker-1".parse().unwrap(), "worker-2".parse().unwrap());
    let beats = [beat(job_id(1), 2), beat(job_id(2), 2), beat(job_id(3), 2), beat(job_id(1), 9)];
    let mut held = lease::heartbeat(&mut connection, TENANT, &worker, &beats).await.unwrap();
    held.sort_by_key(|job| job.job_id);
    let asked: Vec<_> = held.iter().map(|job| (job.job_id, job.cancel_requested)).collect();
    assert_eq!(asked, [(job_id(1), false), (job_id(2), true)]);
    assert!(held.iter().all(|job| job.lease_until > in_seconds(20)));
    let progress: i16 = sqlx::query_scalar("select progress from job_queue where job_id = $1")
        .bind(job_id(1).0)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(progress, 40);

    assert!(lease::heartbeat(&mut connection, TENANT, &stranger, &beats).await.unwrap().is_empty());
    assert!(lease::heartbeat(&mut connection, OTHER, &worker, &beats).await.unwrap().is_empty());
    database.drop().await;
}

#[tokio::test]
async fn a_job_that_is_being_changed_counts_as_held_and_keeps_nobody_waiting() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let lease_until = in_seconds(5);
    let running = [enqueued(JOB, in_seconds(0), 0), started_until(JOB, 1, 2, lease_until)];
    happen(&mut connection, &mut log, running).await;
    let mut transaction = connection.begin().await.unwrap();
    happen(&mut transaction, &mut log, [cancel_requested(JOB)]).await;

    let mut other = database.connect().await;
    let worker = "worker-1".parse().unwrap();
    let held = lease::heartbeat(&mut other, TENANT, &worker, &[beat(JOB, 2)]).await.unwrap();
    assert_eq!(held, [lease::HeldJob { job_id: JOB, cancel_requested: false, lease_until }]);
    transaction.commit().await.unwrap();
    let held = lease::heartbeat(&mut other, TENANT, &worker, &[beat(JOB, 2)]).await.unwrap();
    assert!(held[0].cancel_requested && held[0].lease_until > lease_until);
    database.drop().await;
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_once_and_given_out_again_only_later() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let running = [enqueued(JOB, in_seconds(0), 0), started_until(JOB, 1, 2, in_seconds(-1))];
    happen(&mut connection, &mut log, running).await;
    let alive = [enqueued(job_id(8), in_seconds(0), 0), started(job_id(8), 1, 2)];
    happen(&mut connection, &mut log, alive).await;

    let taken = lease::ExpiredLease { tenant: TENANT, job_id: JOB, token: 2 };
    assert_eq!(lease::take_expired(&mut connection, 10).await.unwrap(), std::slice::from_ref(&taken));
    let worker = "worker-1".parse().unwrap();
    assert!(lease::heartbeat(&mut connection, TENANT, &worker, &[beat(JOB, 2)]).await.unwrap().is_empty());
    assert!(lease::take_expired(&mut connection, 10).await.unwrap().is_empty());

    sqlx::query("update job_queue set due_at = due_at - interval '10 seconds' where job_id = $1")
        .bind(JOB.0)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(lease::take_expired(&mut connection, 10).await.unwrap(), [taken]);
    happen(&mut connection, &mut log, [expired(JOB, 1, 2, Some(in_seconds(9)))]).await;
    assert_eq!(queued_state(&mut connection, JOB).await.as_deref(), Some("waiting"));
    database.drop().await;
}
