//! `callback`: a job that comes after all jobs of its batch.

use serde_json::{Value, json};

use super::{LIMIT, Verdict};
use crate::support::{Acting, Ground, eventually};

#[tokio::test]
async fn a_callback_runs_once_after_all_jobs_of_its_batch_though_the_service_is_killed() {
    let Some(ground) = Ground::new("a callback").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = json!({ "type": "step", "payload": null, "maxAttempts": 1 });
    let jobs: Vec<Value> = vec![job; 20];
    let callback = json!({ "type": "summary", "payload": { "of": "the batch" } });
    let enqueued = acting.result("job.enqueue-batch", json!({ "jobs": jobs, "callback": callback })).await;
    let jobs = enqueued["jobIds"].as_array().unwrap();
    let callback = &enqueued["callbackJobId"];

    let started = acting.start_some(jobs, "w").await;
    assert_eq!(started.len(), 20);
    let (most, last) = started.split_at(19);
    for (number, item) in most.iter().enumerate() {
        let verdict = if number < 5 { Verdict::Fail { retryable: true } } else { Verdict::Complete };
        acting.finish(item, verdict).await;
    }
    assert_eq!(acting.start_refusal(callback).await, "blocked");
    acting.finish(&last[0], Verdict::Complete).await;
    replica.kill().await;

    let _replica = ground.replica().await;
    let invitation = ground.invitation("summary").await;
    assert_eq!((json!(invitation.job_id), invitation.payload.as_str()), (callback.clone(), r#"{"of": "the batch"}"#));
    let started = acting.start_released(callback).await;
    assert_eq!(started["dependencies"], json!({ "completed": 15, "failed": 5 }));
    acting.finish(&started, Verdict::Fail { retryable: true }).await;
    let again = eventually(LIMIT, "the callback is tried again", async || {
        acting.start_some(std::slice::from_ref(callback), "w").await.pop()
    })
    .await;
    assert_eq!(again["dependencies"], started["dependencies"]);
    acting.finish(&again, Verdict::Complete).await;
    let releases: i64 = sqlx::query_scalar("select count(*) from plinth.events where event_type = 'JobReleased'")
        .fetch_one(&ground.pool().await)
        .await
        .unwrap();
    assert_eq!(releases, 1);
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_callback_depends_on_its_batch_alone_and_only_on_its_success_if_it_says_so() {
    let Some(ground) = Ground::new("a callback that says so").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = || json!({ "type": "step", "payload": null, "maxAttempts": 1 });
    let mut callback = json!({ "type": "summary", "payload": null, "onDependencyFailure": "cancel" });
    let enqueued = acting.result("job.enqueue-batch", json!({ "jobs": [job(), job()], "callback": callback })).await;
    let jobs = enqueued["jobIds"].as_array().unwrap();
    let started = acting.start_some(&jobs[..1], "w").await;
    acting.finish(&started[0], Verdict::Fail { retryable: true }).await;
    let error = format!("dependency failed: {}", jobs[0].as_str().unwrap());
    assert_eq!(acting.ended(&enqueued["callbackJobId"]).await, ("failed".to_owned(), Some(error)));
    assert_eq!(acting.job(&jobs[1]).await.0, "pending");

    callback["dependsOn"] = json!([jobs[1]]);
    let refused = acting.send("job.enqueue-batch", json!({ "jobs": [job()], "callback": callback })).await;
    let Err(plinth_client::SendError::Refused { problem, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(problem.errors[0].pointer, "/callback/dependsOn");
    ground.assert_verified().await;
}
