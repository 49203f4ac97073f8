//! `Job` and `job_queue` against a real Postgres: the rows say what the events say, however events are grouped.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use chrono::DateTime;
use plinth_events::{
    Event, JobId,
    event::{
        job::{JobEvent, JobFailed, JobLeaseExpired},
        tenant::TenantDeleted,
    },
    query::job::{JobStatus, ListJobs},
    time::Instant,
};
use plinth_projections::{Entry, ProjectionError, apply, job};
use proptest::{collection::vec, prelude::*, sample::Index};
use support::{TestDatabase, assert_grouping_makes_no_difference, dump, job::*, samples};

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
            ("pending", 1) => replaced(job, at, i16::from(choice / 6)),
            ("pending", 2) => rescheduled(job, at),
            ("pending", 3) => prioritized(job, i16::from(choice / 6)),
            ("pending", _) => started_until(job, attempt + 1, self.events + 1, at),
            ("processing", 0) => completed(job, attempt, token),
            ("processing", 1) => failed(job, attempt, token, (!last).then_some(at)),
            ("processing", 2) => expired(job, attempt, token, (!last).then_some(at)),
            ("processing", 3) => snoozed(job, attempt - 1, token, at),
            ("processing", 4) => cancel_requested(job),
            ("processing", _) => failed(job, attempt, token, None),
            ("completed", _) | ("failed", 0) => archived(job),
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
            JobEvent::JobCancelled(_) | JobEvent::JobDependencyFailed(_) | JobEvent::JobExpired(_) => "failed",
            JobEvent::JobArchived(_) => "archived",
            JobEvent::JobRetried(_) => {
                self.attempts = 0;
                "pending"
            }
            JobEvent::JobReplaced(event) => {
                (self.attempts, self.priority) = (0, event.priority);
                "pending"
            }
            JobEvent::JobPrioritized(event) => {
                self.priority = event.priority;
                "pending"
            }
            _ => self.phase,
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
    let cases = (vec((0..6_u8, any::<u8>()), 1..120), vec(any::<Index>(), 0..20));
    for (choices, cuts) in samples(&cases, 60) {
        assert_grouping_makes_no_difference(&mut connection, &history(&choices), &cuts).await;
    }
    database.drop().await;
}

#[tokio::test]
async fn a_row_follows_its_job() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let at = in_seconds(-400 * 86_400);
    let (page, lease) = (Some("no such page"), Some("lease expired"));
    let steps = [
        (enqueued(JOB, at, 0), JobStatus::Pending, 0, None, Some("ready")),
        (started(JOB, 1, 2), JobStatus::Processing, 1, None, Some("running")),
        (failed(JOB, 1, 2, Some(at)), JobStatus::Pending, 1, page, Some("ready")),
        (started(JOB, 2, 4), JobStatus::Processing, 2, page, Some("running")),
        (snoozed(JOB, 1, 4, at), JobStatus::Pending, 1, page, Some("ready")),
        (started(JOB, 2, 6), JobStatus::Processing, 2, page, Some("running")),
        (expired(JOB, 2, 6, None), JobStatus::Failed, 2, lease, None),
        (retried(JOB, at, 0), JobStatus::Pending, 0, lease, Some("ready")),
        (cancelled(JOB), JobStatus::Failed, 0, Some("cancelled: enough"), None),
        (retried(JOB, at, 0), JobStatus::Pending, 0, Some("cancelled: enough"), Some("ready")),
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
    assert!(dump(&mut connection).await.is_empty());
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
