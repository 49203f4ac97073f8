//! `job_queue` against a real Postgres: what the duties ask and note.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::time::Duration;

use plinth_events::{JobId, command::job::Heartbeat, event::job::JobEvent};
use plinth_projections::{
    apply,
    job_queue::{
        claim, depth,
        dispatch::{self, DueJob},
        held, lease,
    },
};
use sqlx::{Connection, PgConnection};
use support::job::*;

/// Takes so many of each line.
async fn take(connection: &mut PgConnection, jobs: u32) -> Vec<DueJob> {
    dispatch::make_ready(&mut *connection, 10).await.unwrap();
    let lines = dispatch::lines(&mut *connection).await.unwrap();
    dispatch::take_due(connection, lines.iter().map(|line| (line, jobs))).await.unwrap()
}

fn ids(due: &[DueJob]) -> Vec<JobId> {
    due.iter().map(|job| job.job_id).collect()
}

#[tokio::test]
async fn a_step_of_priority_is_worth_a_minute_of_waiting() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let waiting = [
        enqueued(job_id(1), in_seconds(-10), 0),
        enqueued(job_id(2), in_seconds(-90), 0),
        enqueued(job_id(3), in_seconds(-40), 1),
        enqueued(job_id(4), in_seconds(60), 9),
    ];
    happen(&mut connection, &mut log, waiting).await;
    let first = take(&mut connection, 2).await;
    assert_eq!(ids(&first), [3, 2].map(job_id));
    let (tenant, attempt, max_attempts) = (first[0].line.tenant, first[0].attempt, first[0].max_attempts);
    assert_eq!((tenant, attempt, max_attempts), (TENANT, 1, 3));
    assert_eq!(first[0].payload, r#"{"page": 100, "page_name": "é"}"#);
    assert_eq!(ids(&take(&mut connection, 10).await), [job_id(1)]);
    assert_eq!(take(&mut connection, 10).await, [], "each is taken once");
    database.drop().await;
}

#[tokio::test]
async fn a_scheduled_job_becomes_ready_when_its_time_has_come() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    happen(&mut connection, &mut log, [enqueued(job_id(1), in_seconds(60), 0), enqueued(JOB, in_seconds(-1), 0)]).await;
    happen(&mut connection, &mut log, [started(JOB, 1, 2)]).await;
    happen(&mut connection, &mut log, [failed(JOB, 1, 2, Some(in_seconds(1)))]).await;
    assert_eq!(queued_state(&mut connection, JOB).await.as_deref(), Some("scheduled"));
    assert_eq!(dispatch::make_ready(&mut connection, 10).await.unwrap(), 0);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(dispatch::make_ready(&mut connection, 10).await.unwrap(), 1);
    assert_eq!(ids(&take(&mut connection, 10).await), [JOB]);
    database.drop().await;
}

#[tokio::test]
async fn each_type_of_each_tenant_is_a_line_of_its_own() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    log.tenant(OTHER);
    apply(&mut connection, &log.entries[1..]).await.unwrap();
    let many = (1..=8).map(|number| enqueued(job_id(number), in_seconds(-100), 0));
    happen(&mut connection, &mut log, many).await;
    happen_to(OTHER, &mut connection, &mut log, [enqueued(job_id(20), in_seconds(-1), 0)]).await;
    dispatch::make_ready(&mut connection, 10).await.unwrap();
    let lines = dispatch::lines(&mut connection).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.tenant).collect::<Vec<_>>(), [TENANT, OTHER]);
    assert_eq!(ids(&take(&mut connection, 2).await), [1, 2, 20].map(job_id), "two of each line");
    assert_eq!(dispatch::take_due(&mut connection, [(&lines[0], 5)]).await.unwrap().len(), 5);
    assert_eq!(dispatch::take_due(&mut connection, [(&lines[1], 5)]).await.unwrap(), []);
    database.drop().await;
}

#[tokio::test]
async fn held_jobs_leave_their_line_until_they_are_let_go() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let keyed = |number, seconds, key: &str| {
        let mut event = enqueued(job_id(number), in_seconds(seconds), 0);
        if let JobEvent::JobEnqueued(event) = &mut event {
            event.concurrency_key = Some(key.parse().unwrap());
        }
        event
    };
    happen(&mut connection, &mut log, [keyed(1, -9, "a"), keyed(2, -8, "a"), keyed(3, -7, "b"), keyed(4, -6, "a")])
        .await;
    let taken = take(&mut connection, 10).await;
    let of_a = || taken.iter().map(|job| job.job_id).filter(|job| *job != job_id(3));
    assert_eq!(held::hold(&mut connection, of_a()).await.unwrap(), 3);
    assert_eq!(held::hold(&mut connection, of_a()).await.unwrap(), 0, "they are held already");

    let keys = held::keys(&mut connection, None, 10).await.unwrap();
    assert_eq!(keys.iter().map(|keyed| keyed.key.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(held::keys(&mut connection, keys.last(), 10).await.unwrap(), []);
    assert_eq!(held::release(&mut connection, &[(keys[0].clone(), 2)]).await.unwrap(), 2);
    assert_eq!(ids(&take(&mut connection, 10).await), [1, 2].map(job_id), "the most urgent of the key first");
    database.drop().await;
}

#[tokio::test]
async fn an_invitation_that_came_too_early_is_put_back() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    happen(&mut connection, &mut log, [enqueued(JOB, in_seconds(-1), 0)]).await;
    assert_eq!(take(&mut connection, 10).await.len(), 1);
    dispatch::put_back(&mut connection, &[JOB]).await.unwrap();
    assert_eq!(ids(&take(&mut connection, 10).await), [JOB]);
    happen(&mut connection, &mut log, [started(JOB, 1, 2)]).await;
    dispatch::put_back(&mut connection, &[JOB]).await.unwrap();
    assert_eq!(queued_state(&mut connection, JOB).await.as_deref(), Some("running"), "it has started meanwhile");
    database.drop().await;
}

#[tokio::test]
async fn published_jobs_whose_messages_are_lost_wait_again() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    happen(&mut connection, &mut log, (1..=3).map(|number| enqueued(job_id(number), in_seconds(-1), 0))).await;
    assert_eq!(take(&mut connection, 10).await.len(), 3);
    happen(&mut connection, &mut log, [started(job_id(3), 1, 2)]).await;

    let hour = Duration::from_secs(3_600);
    assert!(dispatch::types_published_before(&mut connection, hour).await.unwrap().is_empty());
    assert_eq!(dispatch::types_published_before(&mut connection, Duration::ZERO).await.unwrap(), ["export"]);
    assert_eq!(dispatch::unpublish_type(&mut connection, "export", hour).await.unwrap(), 0);
    assert_eq!(dispatch::unpublish_type(&mut connection, "import", Duration::ZERO).await.unwrap(), 0);
    assert_eq!(dispatch::unpublish_type(&mut connection, "export", Duration::ZERO).await.unwrap(), 2);

    assert_eq!(take(&mut connection, 1).await.len(), 1);
    let depth = depth::by_type(&mut connection).await.unwrap();
    let counts: Vec<_> = depth
        .iter()
        .map(|depth| (depth.job_type.as_str(), depth.scheduled, depth.ready, depth.published, depth.running))
        .collect();
    assert_eq!(counts, [("export", 0, 1, 1, 1)]);
    assert!((1.0..60.0).contains(&depth[0].oldest_due_seconds), "{}", depth[0].oldest_due_seconds);
    assert_eq!(dispatch::unpublish(&mut connection, Some(Duration::ZERO)).await.unwrap(), 0);
    assert_eq!(dispatch::unpublish(&mut connection, Some(hour)).await.unwrap(), 1);
    assert_eq!(take(&mut connection, 1).await.len(), 1);
    assert_eq!(dispatch::unpublish(&mut connection, None).await.unwrap(), 1);
    assert_eq!(take(&mut connection, 10).await.len(), 2);
    database.drop().await;
}

fn beat(job: JobId, token: u64) -> Heartbeat {
    Heartbeat { job_id: job, token, progress: Some(40), message: None }
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
    assert_eq!(queued_state(&mut connection, JOB).await.as_deref(), Some("scheduled"));
    database.drop().await;
}

#[tokio::test]
async fn what_waits_for_a_worker_is_found_by_tenant_and_type_the_most_urgent_first() {
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
    let published = ids(&take(&mut connection, 1).await);
    assert_eq!(published, [job_id(3)]);
    let types = [job_type(), "another".parse().unwrap()];
    let found = claim::waiting(&mut connection, TENANT, &types, 2, &[]).await.unwrap();
    let found: Vec<(JobId, bool)> = found.into_iter().map(|job| (job.job_id, job.is_published)).collect();
    assert_eq!(found, [(job_id(3), true), (job_id(2), false), (job_id(1), false)]);
    let rest = claim::waiting(&mut connection, TENANT, &types, 2, &[job_id(2), job_id(3)]).await.unwrap();
    assert_eq!(rest.iter().map(|job| job.job_id).collect::<Vec<_>>(), [job_id(1)]);
    assert_eq!(claim::waiting(&mut connection, OTHER, &types, 2, &[]).await.unwrap(), []);
    database.drop().await;
}

#[tokio::test]
async fn what_a_worker_needs_is_there_while_its_attempt_runs() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    happen(&mut connection, &mut log, [enqueued(JOB, in_seconds(-1), 0), started(JOB, 1, 2)]).await;
    let work = claim::work(&mut connection, TENANT, &[(JOB, 2), (job_id(8), 2)]).await.unwrap();
    assert_eq!(work.len(), 1);
    assert_eq!((work[0].job_id, work[0].max_attempts), (JOB, 3));
    assert_eq!(work[0].payload.as_str(), r#"{"page": 100, "page_name": "é"}"#);
    for (tenant, token) in [(TENANT, 3), (OTHER, 2)] {
        assert_eq!(claim::work(&mut connection, tenant, &[(JOB, token)]).await.unwrap(), []);
    }
    database.drop().await;
}
