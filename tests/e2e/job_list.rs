//! The list of jobs: newest first, by type and status, page by page.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Ground};

/// The ids on all pages of a list, and how many pages there were.
async fn all(acting: &Acting<'_>, mut query: Value) -> (Vec<Value>, usize) {
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        let page = acting.query("job.list", query.clone()).await.unwrap();
        ids.extend(page["jobs"].as_array().unwrap().iter().map(|job| job["id"].clone()));
        pages += 1;
        if page["next"].is_null() {
            return (ids, pages);
        }
        query["after"] = page["next"].clone();
    }
}

#[tokio::test]
async fn jobs_are_listed_newest_first_in_pages_without_gaps_or_repeats() {
    let Some(ground) = Ground::new("pages of jobs").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    other.enqueue("report", json!({})).await;
    // jobs of one command have nearly the same time, so pages end between equals
    let jobs: Vec<Value> = (0..95).map(|number| json!({ "type": "report", "payload": number })).collect();
    acting.result("job.enqueue-batch", json!({ "jobs": jobs })).await;
    for _ in 0..5 {
        acting.enqueue("extract", json!({})).await;
    }
    let (whole, _) = all(&acting, json!({ "limit": 1_000 })).await;
    assert_eq!(whole.len(), 100);
    for limit in [1, 7, 50, 99, 100] {
        let (paged, pages) = all(&acting, json!({ "limit": limit })).await;
        assert_eq!((&paged, pages), (&whole, 100_usize.div_ceil(limit)), "{limit}");
    }
    let ids: Vec<Uuid> =
        sqlx::query_scalar(r#"select "id" from "Job" where "tenantId" = $1 order by "createdAt" desc, "id" desc"#)
            .bind(acting.tenant.0)
            .fetch_all(&ground.pool().await)
            .await
            .unwrap();
    assert_eq!(json!(whole), json!(ids));
}

#[tokio::test]
async fn jobs_are_found_by_type_and_by_status() {
    let Some(ground) = Ground::new("jobs by type and status").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let mut ids = Vec::new();
    for job_type in ["report", "extract", "report", "extract"] {
        ids.push(acting.enqueue(job_type, json!({})).await);
    }
    let token = acting.start(&ids[2], 60).await;
    acting.item("job.complete", json!({ "jobs": [{ "jobId": ids[2], "token": token }] })).await;
    acting.start(&ids[3], 60).await;
    acting.item("job.cancel", json!({ "jobs": [ids[1]], "reason": "x" })).await;
    for (query, expected) in [
        (json!({ "type": "report" }), vec![2, 0]),
        (json!({ "status": "pending" }), vec![0]),
        (json!({ "status": "processing" }), vec![3]),
        (json!({ "status": "completed", "type": "report" }), vec![2]),
        (json!({ "status": "failed", "type": "extract" }), vec![1]),
        (json!({ "status": "failed", "type": "report" }), vec![]),
        (json!({ "type": "unheard_of" }), vec![]),
    ] {
        let expected: Vec<Value> = expected.into_iter().map(|place: usize| ids[place].clone()).collect();
        assert_eq!(all(&acting, query.clone()).await, (expected, 1), "{query}");
    }
}
