//! `dependsOn`: a job waits for others, and follows its policy when one of them fails.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Verdict;
use crate::support::{Acting, Ground};

/// From the end of the last dependency to the release, half of the time.
const RELEASE_LIMIT: Duration = Duration::from_millis(50);

/// One job, two that depend on it, and a last one that depends on both.
async fn diamond(acting: &Acting<'_>, policy: &str) -> [Value; 4] {
    let ids: [Value; 4] = std::array::from_fn(|_| json!(Uuid::new_v4()));
    let [top, left, right, bottom] = &ids;
    let job = |id: &Value, depends_on: Value| {
        let mut job = json!({ "jobId": id, "type": "step", "payload": null, "onDependencyFailure": policy });
        if depends_on != json!([]) {
            job["dependsOn"] = depends_on;
        }
        job
    };
    let jobs =
        [job(top, json!([])), job(left, json!([top])), job(right, json!([top])), job(bottom, json!([left, right]))];
    acting.result("job.enqueue-batch", json!({ "jobs": jobs })).await;
    ids
}

#[tokio::test]
async fn a_diamond_with_a_failing_branch_follows_its_policy() {
    let Some(ground) = Ground::new("diamonds").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for policy in ["cancel", "run"] {
        let [top, left, right, bottom] = diamond(&acting, policy).await;
        for job in [&left, &right, &bottom] {
            assert_eq!(acting.start_refusal(job).await, "blocked");
            assert_eq!(acting.job(job).await.0, "pending");
        }
        let started = acting.start_released(&top).await;
        acting.finish(&started, Verdict::Complete).await;
        let started = acting.start_released(&left).await;
        acting.finish(&started, Verdict::Fail { retryable: false }).await;
        let started = acting.start_released(&right).await;
        acting.finish(&started, Verdict::Complete).await;
        if policy == "cancel" {
            let left = left.as_str().unwrap();
            assert_eq!(acting.ended(&bottom).await, ("failed".to_owned(), Some(format!("dependency failed: {left}"))));
            assert_eq!(acting.job(&bottom).await.1, 0, "it never ran");
            assert_eq!(acting.item("job.retry", json!({ "jobs": [bottom] })).await["status"], "pending");
        }
        let started = acting.start_released(&bottom).await;
        let dependencies = if policy == "run" { json!({ "completed": 1, "failed": 1 }) } else { Value::Null };
        assert_eq!(started["dependencies"], dependencies);
    }
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_job_is_released_soon_after_the_last_end() {
    let Some(ground) = Ground::new("releases").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for _ in 0..21 {
        let first = acting.enqueue("step", json!({})).await;
        let second = acting.enqueue("step", json!({ "dependsOn": [first, first] })).await;
        let started = acting.start_released(&first).await;
        acting.finish(&started, Verdict::Complete).await;
        acting.start_released(&second).await;
        assert_eq!(acting.start_refusal(&second).await, "already_started");
    }
    let took: f64 = sqlx::query_scalar(
        "select percentile_cont(0.5) within group (order by extract(epoch from released.recorded_at - ended.recorded_at))
         from plinth.events as released
         join plinth.events as enqueued
             on enqueued.aggregate_id = released.aggregate_id and enqueued.event_type = 'JobEnqueued'
         join plinth.events as ended
             on ended.event_type = 'JobCompleted'
             and ended.payload->>'jobId' = enqueued.payload->'dependsOn'->>0
         where released.event_type = 'JobReleased'",
    )
    .fetch_one(&ground.pool().await)
    .await
    .unwrap();
    println!("released {took} s after the end, half of the time");
    assert!(took < RELEASE_LIMIT.as_secs_f64(), "{took} s");
}

#[tokio::test]
async fn what_ended_before_does_not_block_and_what_is_unknown_is_refused() {
    let Some(ground) = Ground::new("dependencies that ended").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, stranger) = tokio::join!(Acting::new(&client), Acting::new(&client));
    let done = acting.enqueue("step", json!({})).await;
    let started = acting.start_released(&done).await;
    acting.finish(&started, Verdict::Complete).await;
    let next = acting.enqueue("step", json!({ "dependsOn": [done] })).await;
    let started = acting.start(&next, 60).await;
    acting
        .item("job.fail", json!({ "jobs": [{ "jobId": next, "token": started, "error": "no", "retryable": false }] }))
        .await;
    let never = acting.enqueue("step", json!({ "dependsOn": [next] })).await;
    let error = format!("dependency failed: {}", next.as_str().unwrap());
    assert_eq!(acting.job(&never).await, ("failed".to_owned(), 0, Some(error)));

    let job =
        |id: Uuid, depends_on: Value| json!({ "jobId": id, "type": "step", "payload": null, "dependsOn": depends_on });
    let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
    let before = ground.position().await;
    let backwards = json!({ "jobs": [job(one, json!([done, two])), job(two, json!([done]))] });
    let Err(plinth_client::SendError::Refused { problem, .. }) = acting.send("job.enqueue-batch", backwards).await
    else {
        panic!("a job depends on a later one");
    };
    assert_eq!((problem.code.as_str(), problem.errors[0].pointer.as_str()), ("unknown_job", "/jobs/0/dependsOn/1"));
    let foreign = stranger.send("job.enqueue", job(one, json!([done]))).await;
    assert_eq!(Acting::refusal(foreign), "unknown_job");
    let itself = acting.send("job.enqueue", job(one, json!([one]))).await;
    assert_eq!(Acting::refusal(itself), "unknown_job");
    assert_eq!(ground.position().await, before);
    ground.assert_verified().await;
}
