//! Workers over HTTP: they claim jobs, keep them, report them, next to workers over NATS.

use std::{collections::BTreeMap, time::Duration};

use chrono::{TimeDelta, Utc};
use plinth_events::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use crate::support::{Acting, Api, Ground, HttpAnswer, Replica, eventually, sdk_worker, start_sdk_worker};

const CLAIM: &str = "/api/jobs/process/claim";

async fn worker(replica: &Replica, acting: &Acting<'_>) -> Api {
    Api::of_program(replica, acting, &[Scope::JobsWork]).await
}

/// Jobs of a type, with more in the claim.
async fn claim(api: &Api, job_type: &str, more: Value) -> Vec<Value> {
    let mut body = json!({ "types": [job_type], "worker": "http-worker" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    api.post(CLAIM, body).await.expect(200)["jobs"].as_array().unwrap().clone()
}

/// Reports one job; its outcome.
async fn report(api: &Api, verb: &str, job: &Value, more: Value) -> Value {
    let mut item = json!({ "jobId": job["jobId"], "token": job["token"] });
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = api.post(&format!("/api/jobs/process/{verb}"), json!({ "jobs": [item] })).await.expect(200);
    answer["result"]["jobs"][0]["status"].clone()
}

#[tokio::test]
async fn a_job_is_claimed_kept_and_reported() {
    let Some(ground) = Ground::new("a worker over HTTP").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = worker(&replica, &acting).await;
    let id = acting.enqueue("export", json!({ "maxAttempts": 2 })).await;

    let first = claim(&api, "export", json!({ "leaseSeconds": 20, "waitSeconds": 10 })).await.remove(0);
    assert_eq!((&first["jobId"], &first["attempt"], &first["maxAttempts"]), (&id, &json!(1), &json!(2)));
    assert_eq!(first["payload"], json!({ "file": "a.pdf" }));
    assert!(first["causationId"].is_string() && first.get("checkpoint").is_none(), "{first}");
    let heartbeat =
        json!({ "worker": "http-worker", "jobs": [{ "jobId": id, "token": first["token"], "progress": 40 }] });
    let kept = api.post("/api/jobs/process/heartbeat", heartbeat).await.expect(200);
    assert_eq!((&kept["result"]["lost"], &kept["result"]["cancelled"]), (&json!([]), &json!([])));
    assert_eq!(report(&api, "checkpoint", &first, json!({ "checkpoint": { "page": 4 } })).await, "checkpointed");
    let lines = json!({ "lines": [{ "level": "info", "message": "page 4" }] });
    assert_eq!(report(&api, "log", &first, lines).await, "logged");
    let failure = json!({ "error": "no such page", "retryAfterSeconds": 0 });
    assert_eq!(report(&api, "fail", &first, failure).await, "retrying");

    let second = claim(&api, "export", json!({ "waitSeconds": 10 })).await.remove(0);
    assert_eq!((&second["attempt"], &second["checkpoint"]), (&json!(2), &json!({ "page": 4 })));
    assert_eq!(report(&api, "complete", &first, json!({})).await, "refused", "the token is that of the first attempt");
    assert_eq!(report(&api, "snooze", &second, json!({ "seconds": 0 })).await, "snoozed");
    let third = claim(&api, "export", json!({ "waitSeconds": 10 })).await.remove(0);
    assert_eq!(third["attempt"], 2, "a snoozed attempt does not count");
    assert_eq!(report(&api, "complete", &third, json!({ "result": 7 })).await, "completed");
    assert_eq!(claim(&api, "export", json!({})).await, [] as [Value; 0]);
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_claim_waits_for_a_job_and_no_longer_than_it_was_told() {
    let Some(ground) = Ground::new("a claim that waits").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = worker(&replica, &acting).await;
    let begun = Instant::now();
    assert!(claim(&api, "export", json!({ "waitSeconds": 1 })).await.is_empty());
    assert!((1_000..3_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());

    let (jobs, id) = tokio::join!(claim(&api, "export", json!({ "waitSeconds": 20 })), async {
        // the claim has looked and waits: nothing else asks for this tenant's jobs
        tokio::time::sleep(Duration::from_millis(300)).await;
        acting.enqueue("export", json!({})).await
    });
    assert_eq!(jobs[0]["jobId"], id);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_waiting_claim_is_answered_when_the_service_stops() {
    let Some(ground) = Ground::new("a claim and a stop").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = worker(&replica, &acting).await;
    let begun = Instant::now();
    let (jobs, code) = tokio::join!(claim(&api, "export", json!({ "waitSeconds": 30 })), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        replica.stop().await
    });
    assert_eq!((jobs.len(), code), (0, Some(0)));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_claim_gets_jobs_of_its_own_tenant_and_its_types_the_most_urgent_first() {
    let Some(ground) = Ground::new("whose jobs are claimed").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let api = worker(&replica, &acting).await;
    other.enqueue("export", json!({})).await;
    acting.enqueue("import", json!({})).await;
    let later = acting.enqueue("export", json!({})).await;
    acting.enqueue("export", json!({ "runAt": Utc::now() + TimeDelta::hours(1) })).await;
    let urgent = acting.enqueue("export", json!({ "priority": 100 })).await;
    let jobs = claim(&api, "export", json!({ "maxJobs": 10, "waitSeconds": 10 })).await;
    assert_eq!(jobs.iter().map(|job| &job["jobId"]).collect::<Vec<_>>(), [&urgent, &later]);
}

#[tokio::test]
async fn the_same_claim_under_the_same_key_has_the_same_jobs() {
    let Some(ground) = Ground::new("a claim sent twice").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = worker(&replica, &acting).await;
    for _ in 0..4 {
        acting.enqueue("export", json!({})).await;
    }
    let key = Uuid::new_v4().to_string();
    let send = async |max_jobs: u32, worker: &str| {
        let body = json!({ "types": ["export"], "worker": worker, "maxJobs": max_jobs, "waitSeconds": 10 });
        api.send(Method::POST, CLAIM, &[("Idempotency-Key", key.as_str())], body).await
    };
    let (first, again) = (send(2, "a").await.expect(200), send(2, "a").await.expect(200));
    assert_eq!(first["jobs"].as_array().unwrap().len(), 2);
    assert_eq!(first, again);
    assert_eq!(send(2, "b").await.refusal(), (409, "command_id_reused"));
    assert_eq!(claim(&api, "export", json!({ "maxJobs": 10, "waitSeconds": 10 })).await.len(), 2);
}

#[tokio::test]
async fn claims_keep_to_the_limits_of_queues() {
    let Some(ground) = Ground::new("claims and limits").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = worker(&replica, &acting).await;
    let limits = json!({ "type": "export", "settings": { "concurrency": 2, "concurrencyPerKey": 1 } });
    acting.send("queue.configure", limits).await.unwrap();
    for _ in 0..3 {
        acting.enqueue("export", json!({ "concurrencyKey": "a" })).await;
    }
    for _ in 0..2 {
        acting.enqueue("export", json!({ "concurrencyKey": "b" })).await;
    }
    let mut running = Vec::new();
    eventually(Duration::from_secs(10), "one job of each key runs", async || {
        running.extend(claim(&api, "export", json!({ "maxJobs": 10 })).await);
        (running.len() >= 2).then_some(())
    })
    .await;
    assert!(claim(&api, "export", json!({ "maxJobs": 10, "waitSeconds": 1 })).await.is_empty());
    let keys: Vec<&Value> = running.iter().map(|job| &job["jobId"]).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    report(&api, "complete", &running[0], json!({})).await;
    assert_eq!(claim(&api, "export", json!({ "maxJobs": 10, "waitSeconds": 10 })).await.len(), 1);
    acting.send("queue.pause", json!({ "type": "export" })).await.unwrap();
    report(&api, "complete", &running[1], json!({})).await;
    assert!(claim(&api, "export", json!({ "maxJobs": 10, "waitSeconds": 1 })).await.is_empty());
}

#[tokio::test]
async fn workers_over_http_and_over_nats_start_each_attempt_once() {
    const JOBS: usize = 300;
    let (Some(ground), Some(program)) = (Ground::new("two kinds of workers").await, sdk_worker()) else { return };
    let (first, second, client) = (ground.replica().await, ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let jobs: Vec<Value> =
        (0..JOBS).map(|value| json!({ "type": "export", "payload": { "do": "complete", "value": value } })).collect();
    let _nats_worker = start_sdk_worker(&program, &ground, "export", 30);
    acting.becomes(&acting.enqueue("export", json!({ "maxAttempts": 1 })).await, "failed").await;
    acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await.unwrap();
    let apis = [worker(&first, &acting).await, worker(&first, &acting).await, worker(&second, &acting).await];
    let work = apis.iter().map(async |api| {
        let mut done = 0;
        loop {
            let jobs = claim(api, "export", json!({ "maxJobs": 5, "waitSeconds": 1 })).await;
            if jobs.is_empty() {
                return done;
            }
            for job in &jobs {
                assert_eq!(report(api, "complete", job, json!({})).await, "completed");
            }
            done += jobs.len();
        }
    });
    let done: Vec<usize> = futures_util::future::join_all(work).await;
    let pool = ground.pool().await;
    eventually(Duration::from_secs(20), "all jobs are done", async || {
        let open: i64 = sqlx::query_scalar("select count(*) from plinth.job_queue").fetch_one(&pool).await.unwrap();
        (open == 0).then_some(())
    })
    .await;
    let started: Vec<(String, i64)> = sqlx::query_as(
        "select aggregate_id, count(*) from plinth.events where event_type = 'JobStarted' group by aggregate_id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let started: BTreeMap<String, i64> = started.into_iter().collect();
    assert_eq!(started.len(), JOBS + 1, "and the first one, which showed that the worker over NATS is there");
    assert!(started.values().all(|count| *count == 1), "{started:?}");
    assert!((1..=JOBS).contains(&done.iter().sum()), "{done:?}");
    ground.assert_verified().await;
}

#[tokio::test]
async fn all_that_is_wrong_with_a_claim_is_said_at_its_place() {
    let Some(ground) = Ground::new("bad claims").await else { return };
    let (replica, client) = (ground.replica().await, ground.client().await);
    let acting = Acting::new(&client).await;
    let api = worker(&replica, &acting).await;
    let bad = json!({ "types": [], "worker": "w", "maxJobs": 101, "waitSeconds": 31 });
    let answer = api.post(CLAIM, bad).await;
    assert_eq!(answer.refusal(), (422, "invalid_value"));
    let pointers: Vec<&str> =
        answer.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/maxJobs", "/types", "/waitSeconds"]);
    let unknown = api.post(CLAIM, json!({ "types": ["export"], "worker": "w", "wait": 3 })).await;
    assert_eq!(unknown.refusal(), (400, "malformed"));
    assert_eq!(HttpAnswer::to(api.request(Method::POST, CLAIM)).await.refusal(), (400, "malformed"));
}
