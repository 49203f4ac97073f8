//! Unique jobs: one holder of a key, whoever asks and however many at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Acting, Ground, eventually};

/// Longest wait for a job to end.
const LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_hundred_equal_enqueues_at_once_over_two_replicas_are_one_job_and_get_one_answer() {
    let Some(ground) = Ground::new("a hundred equal enqueues").await else { return };
    let (_one, _other) = tokio::join!(ground.replica(), ground.replica());
    let clients = [ground.client().await, ground.client().await, ground.client().await, ground.client().await];
    let acting = Acting::new(&clients[0]).await;
    let body = json!({ "type": "reindex", "payload": 1, "uniqueKey": "eu", "onConflict": "return_existing" });
    let callers: Vec<Acting> = (0..100)
        .map(|call| Acting { client: &clients[call % clients.len()], tenant: acting.tenant, user: acting.user })
        .collect();
    let answers = join_all(callers.iter().map(|caller| caller.result("job.enqueue", body.clone()))).await;
    let distinct: BTreeSet<String> = answers.iter().map(Value::to_string).collect();
    assert_eq!(distinct.len(), 1, "{distinct:?}");
    assert_eq!(jobs(&ground).await.len(), 1);

    let mut reject = body.clone();
    reject["onConflict"] = "reject".into();
    let refused = join_all(callers.iter().map(|caller| caller.send("job.enqueue", reject.clone()))).await;
    assert!(refused.into_iter().all(|refused| Acting::refusal(refused) == "unique_key_taken"));
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_key_is_free_after_the_end_and_its_period_and_taken_again_by_a_retry() {
    let Some(ground) = Ground::new("a key is free after the end").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let unique = json!({ "uniqueKey": "a", "maxAttempts": 1 });

    let first = acting.enqueue("export", unique.clone()).await;
    let taken = acting.send("job.enqueue", json!({ "type": "export", "payload": 2, "uniqueKey": "a" })).await;
    assert_eq!(Acting::refusal(taken), "unique_key_taken");
    // another type has keys of its own
    acting.enqueue("import", unique.clone()).await;
    let token = acting.start(&first, 30).await;
    let failure = json!({ "jobs": [{ "jobId": first, "token": token, "error": "no such page" }] });
    assert_eq!(acting.item("job.fail", failure).await["status"], "failed");

    let second = acting.enqueue("export", unique.clone()).await;
    let retry = json!({ "jobs": [first] });
    assert_eq!(acting.item("job.retry", retry.clone()).await["code"], "unique_key_taken");
    let cancel = json!({ "jobs": [second], "reason": "not needed" });
    assert_eq!(acting.item("job.cancel", cancel).await["status"], "cancelled");
    assert_eq!(acting.item("job.retry", retry).await["status"], "pending");
    let held = json!({ "type": "export", "payload": 3, "uniqueKey": "a", "onConflict": "return_existing" });
    assert_eq!(acting.result("job.enqueue", held).await["jobId"], first);

    let period = json!({ "uniqueKey": "b", "uniqueForSeconds": 2, "onConflict": "return_existing" });
    let once = acting.enqueue("export", period.clone()).await;
    let token = acting.start(&once, 30).await;
    acting.item("job.complete", json!({ "jobs": [{ "jobId": once, "token": token }] })).await;
    assert_eq!(acting.enqueue("export", period.clone()).await, once, "it has ended, and the period has not");
    let acting = &acting;
    eventually(LIMIT, "the period is over", || async {
        (acting.enqueue("export", period.clone()).await != once).then_some(())
    })
    .await;
}

#[tokio::test]
async fn fifty_debounced_calls_are_one_run_of_the_last_one() {
    let Some(ground) = Ground::new("fifty debounced calls").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let mut ids = BTreeSet::new();
    for call in 0..50 {
        let run_at = Utc::now() + TimeDelta::seconds(1);
        let body = json!({
            "type": "save", "payload": call, "uniqueKey": "document-7", "onConflict": "debounce", "runAt": run_at,
        });
        ids.insert(acting.result("job.enqueue", body).await["jobId"].to_string());
    }
    assert_eq!(ids.len(), 1);
    let invitation = ground.invitation("save").await;
    assert_eq!(invitation.payload.as_str(), "49", "it was not offered before its time, which starts anew each time");
    let job = serde_json::to_value(invitation.job_id).unwrap();
    let token = acting.start(&job, 30).await;
    acting.item("job.complete", json!({ "jobs": [{ "jobId": job, "token": token }] })).await;
    assert_eq!(jobs(&ground).await.len(), 1);
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_job_that_is_replaced_when_it_is_offered_already_runs_with_its_new_payload() {
    let Some(ground) = Ground::new("a job is replaced when it is offered").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let replace =
        |payload: u32| json!({ "type": "sync", "payload": payload, "uniqueKey": "a", "onConflict": "replace" });
    let first = acting.result("job.enqueue", replace(1)).await["jobId"].take();
    let invitation = ground.invitation("sync").await;
    assert_eq!(invitation.payload.as_str(), "1");
    assert_eq!(acting.result("job.enqueue", replace(2)).await["jobId"], first);
    let start = json!({ "jobs": [first], "worker": "worker" });
    let started = acting.item("job.start", start).await;
    assert_eq!((&started["status"], &started["payload"]), (&json!("started"), &json!(2)));

    // the running one has its payload: the third waits behind it, and becomes the fourth
    let third = acting.result("job.enqueue", replace(3)).await["jobId"].take();
    assert_ne!(third, first);
    assert_eq!(acting.result("job.enqueue", replace(4)).await["jobId"], third);
    assert_eq!(jobs(&ground).await.values().map(String::as_str).collect::<Vec<_>>(), ["2", "4"]);
    ground.assert_verified().await;
}

#[tokio::test]
async fn jobs_that_wait_get_another_time_and_another_priority() {
    let Some(ground) = Ground::new("jobs get another time").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let late = acting.enqueue("export", json!({ "runAt": Utc::now() + TimeDelta::hours(1) })).await;
    let now = Utc::now();
    let rescheduled = acting.item("job.reschedule", json!({ "jobs": [late], "runAt": now })).await;
    assert_eq!(rescheduled["status"], "pending");
    assert_eq!(serde_json::to_value(ground.invitation("export").await.job_id).unwrap(), late);

    let prioritize = json!({ "jobs": [late], "priority": 7, "reason": "it is urgent" });
    let reply = acting.send("job.prioritize", prioritize.clone()).await.unwrap();
    assert_eq!(reply.events.len(), 1);
    assert!(acting.send("job.prioritize", prioritize).await.unwrap().events.is_empty(), "it changes nothing");
    acting.start(&late, 30).await;
    let refused = acting.item("job.reschedule", json!({ "jobs": [late], "runAt": now })).await;
    assert_eq!(refused["code"], "already_started");
    ground.assert_verified().await;
}

#[tokio::test]
async fn what_says_how_a_key_is_held_needs_a_key_and_a_refused_batch_holds_none() {
    let Some(ground) = Ground::new("unique bodies").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let lonely = json!({ "type": "export", "payload": 1, "onConflict": "reject", "uniqueForSeconds": 5 });
    assert_eq!(Acting::refusal(acting.send("job.enqueue", lonely).await), "invalid_value");
    let job = |key: &str| json!({ "type": "export", "payload": 1, "uniqueKey": key });
    let twice = json!({ "jobs": [job("a"), job("b"), job("a")] });
    assert_eq!(Acting::refusal(acting.send("job.enqueue-batch", twice).await), "unique_key_taken");
    acting.send("job.enqueue-batch", json!({ "jobs": [job("a"), job("b")] })).await.unwrap();
}

/// Payloads of all jobs by their ids, in the order in which they came.
async fn jobs(ground: &Ground) -> BTreeMap<String, String> {
    let rows: Vec<(String, String)> =
        sqlx::query_as(r#"select "createdAt"::text || "id", "payload"::text from "Job" order by "createdAt""#)
            .fetch_all(&ground.pool().await)
            .await
            .unwrap();
    rows.into_iter().collect()
}
