//! `expiresAt`: a job that has not started by then fails.

use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::Verdict;
use crate::support::{Acting, Ground};

#[tokio::test]
async fn a_job_that_nobody_started_in_time_fails_and_says_why() {
    let Some(ground) = Ground::new("expiry").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let time = Utc::now() + TimeDelta::milliseconds(1_500);
    let expires_at = json!(time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    let first = acting.enqueue("step", json!({})).await;
    let waiting = acting.enqueue("step", json!({ "expiresAt": expires_at })).await;
    let blocked = acting.enqueue("step", json!({ "expiresAt": expires_at, "dependsOn": [first] })).await;
    let running = acting.enqueue("step", json!({ "expiresAt": expires_at })).await;
    let started = acting.start_released(&running).await;
    for job in [&waiting, &blocked] {
        let error = format!("expired: not started by {}", expires_at.as_str().unwrap());
        assert_eq!(acting.ended(job).await, ("failed".to_owned(), Some(error)));
        assert_eq!(acting.item("job.retry", json!({ "jobs": [job] })).await["code"], "expired");
    }
    assert!(Utc::now() < time + TimeDelta::seconds(3), "within about a second");
    // it started in time, and has no time for another attempt
    acting.finish(&started, Verdict::Fail { retryable: true }).await;
    assert_eq!(acting.job(&running).await.0, "failed");
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_job_that_expired_is_not_started_even_before_its_end_is_recorded() {
    let Some(ground) = Ground::new("starting too late").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for ms in [0, 20, 40, 60] {
        let expires_at = (Utc::now() + TimeDelta::milliseconds(ms)).to_rfc3339();
        let job = acting.enqueue("step", json!({ "expiresAt": expires_at })).await;
        while Utc::now().to_rfc3339() <= expires_at {
            tokio::task::yield_now().await;
        }
        let refusal = acting.start_refusal(&job).await;
        assert!(refusal == "expired" || refusal == "already_ended", "{refusal}");
    }
}
