//! Statistics of jobs: exact counts by status and type, and what happened, a second later; whoever is killed meanwhile.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Acting, Ground, eventually};

/// Longest wait until all is counted: a second, or until another replica has the duty.
const LIMIT: Duration = Duration::from_secs(15);

/// The statistics of a tenant once all that the log has is counted.
async fn statistics(ground: &Ground, acting: &Acting<'_>, query: Value) -> Value {
    let end = ground.position().await;
    eventually(LIMIT, "all is counted", || async {
        let found = acting.query("job.statistics", query.clone()).await.unwrap();
        (found["position"].as_u64().unwrap() >= end).then_some(found)
    })
    .await
}

/// A few jobs of two types, each with another fate.
async fn work(acting: &Acting<'_>) {
    acting.enqueue("report", json!({ "runAt": "2036-01-01T00:00:00Z" })).await;
    let running = acting.enqueue("report", json!({})).await;
    acting.start(&running, 60).await;
    for _ in 0..3 {
        let done = acting.enqueue("extract", json!({})).await;
        let token = acting.start(&done, 60).await;
        acting.item("job.complete", json!({ "jobs": [{ "jobId": done, "token": token }] })).await;
    }
    let failed = acting.enqueue("extract", json!({ "maxAttempts": 1 })).await;
    let token = acting.start(&failed, 60).await;
    let item = json!({ "jobId": failed, "token": token, "error": "no such page" });
    acting.item("job.fail", json!({ "jobs": [item] })).await;
    let cancelled = acting.enqueue("extract", json!({ "runAt": "2036-01-01T00:00:00Z" })).await;
    acting.item("job.cancel", json!({ "jobs": [cancelled], "reason": "not needed" })).await;
}

#[tokio::test]
async fn jobs_are_counted_by_type_and_status_and_what_happened_by_the_minute() {
    let Some(ground) = Ground::new("statistics of jobs").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    work(&acting).await;
    other.enqueue("report", json!({})).await;

    let found = statistics(&ground, &acting, json!({})).await;
    assert_eq!(found["eventsBehind"], 0);
    assert_eq!(found["jobs"], json!({ "pending": 1, "processing": 1, "completed": 3, "failed": 2 }));
    let types = json!([
        { "type": "extract", "pending": 0, "processing": 0, "completed": 3, "failed": 2 },
        { "type": "report", "pending": 1, "processing": 1, "completed": 0, "failed": 0 },
    ]);
    assert_eq!(found["types"], types);
    let whole = &found["whole"];
    for (what, count) in
        [("enqueued", 7), ("started", 5), ("completed", 3), ("failedAttempts", 1), ("failed", 1), ("cancelled", 1)]
    {
        assert_eq!(whole[what], count, "{what}: {whole}");
    }
    assert!(whole["waitP99Ms"].is_u64() && whole["runP50Ms"].is_u64(), "{whole}");
    let series = found["series"].as_array().unwrap();
    assert_eq!((found["step"].as_str(), series.len()), (Some("minute"), 61));
    assert_eq!(series.iter().map(|period| period["completed"].as_u64().unwrap()).sum::<u64>(), 3);

    let reports = statistics(&ground, &acting, json!({ "type": "report" })).await;
    assert_eq!((&reports["jobs"]["processing"], &reports["whole"]["started"]), (&json!(1), &json!(1)));
    let long_ago = json!({ "from": "2026-01-01T00:00:00Z", "step": "minute" });
    assert_eq!(Acting::refusal(acting.query("job.statistics", long_ago).await), "invalid_value");

    let tenant = acting.tenant.to_string();
    let shown = ground.plinth(&["job", "stats", "--tenant", &tenant, "--since", "1d", "--type", "extract"]).await;
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.status.success() && text.contains("extract") && !text.contains("report"), "{text}");
}

#[tokio::test]
async fn replicas_that_are_killed_while_they_count_change_nothing() {
    let Some(ground) = Ground::new("statistics when replicas are killed").await else { return };
    let (one, other) = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let batch = || async {
        let jobs: Vec<Value> = (0..500).map(|number| json!({ "type": "report", "payload": number })).collect();
        acting.result("job.enqueue-batch", json!({ "jobs": jobs })).await;
    };
    for _ in 0..4 {
        batch().await;
    }
    one.kill().await;
    work(&acting).await;
    other.kill().await;
    let _last = ground.replica().await;
    batch().await;
    let found = statistics(&ground, &acting, json!({ "step": "day" })).await;
    assert_eq!(found["jobs"], json!({ "pending": 2_501, "processing": 1, "completed": 3, "failed": 2 }));
    assert_eq!((&found["whole"]["enqueued"], &found["whole"]["completed"]), (&json!(2_507), &json!(3)));

    assert!(ground.plinth(&["rebuild"]).await.status.success());
    let anew = statistics(&ground, &acting, json!({ "step": "day" })).await;
    assert_eq!((&anew["jobs"], &anew["whole"]["enqueued"]), (&found["jobs"], &found["whole"]["enqueued"]));
}

#[tokio::test]
async fn nothing_is_left_of_the_statistics_of_a_deleted_tenant() {
    let Some(ground) = Ground::new("statistics of a deleted tenant").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    work(&acting).await;
    work(&other).await;
    statistics(&ground, &acting, json!({})).await;
    acting.send("tenant.delete", json!({})).await.unwrap();
    let kept = statistics(&ground, &other, json!({})).await;
    assert_eq!(kept["whole"]["enqueued"], 7);
    let pool = ground.pool().await;
    eventually(LIMIT, "only the other tenant is left", || async {
        let left: Vec<uuid::Uuid> = sqlx::query_scalar(
            "select tenant_id from plinth.job_count union select tenant_id from plinth.job_period
             union select tenant_id from plinth.job_latency union select tenant_id from plinth.statistics_gone",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        (left == [other.tenant.0]).then_some(())
    })
    .await;
}
