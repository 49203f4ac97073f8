//! Leases of jobs: extended by heartbeats, and the end of the attempt when they run out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Ground, eventually};

/// Longest wait for the end of a lease of one second to be recorded.
const EXPIRY_LIMIT: Duration = Duration::from_secs(10);

/// Waits until the attempt has ended; the job's status, attempts and error then.
async fn ended(acting: &Acting<'_>, job: &Value) -> (String, u64, Option<String>) {
    eventually(EXPIRY_LIMIT, "the lease has run out", || async {
        Some(acting.job(job).await).filter(|(status, ..)| status != "processing")
    })
    .await
}

#[tokio::test]
async fn a_lease_that_runs_out_is_a_failed_attempt_and_its_worker_is_too_late() {
    let Some(ground) = Ground::new("the end of a lease").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let expired = || Some("lease expired".to_owned());
    let (once, twice) = (json!({ "maxAttempts": 1 }), json!({ "maxAttempts": 2 }));
    let (once, twice) = (acting.enqueue("once", once).await, acting.enqueue("twice", twice).await);
    let token = acting.start(&once, 1).await;
    assert_eq!(ground.invitation("twice").await.attempt, 1);
    acting.start(&twice, 1).await;
    assert_eq!(ended(&acting, &once).await, ("failed".to_owned(), 1, expired()));
    assert_eq!(ended(&acting, &twice).await, ("pending".to_owned(), 1, expired()));

    let late = json!({ "jobs": [{ "jobId": once, "token": token }] });
    assert_eq!(acting.item("job.complete", late).await["code"], "stale_lease");
    let beat = json!({ "worker": "worker", "jobs": [{ "jobId": once, "token": token }] });
    assert_eq!(acting.result("job.heartbeat", beat).await["lost"], json!([once]));

    // after its wait
    assert_eq!(ground.invitation("twice").await.attempt, 2);
    let second = acting.start(&twice, 60).await;
    let done = json!({ "jobs": [{ "jobId": twice, "token": second }] });
    assert_eq!(acting.item("job.complete", done).await["status"], "completed");
    ground.assert_verified().await;
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_ends_however_lively_its_worker_is() {
    let Some(ground) = Ground::new("the deadline of an attempt").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({ "timeoutSeconds": 1, "maxAttempts": 1 })).await;
    let token = acting.start(&job, 60).await;
    let beat = json!({ "worker": "worker", "jobs": [{ "jobId": job, "token": token }] });
    eventually(EXPIRY_LIMIT, "the worker hears that the job is lost", async || {
        let found = acting.result("job.heartbeat", beat.clone()).await;
        (found["lost"] == json!([job])).then_some(())
    })
    .await;
    let timed_out = Some("timed out after 1 s".to_owned());
    assert_eq!(ended(&acting, &job).await, ("failed".to_owned(), 1, timed_out));
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_heartbeat_extends_a_lease_and_is_not_an_event() {
    let Some(ground) = Ground::new("heartbeats").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let (kept, dropped) = (acting.enqueue("report", json!({})).await, acting.enqueue("report", json!({})).await);
    let token = acting.start(&kept, 1).await;
    acting.start(&dropped, 1).await;
    let before = ground.position().await;
    let beat = json!({ "worker": "worker", "jobs": [{ "jobId": kept, "token": token, "progress": 40 }] });
    let first = acting.result("job.heartbeat", beat.clone()).await;
    assert_eq!((&first["lost"], &first["cancelled"], ground.position().await), (&json!([]), &json!([]), before));
    let lease: DateTime<Utc> = first["leaseUntil"].as_str().unwrap().parse().unwrap();

    // long after the first lease: what was not kept alive has failed, what was is still running
    eventually(EXPIRY_LIMIT, "the other lease has run out, and some more time passed", || async {
        let found = acting.result("job.heartbeat", beat.clone()).await;
        assert_eq!(found["lost"], json!([]), "{found}");
        let is_later = found["leaseUntil"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap() > lease;
        (is_later && acting.job(&dropped).await.0 == "pending").then_some(())
    })
    .await;
    assert_eq!(acting.job(&kept).await.0, "processing");
    let done = json!({ "jobs": [{ "jobId": kept, "token": token }] });
    assert_eq!(acting.item("job.complete", done).await["status"], "completed");
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_heartbeat_on_a_replica_that_has_committed_nothing_names_the_end_of_the_log() {
    let Some(ground) = Ground::new("heartbeats on a fresh replica").await else { return };
    let first = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    assert_eq!(first.stop().await, Some(0));
    let _fresh = ground.replica().await;
    let beat = json!({ "worker": "worker", "jobs": [{ "jobId": job, "token": token }] });
    assert_eq!(acting.send("job.heartbeat", beat).await.unwrap().position, ground.position().await);
}

#[tokio::test]
async fn a_heartbeat_names_what_its_worker_does_not_hold() {
    let Some(ground) = Ground::new("heartbeats for others").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let (held, done) = (acting.enqueue("report", json!({})).await, acting.enqueue("report", json!({})).await);
    let (token, done_token) = (acting.start(&held, 60).await, acting.start(&done, 60).await);
    acting.item("job.complete", json!({ "jobs": [{ "jobId": done, "token": done_token }] })).await;
    let unknown = json!(Uuid::new_v4());
    let jobs = json!([
        { "jobId": held, "token": token }, { "jobId": done, "token": done_token }, { "jobId": unknown, "token": 2 }
    ]);
    let found = acting.result("job.heartbeat", json!({ "worker": "worker", "jobs": jobs })).await;
    assert_eq!(found["lost"], json!([done, unknown]));
    let other = json!({ "worker": "another", "jobs": [{ "jobId": held, "token": token }] });
    assert_eq!(acting.result("job.heartbeat", other).await["lost"], json!([held]));
    let wrong = json!({ "worker": "worker", "jobs": [{ "jobId": held, "token": 1 }] });
    assert_eq!(acting.result("job.heartbeat", wrong).await["lost"], json!([held]));
}
