//! What workers say about jobs while they run: how far they are, how far they came, lines for the log; and what can be
//! seen of it. Without the SDK.

use std::time::Duration;

use plinth_client::SendOptions;
use plinth_events::{CommandName, envelope::Origin};
use serde_json::{Value, json};

use crate::support::{Acting, Ground, eventually};

/// Longest wait for the end of a lease of one second to be recorded.
const EXPIRY_LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn how_far_a_running_job_is_can_be_asked() {
    let Some(ground) = Ground::new("the progress of a job").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    let ask = async || acting.query("job.get", json!({ "jobId": job })).await.unwrap();
    assert_eq!(ask().await["progress"], Value::Null);

    let beat = |more: Value| {
        let mut beat = json!({ "jobId": job, "token": token });
        beat.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        acting.result("job.heartbeat", json!({ "worker": "worker", "jobs": [beat] }))
    };
    beat(json!({ "progress": 40, "message": "page 4 of 10" })).await;
    assert_eq!(ask().await["progress"], json!({ "percent": 40, "message": "page 4 of 10" }));
    beat(json!({ "progress": 50 })).await;
    assert_eq!(ask().await["progress"], json!({ "percent": 50, "message": "page 4 of 10" }));

    acting.item("job.complete", json!({ "jobs": [{ "jobId": job, "token": token }] })).await;
    assert_eq!(ask().await["progress"], Value::Null);
}

#[tokio::test]
async fn a_checkpoint_goes_to_the_next_attempt_and_is_forgotten_when_the_job_is_completed() {
    let Some(ground) = Ground::new("checkpoints").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({ "maxAttempts": 2 })).await;
    assert_eq!(ground.invitation("report").await.checkpoint, None);
    let token = acting.start(&job, 60).await;
    let save = |token: &Value, page: u64| {
        let item = json!({ "jobId": job, "token": token, "checkpoint": { "page": page } });
        acting.item("job.checkpoint", json!({ "jobs": [item] }))
    };
    for page in [3, 4] {
        assert_eq!(save(&token, page).await["status"], "checkpointed");
    }
    assert_eq!(save(&json!(1), 5).await["code"], "stale_lease");
    let beat = json!({ "worker": "worker", "jobs": [{ "jobId": job, "token": token }] });
    let found = acting.result("job.heartbeat", beat).await;
    assert_eq!((&found["cancelled"], &found["lost"]), (&json!([]), &json!([])), "the attempt goes on");
    let fail = |token: &Value| {
        let item = json!({ "jobId": job, "token": token, "error": "no", "retryAfterSeconds": 0 });
        acting.item("job.fail", json!({ "jobs": [item] }))
    };
    fail(&token).await;
    assert_eq!(save(&token, 5).await["code"], "stale_lease");

    let kept = async || ground.invitation("report").await.checkpoint.unwrap().as_str().to_owned();
    assert_eq!(kept().await, r#"{"page":4}"#);
    let token = acting.start(&job, 60).await;
    fail(&token).await;
    assert_eq!(acting.job(&job).await.0, "failed");
    acting.item("job.retry", json!({ "jobs": [job] })).await;
    assert_eq!(kept().await, r#"{"page":4}"#, "a job that failed for good goes on there, too, when it is retried");

    let token = acting.start(&job, 60).await;
    acting.item("job.complete", json!({ "jobs": [{ "jobId": job, "token": token }] })).await;
    let pool = ground.pool().await;
    let left: i64 = sqlx::query_scalar("select count(*) from plinth.job_checkpoint").fetch_one(&pool).await.unwrap();
    assert_eq!(left, 0);
    ground.assert_verified().await;
}

#[tokio::test]
async fn the_log_of_an_attempt_is_bounded_and_only_its_worker_writes_it() {
    let Some(ground) = Ground::new("the log of a job").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    let before = ground.position().await;
    let write = |token: &Value, lines: usize, message: &str| {
        let line = json!({ "at": "2026-03-01T12:00:00Z", "level": "info", "message": message });
        acting.item("job.log", json!({ "jobs": [{ "jobId": job, "token": token, "lines": vec![line; lines] }] }))
    };
    assert_eq!(write(&token, 600, "first").await, json!({ "jobId": job, "status": "logged", "lines": 600 }));
    let long = "ä".repeat(2_000);
    assert_eq!(write(&token, 200, &long).await["lines"], 200);
    assert_eq!(write(&token, 300, "last").await["lines"], 200);
    assert_eq!(write(&token, 300, "too late").await["lines"], 0);
    assert_eq!(write(&json!(1), 1, "no").await["code"], "stale_lease");
    let too_long = json!({ "level": "info", "message": format!("{long}x") });
    let too_long = json!({ "jobs": [{ "jobId": job, "token": token, "lines": [too_long] }] });
    assert_eq!(Acting::refusal(acting.send("job.log", too_long).await), "invalid_value");
    assert_eq!(ground.position().await, before, "lines are no events");
    acting.item("job.complete", json!({ "jobs": [{ "jobId": job, "token": token }] })).await;
    assert_eq!(write(&token, 1, "no").await["code"], "stale_lease");

    // what is kept outlives the job, page by page
    let mut lines: Vec<Value> = Vec::new();
    let mut query = json!({ "jobId": job });
    loop {
        let mut page = acting.query("job.logs", query.clone()).await.unwrap();
        lines.extend(page["lines"].as_array().unwrap().iter().cloned());
        query["after"] = page["next"].take();
        if query["after"].is_null() {
            break;
        }
    }
    let numbers: Vec<u64> = lines.iter().map(|line| line["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=1_001).collect::<Vec<_>>());
    assert_eq!((&lines[999]["message"], &lines[999]["attempt"]), (&json!("last"), &json!(1)));
    assert_eq!(lines[0]["at"], "2026-03-01T12:00:00Z");
    let cut = &lines[1_000];
    assert_eq!((&cut["level"], &cut["message"]), (&json!("warn"), &json!("more lines were written, and are not kept")));
    let of_another = json!({ "jobId": job, "attempt": 2 });
    assert_eq!(acting.query("job.logs", of_another).await.unwrap()["lines"], json!([]));

    let shown = ground.plinth(&["job", "logs", job.as_str().unwrap(), "--tenant", &acting.tenant.to_string()]).await;
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(shown.lines().count(), 1_001);
    assert_eq!(shown.lines().next().unwrap(), "2026-03-01 12:00:00.000  attempt 1  info   first");

    acting.send("tenant.delete", json!({})).await.unwrap();
    let pool = ground.pool().await;
    let left: i64 = sqlx::query_scalar("select count(*) from plinth.job_log").fetch_one(&pool).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn requests_that_write_about_one_attempt_at_once_all_keep_their_lines() {
    let Some(ground) = Ground::new("two writers of one log").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    let lines = vec![json!({ "level": "info", "message": "a line" }); 5];
    let write = || acting.item("job.log", json!({ "jobs": [{ "jobId": job, "token": token, "lines": lines }] }));
    let (one, two, three) = tokio::join!(write(), write(), write());
    assert_eq!([&one["lines"], &two["lines"], &three["lines"]], [5, 5, 5]);
    let page = acting.query("job.logs", json!({ "jobId": job })).await.unwrap();
    assert_eq!(page["lines"].as_array().unwrap().len(), 15);
}

#[tokio::test]
async fn one_correlation_id_finds_the_whole_life_of_a_job() {
    let Some(ground) = Ground::new("the correlation of a job").await else { return };
    let first = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let origin =
        Origin { correlation_id: Some("order-7".to_owned()), traceparent: Some(trace.to_owned()), ..Origin::default() };
    let options = SendOptions { origin, ..SendOptions::new() };
    let body = json!({ "type": "report", "payload": {}, "maxAttempts": 2 }).to_string();
    let reply = client.send_raw(acting.tenant, CommandName::EnqueueJob, body.into(), &options).await.unwrap();
    let enqueued = reply.events[0].id;
    let job = reply.result_as::<Value>().unwrap()["jobId"].take();
    let invitation = ground.invitation("report").await;
    assert_eq!(invitation.correlation_id.as_deref(), Some("order-7"));
    assert_eq!(invitation.traceparent.as_deref(), Some(trace));
    assert_eq!(invitation.causation_id, Some(enqueued));

    // started by one replica, whose cache knows the job; expired and finished by another one, which reads the log
    acting.start(&job, 1).await;
    assert_eq!(first.stop().await, Some(0));
    let _second = ground.replica().await;
    eventually(EXPIRY_LIMIT, "the lease has run out", async || (acting.job(&job).await.0 == "pending").then_some(()))
        .await;
    assert_eq!(ground.invitation("report").await.attempt, 2);
    let token = acting.start(&job, 60).await;
    acting.item("job.complete", json!({ "jobs": [{ "jobId": job, "token": token }] })).await;

    let plain = acting.enqueue("plain", json!({})).await;
    assert_eq!(ground.invitation("plain").await.correlation_id, None);
    let history = acting.query("job.history", json!({ "jobId": job })).await.unwrap();
    let events = history["events"].as_array().unwrap();
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["JobEnqueued", "JobStarted", "JobLeaseExpired", "JobStarted", "JobCompleted"]);
    for event in events {
        assert_eq!(event["origin"]["correlationId"], "order-7", "{event}");
        assert_eq!(event["origin"]["traceparent"], trace, "{event}");
    }
    let history = acting.query("job.history", json!({ "jobId": plain })).await.unwrap();
    assert_eq!(history["events"][0]["origin"]["correlationId"], Value::Null);
}
