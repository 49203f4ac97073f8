//! Bulk actions: the same for many jobs, in the background, once for each, with one record of who and why.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    faults::alone,
    support::{Acting, Ground, eventually},
};

/// Longest wait for an action of a few jobs to be over.
const LIMIT: Duration = Duration::from_secs(10);
/// Longest wait for an action whose service is killed: its duty is taken over first.
const KILLED_LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn ten_thousand_jobs_are_cancelled_in_less_than_ten_seconds_with_one_record_of_who_and_why() {
    let _alone = alone().await;
    let Some(ground) = Ground::new("ten thousand jobs are cancelled").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    enqueue(&acting, "report", 10_000).await;
    enqueue(&acting, "export", 3).await;
    enqueue(&other, "report", 3).await;

    let filter = json!({ "type": "report", "status": "pending" });
    let count = acting.query("job.count", json!({ "filter": filter })).await.unwrap();
    assert_eq!(count["jobs"], 10_000);
    let started = Instant::now();
    let action = start(&acting, json!({ "kind": "cancel" }), filter).await;
    enqueue(&acting, "report", 3).await;
    let row = acting.over(&action, LIMIT).await;
    println!("10,000 jobs cancelled in {} ms", started.elapsed().as_millis());
    assert_eq!(row["status"], "finished");
    assert_eq!((&row["matched"], &row["changed"], &row["refused"]), (&json!(10_000), &json!(10_000), &json!(0)));
    assert_eq!((&row["reason"], &row["startedById"]), (&json!("the partner is down"), &json!(acting.user)));

    let pool = ground.pool().await;
    assert_eq!(jobs_in(&pool, "failed").await, 10_000, "neither another type's, nor another tenant's, nor later ones");
    assert_eq!(jobs_in(&pool, "pending").await, 9);
    check_cancelled_once(&pool, 10_000).await;
    let listed = acting.query("bulk-action.list", json!({})).await.unwrap();
    assert_eq!(listed["actions"], json!([row]));
    assert_eq!(other.query("bulk-action.list", json!({})).await.unwrap()["actions"], json!([]));
    ground.assert_verified().await;
}

#[tokio::test]
async fn an_action_whose_service_is_killed_is_finished_by_the_next_one_with_every_job_done_once() {
    let _alone = alone().await;
    let Some(ground) = Ground::new("a bulk action is killed").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    enqueue(&acting, "report", 20_000).await;
    let action = start(&acting, json!({ "kind": "cancel" }), json!({ "type": "report" })).await;
    let pool = ground.pool().await;
    let done = eventually(LIMIT, "some jobs are done", || async {
        let done = jobs_in(&pool, "failed").await;
        (done > 0).then_some(done)
    })
    .await;
    replica.kill().await;
    println!("killed after {done} of 20,000");
    let _next = ground.replica().await;
    let row = acting.over(&action, KILLED_LIMIT).await;
    assert_eq!((&row["matched"], &row["changed"], &row["refused"]), (&json!(20_000), &json!(20_000), &json!(0)));
    check_cancelled_once(&pool, 20_000).await;
    ground.assert_verified().await;
}

#[tokio::test]
async fn jobs_are_retried_by_their_error_and_get_another_time_and_another_priority() {
    let Some(ground) = Ground::new("jobs are retried by their error").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for error in ["the partner timed out (504)", "no such page"] {
        let job = acting.enqueue("sync", json!({ "maxAttempts": 1 })).await;
        let token = acting.start(&job, 30).await;
        acting.item("job.fail", json!({ "jobs": [{ "jobId": job, "token": token, "error": error }] })).await;
    }
    let done = async |action: Value, filter: Value| {
        let action = start(&acting, action, filter).await;
        acting.over(&action, LIMIT).await
    };
    let retried = done(json!({ "kind": "retry" }), json!({ "status": "failed", "errorContains": "(504)" })).await;
    assert_eq!((&retried["matched"], &retried["changed"]), (&json!(1), &json!(1)));

    let run_at = json!({ "kind": "reschedule", "runAt": "2030-01-01T00:00:00Z" });
    let moved = done(run_at.clone(), json!({ "type": "sync" })).await;
    assert_eq!((&moved["matched"], &moved["changed"], &moved["refused"]), (&json!(2), &json!(1), &json!(1)));
    let again = done(run_at, json!({ "type": "sync", "status": "pending" })).await;
    assert_eq!((&again["changed"], &again["refused"]), (&json!(0), &json!(1)), "it has that time already");
    let urgent = done(json!({ "kind": "prioritize", "priority": 50 }), json!({ "status": "pending" })).await;
    assert_eq!(urgent["changed"], 1);
    let queued: (String, i16) =
        sqlx::query_as("select state, priority from plinth.job_queue").fetch_one(&ground.pool().await).await.unwrap();
    assert_eq!(queued, ("scheduled".to_owned(), 50));
    ground.assert_verified().await;
}

#[tokio::test]
async fn an_action_that_is_cancelled_leaves_the_rest_alone_and_is_cancelled_once() {
    let Some(ground) = Ground::new("a bulk action is cancelled").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    enqueue(&acting, "report", 5_000).await;
    let action = start(&acting, json!({ "kind": "prioritize", "priority": 7 }), json!({})).await;
    let cancel = json!({ "actionId": action, "reason": "the partner is back" });
    let sent = acting.send("bulk-action.cancel", cancel.clone()).await;
    let row = acting.over(&action, LIMIT).await;
    if sent.is_ok() {
        assert_eq!(row["status"], "cancelled");
    }
    assert_eq!(Acting::refusal(acting.send("bulk-action.cancel", cancel).await), "already_ended");
    let pool = ground.pool().await;
    let left = "select count(*) from plinth.bulk_action_job";
    eventually(LIMIT, "the list is forgotten", || async {
        (sqlx::query_scalar::<_, i64>(left).fetch_one(&pool).await.unwrap() == 0).then_some(())
    })
    .await;
    let unknown = acting.query("bulk-action.get", json!({ "actionId": acting.user })).await;
    assert_eq!(Acting::refusal(unknown), "unknown_bulk_action");
}

#[tokio::test]
async fn the_program_says_how_many_jobs_it_is_about_before_it_does_anything() {
    let Some(ground) = Ground::new("the program acts on many jobs").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    enqueue(&acting, "report", 20).await;
    let (tenant, actor) = (acting.tenant.to_string(), acting.user.to_string());
    let plinth = async |more: &[&str]| {
        let usual = ["jobs", "cancel", "--tenant", &tenant, "--actor", &actor, "--type", "report"];
        let ended = ground.plinth(&[&usual, more].concat()).await;
        (ended.status.success(), String::from_utf8(ended.stdout).unwrap())
    };
    assert_eq!(plinth(&["--dry-run"]).await, (true, "20 jobs match\n".to_owned()));
    let (is_done, said) = plinth(&["--reason", "not needed"]).await;
    assert!(!is_done && said == "20 jobs match\n", "nobody was asked: {said}");
    let (is_done, said) = plinth(&["--reason", "not needed", "--yes"]).await;
    assert!(is_done && said.ends_with("20 of 20: 20 changed, 0 not\n"), "{said}");
    assert_eq!(jobs_in(&ground.pool().await, "failed").await, 20);
}

async fn enqueue(acting: &Acting<'_>, job_type: &str, jobs: usize) {
    let job = json!({ "type": job_type, "payload": null });
    let batches = (0..jobs).step_by(1_000).map(|first| vec![job.clone(); (jobs - first).min(1_000)]);
    let sent = batches.map(|jobs| acting.result("job.enqueue-batch", json!({ "jobs": jobs })));
    join_all(sent).await;
}

async fn start(acting: &Acting<'_>, action: Value, filter: Value) -> Value {
    let body = json!({ "action": action, "filter": filter, "reason": "the partner is down" });
    acting.result("bulk-action.start", body).await["actionId"].take()
}

async fn jobs_in(pool: &PgPool, status: &str) -> i64 {
    sqlx::query_scalar(r#"select count(*) from "Job" where "status" = $1"#).bind(status).fetch_one(pool).await.unwrap()
}

/// Every job has one event, by whoever started the action and because of it; the action has one start and one end.
async fn check_cancelled_once(pool: &PgPool, jobs: i64) {
    let (events, distinct, because): (i64, i64, i64) = sqlx::query_as(
        "select count(*), count(distinct done.aggregate_id), count(*) filter (
             where done.metadata->>'causationId' = started.event_id::text
               and done.metadata->>'actor' = started.metadata->>'actor'
         )
         from plinth.events as done
         join plinth.events as started on started.event_type = 'BulkActionStarted'
         where done.event_type = 'JobCancelled'",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!((events, distinct, because), (jobs, jobs, jobs));
    let record: Vec<String> = sqlx::query_scalar(
        "select event_type from plinth.events where aggregate_type = 'bulk-action' order by position",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert_eq!(record, ["BulkActionStarted", "BulkActionFinished"]);
}
