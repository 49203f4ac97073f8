//! Jobs from enqueueing to their end. Leases are in `job_leases`, the list of jobs is in `job_list`.

use std::collections::HashSet;

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Ground};

fn is(status: &str, attempts: u64, error: Option<&str>) -> (String, u64, Option<String>) {
    (status.to_owned(), attempts, error.map(str::to_owned))
}

#[tokio::test]
async fn a_job_is_invited_started_and_completed() {
    let Some(ground) = Ground::new("a job").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({ "maxAttempts": 5 })).await;
    assert_eq!(acting.job(&job).await, is("pending", 0, None));

    let invitation = serde_json::to_value(ground.invitation("report").await).unwrap();
    let history = acting.query("job.history", json!({ "jobId": job })).await.unwrap();
    let expected = json!({ "jobId": job, "tenantId": acting.tenant, "type": "report", "payload": { "file": "a.pdf" },
        "attempt": 1, "maxAttempts": 5, "causationId": history["events"][0]["id"] });
    assert_eq!(invitation, expected);

    let started = acting.item("job.start", json!({ "jobs": [job], "worker": "w", "leaseSeconds": 60 })).await;
    assert_eq!((&started["status"], &started["attempt"]), (&json!("started"), &json!(1)));
    let lease: chrono::DateTime<Utc> = started["leaseUntil"].as_str().unwrap().parse().unwrap();
    assert!((Utc::now() + TimeDelta::seconds(50)..Utc::now() + TimeDelta::seconds(61)).contains(&lease), "{lease}");
    assert_eq!(acting.job(&job).await, is("processing", 1, None));

    let done = json!({ "jobs": [{ "jobId": job, "token": started["token"], "result": { "pages": 3 } }] });
    assert_eq!(acting.item("job.complete", done.clone()).await["status"], "completed");
    let row = acting.query("job.get", json!({ "jobId": job })).await.unwrap();
    assert_eq!((&row["status"], &row["result"]), (&json!("completed"), &json!({ "pages": 3 })));
    assert_eq!(acting.item("job.complete", done).await["code"], "stale_lease");
    assert_eq!(acting.item("job.start", json!({ "jobs": [job], "worker": "w" })).await["code"], "already_ended");
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_batch_is_enqueued_whole_or_not_at_all() {
    let Some(ground) = Ground::new("a batch of jobs").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = |id: Uuid| json!({ "jobId": id, "type": "report", "payload": 1 });
    let (one, two, three) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
    let enqueued = acting.result("job.enqueue-batch", json!({ "jobs": [job(one), job(two)] })).await;
    assert_eq!(enqueued["jobIds"], json!([one, two]));
    let before = ground.position().await;
    for jobs in [json!([job(three), job(two), job(one)]), json!([job(three), job(three)])] {
        let refused = acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await;
        let Err(plinth_client::SendError::Refused { problem, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(problem.code, "job_id_taken");
        let pointers: Vec<&str> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        let expected: Vec<String> = (1..jobs.as_array().unwrap().len()).map(|at| format!("/jobs/{at}/jobId")).collect();
        assert_eq!(pointers, expected);
    }
    assert_eq!(Acting::refusal(acting.query("job.get", json!({ "jobId": three })).await), "unknown_job");
    assert_eq!(ground.position().await, before);

    let thousand: Vec<Value> = (0..1_000).map(|_| json!({ "type": "report", "payload": 1 })).collect();
    let enqueued = acting.result("job.enqueue-batch", json!({ "jobs": thousand })).await;
    let ids: HashSet<&str> = enqueued["jobIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!((ids.len(), ground.position().await), (1_000, before + 1_000));
    ground.assert_verified().await;
}

#[tokio::test]
async fn of_eight_workers_that_race_for_a_job_one_wins() {
    let Some(ground) = Ground::new("a race for a job").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for _ in 0..5 {
        let job = acting.enqueue("report", json!({})).await;
        let start = |worker: usize| json!({ "jobs": [job], "worker": format!("worker-{worker}") });
        let items = join_all((0..8).map(|worker| acting.item("job.start", start(worker)))).await;
        let won: Vec<&Value> = items.iter().filter(|item| item["status"] == "started").collect();
        assert_eq!(won.len(), 1, "{items:?}");
        assert_eq!(items.iter().filter(|item| item["code"] == "already_started").count(), 7, "{items:?}");
    }
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_failed_attempt_is_tried_again_until_none_is_left_and_a_retry_gives_new_ones() {
    let Some(ground) = Ground::new("failed attempts").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({ "maxAttempts": 2 })).await;
    let fail =
        |token, error| json!({ "jobs": [{ "jobId": job, "token": token, "error": error, "retryAfterSeconds": 0 }] });
    for (attempt, error, status, row) in [(1, "no disk", "retrying", "pending"), (2, "no memory", "failed", "failed")] {
        assert_eq!(ground.invitation("report").await.attempt, attempt);
        let token = acting.start(&job, 60).await;
        assert_eq!(acting.item("job.fail", fail(token, error)).await["status"], status);
        assert_eq!(acting.job(&job).await, is(row, attempt.into(), Some(error)));
    }
    assert_eq!(acting.item("job.retry", json!({ "jobs": [job], "reason": "more memory" })).await["status"], "pending");
    assert_eq!(acting.item("job.retry", json!({ "jobs": [job] })).await["code"], "not_failed");
    assert_eq!(ground.invitation("report").await.attempt, 1);
    let token = acting.start(&job, 60).await;
    let done = json!({ "jobs": [{ "jobId": job, "token": token }] });
    assert_eq!(acting.item("job.complete", done).await["status"], "completed");
    assert_eq!(acting.job(&job).await, is("completed", 1, None));
    ground.assert_verified().await;
}

#[tokio::test]
async fn an_attempt_that_cannot_be_retried_fails_the_job_at_once_and_another_waits_before_it_is() {
    let Some(ground) = Ground::new("retryable or not").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    let fail = json!({ "jobs": [{ "jobId": job, "token": token, "error": "no such file", "retryable": false }] });
    assert_eq!(acting.item("job.fail", fail).await["status"], "failed");
    assert_eq!(acting.job(&job).await, is("failed", 1, Some("no such file")));

    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    let fail = json!({ "jobs": [{ "jobId": job, "token": token, "error": "later", "retryAfterSeconds": 3_600 }] });
    assert_eq!(acting.item("job.fail", fail).await["status"], "retrying");
    assert_eq!(acting.item("job.start", json!({ "jobs": [job], "worker": "w" })).await["code"], "not_due");
}

#[tokio::test]
async fn a_stale_token_is_refused_for_its_job_and_does_not_spoil_the_others() {
    let Some(ground) = Ground::new("stale tokens").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let (stale, good) = (acting.enqueue("report", json!({})).await, acting.enqueue("report", json!({})).await);
    let (old, token) = (acting.start(&stale, 60).await, acting.start(&good, 60).await);
    acting.item("job.snooze", json!({ "jobs": [{ "jobId": stale, "token": old, "seconds": 0 }] })).await;
    let new = acting.start(&stale, 60).await;
    assert_ne!(old, new);
    let jobs = json!([
        { "jobId": stale, "token": old }, { "jobId": Uuid::nil(), "token": 1 }, { "jobId": good, "token": token }
    ]);
    let found = acting.result("job.complete", json!({ "jobs": jobs })).await;
    let outcomes: Vec<&Value> =
        found["jobs"].as_array().unwrap().iter().map(|item| item.get("code").unwrap_or(&item["status"])).collect();
    assert_eq!(outcomes, ["stale_lease", "unknown_job", "completed"]);
    assert_eq!(acting.job(&stale).await, is("processing", 1, None));
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_snoozed_attempt_does_not_count() {
    let Some(ground) = Ground::new("snoozing").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({ "maxAttempts": 1 })).await;
    for _ in 0..3 {
        assert_eq!(ground.invitation("report").await.attempt, 1);
        let token = acting.start(&job, 60).await;
        let snooze = json!({ "jobs": [{ "jobId": job, "token": token, "seconds": 0 }] });
        assert_eq!(acting.item("job.snooze", snooze).await["status"], "snoozed");
        assert_eq!(acting.job(&job).await, is("pending", 0, None));
    }
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_pending_job_is_cancelled_at_once_and_a_running_one_by_its_worker() {
    let Some(ground) = Ground::new("cancelling").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let (pending, running) = (acting.enqueue("report", json!({})).await, acting.enqueue("report", json!({})).await);
    let token = acting.start(&running, 60).await;
    let cancel = json!({ "jobs": [pending, running], "reason": "not needed" });
    let cancelled = acting.result("job.cancel", cancel.clone()).await;
    assert_eq!(cancelled["jobs"][0]["status"], "cancelled");
    assert_eq!(cancelled["jobs"][1]["status"], "cancelRequested");
    assert_eq!(acting.job(&pending).await, is("failed", 0, Some("cancelled: not needed")));
    assert_eq!(acting.job(&running).await, is("processing", 1, None));
    assert_eq!(acting.item("job.cancel", cancel).await["code"], "already_ended");

    let beat = json!({ "worker": "worker", "jobs": [{ "jobId": running, "token": token }] });
    assert_eq!(acting.result("job.heartbeat", beat).await["cancelled"], json!([running]));
    let fail = json!({ "jobs": [{ "jobId": running, "token": token, "error": "stopped" }] });
    assert_eq!(acting.item("job.fail", fail).await["status"], "failed");
    assert_eq!(acting.job(&running).await, is("failed", 1, Some("cancelled: not needed")));
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_delayed_job_is_invited_when_it_is_due_and_not_before() {
    let Some(ground) = Ground::new("a delayed job").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let run_at = Utc::now() + TimeDelta::milliseconds(1_500);
    let later = acting.enqueue("report", json!({ "runAt": run_at.to_rfc3339() })).await;
    let now = acting.enqueue("report", json!({})).await;
    assert_eq!(acting.item("job.start", json!({ "jobs": [later], "worker": "w" })).await["code"], "not_due");
    assert_eq!(json!(ground.invitation("report").await.job_id), now);
    assert_eq!(json!(ground.invitation("report").await.job_id), later);
    assert!(Utc::now() >= run_at);
    acting.start(&later, 60).await;
}
