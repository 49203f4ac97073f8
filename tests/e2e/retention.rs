//! Retention: jobs that ended are archived when they were kept for as long as their queues say. Their rows go, their history
//! stays, and nothing happens to them any more.

use std::time::Duration;

use plinth_client::SendError;
use plinth_events::TenantId;
use serde_json::{Value, json};

use crate::support::{Acting, Ground, eventually};

/// Longest wait for the end of a retention of one second.
const LIMIT: Duration = Duration::from_secs(15);

/// What becomes of jobs of a type.
async fn keep(acting: &Acting<'_>, job_type: &str, settings: Value) {
    acting.result("queue.configure", json!({ "type": job_type, "settings": settings })).await;
}

/// A job that is completed.
async fn completed(acting: &Acting<'_>, job_type: &str, more: Value) -> Value {
    let job = acting.enqueue(job_type, more).await;
    let token = acting.start(&job, 60).await;
    let line = json!({ "level": "info", "message": "page 1" });
    let log = json!({ "jobs": [{ "jobId": job, "token": token, "lines": [line] }] });
    assert_eq!(acting.item("job.log", log).await["status"], "logged");
    let item = json!({ "jobId": job, "token": token, "result": { "pages": 3 } });
    assert_eq!(acting.item("job.complete", json!({ "jobs": [item] })).await["status"], "completed");
    job
}

/// A job that has failed.
async fn failed(acting: &Acting<'_>, job_type: &str) -> Value {
    let job = acting.enqueue(job_type, json!({ "maxAttempts": 1 })).await;
    let token = acting.start(&job, 60).await;
    let item = json!({ "jobId": job, "token": token, "error": "no such page" });
    assert_eq!(acting.item("job.fail", json!({ "jobs": [item] })).await["status"], "failed");
    job
}

async fn is_archived(acting: &Acting<'_>, job: &Value) -> bool {
    match acting.query("job.get", json!({ "jobId": job })).await {
        Ok(_) => false,
        refused => Acting::refusal(refused) == "job_archived",
    }
}

async fn until_archived(acting: &Acting<'_>, jobs: &[&Value]) {
    for job in jobs {
        eventually(LIMIT, "the job is archived", || async { is_archived(acting, job).await.then_some(()) }).await;
    }
}

/// The types of the events of a job.
async fn history(acting: &Acting<'_>, job: &Value) -> Vec<String> {
    let page = acting.query("job.history", json!({ "jobId": job })).await.unwrap();
    page["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn jobs_are_archived_when_their_type_was_kept_for_long_enough_and_their_history_stays() {
    let Some(ground) = Ground::new("retention per type").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    keep(&acting, "sync", json!({ "keepFinishedSeconds": 1 })).await;
    let done = completed(&acting, "sync", json!({})).await;
    let lost = failed(&acting, "sync").await;
    let cancelled = acting.enqueue("sync", json!({})).await;
    acting.item("job.cancel", json!({ "jobs": [cancelled], "reason": "not needed" })).await;
    let waiting = acting.enqueue("sync", json!({ "runAt": "2036-01-01T00:00:00Z" })).await;
    let other = completed(&acting, "report", json!({})).await;
    until_archived(&acting, &[&done, &lost, &cancelled]).await;

    let pool = ground.pool().await;
    let rows: Vec<(String, i64)> = sqlx::query_as(
        r#"select "id"::text, (select count(*) from plinth.job_log where job_id = "id") from "Job" order by "createdAt""#,
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let kept = |job: &Value, lines| (job.as_str().unwrap().to_owned(), lines);
    assert_eq!(rows, [kept(&waiting, 0), kept(&other, 1)]);
    let lines: i64 = sqlx::query_scalar("select count(*) from plinth.job_log").fetch_one(&pool).await.unwrap();
    assert_eq!(lines, 1, "those of archived jobs are gone");
    assert_eq!(history(&acting, &done).await, ["JobEnqueued", "JobStarted", "JobCompleted", "JobArchived"]);
    let command = json!({ "type": "sync", "payload": null, "jobId": done });
    assert_eq!(Acting::refusal(acting.send("job.enqueue", command).await), "job_id_taken");
    for (command, body) in [
        ("job.retry", json!({ "jobs": [lost] })),
        ("job.cancel", json!({ "jobs": [lost], "reason": "not needed" })),
        ("job.start", json!({ "jobs": [lost], "worker": "w" })),
    ] {
        assert_eq!(acting.item(command, body).await["code"], "job_archived", "{command}");
    }
    assert_eq!(Acting::refusal(acting.query("job.logs", json!({ "jobId": done })).await), "job_archived");
    ground.assert_verified().await;
    assert!(ground.plinth(&["rebuild"]).await.status.success());
    ground.assert_verified().await;
    assert!(is_archived(&acting, &done).await && !is_archived(&acting, &other).await);
}

#[tokio::test]
async fn what_was_archived_can_be_looked_at_as_it_was() {
    let Some(ground) = Ground::new("the history of archived jobs").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = completed(&acting, "sync", json!({})).await;
    keep(&acting, "sync", json!({ "keepFinishedSeconds": 1 })).await;
    until_archived(&acting, &[&job]).await;
    let Err(SendError::Refused { problem, .. }) = acting.query("job.get", json!({ "jobId": job })).await else {
        panic!("the job has a row");
    };
    assert_eq!(problem.status, 410);
    assert!(problem.detail.contains("plinth job history"), "{}", problem.detail);
    let position = problem.facts["position"].as_u64().unwrap();
    let before = acting.query("job.get", json!({ "jobId": job, "knownAt": position - 1 })).await.unwrap();
    assert_eq!((&before["status"], &before["result"]), (&json!("completed"), &json!({ "pages": 3 })));
    let at = acting.query("job.get", json!({ "jobId": job, "knownAt": position })).await;
    assert_eq!(Acting::refusal(at), "job_archived");

    let (id, tenant) = (job.as_str().unwrap(), acting.tenant.to_string());
    for at in [position, position - 1] {
        let arguments = ["job", "history", id, "--tenant", &tenant, "--at", &at.to_string()];
        let shown = ground.plinth(&arguments).await;
        let text = String::from_utf8(shown.stdout).unwrap();
        assert!(shown.status.success() && text.contains("completed"), "{text}");
        assert_eq!(text.contains("archived"), at == position, "{text}");
    }
    let dependent = acting.enqueue("report", json!({ "dependsOn": [job] })).await;
    assert_eq!(json!(ground.invitation("report").await.job_id), dependent, "it waits for nothing");
}

#[tokio::test]
async fn what_the_queues_say_holds_for_jobs_that_ended_before_and_a_retried_one_is_kept() {
    let Some(ground) = Ground::new("retention that is said later").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let (acme, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let done = completed(&acme, "sync", json!({})).await;
    let retried = failed(&acme, "sync").await;
    assert_eq!(acme.item("job.retry", json!({ "jobs": [retried] })).await["status"], "pending");
    let report = completed(&acme, "report", json!({})).await;
    let others = completed(&other, "sync", json!({})).await;

    // everybody's jobs of the type, but for a tenant that keeps its own for longer
    keep(&other, "sync", json!({ "keepFinishedSeconds": 3_600 })).await;
    keep(&acme.of(TenantId::INSTALLATION), "sync", json!({ "keepFinishedSeconds": 1 })).await;
    until_archived(&acme, &[&done]).await;
    let last = completed(&acme, "sync", json!({})).await;
    until_archived(&acme, &[&last]).await;
    for (who, job) in [(&acme, &retried), (&acme, &report), (&other, &others)] {
        assert!(!is_archived(who, job).await, "{job}");
    }
    // what it said, it takes back
    keep(&other, "sync", json!({})).await;
    until_archived(&other, &[&others]).await;
    assert_eq!(acme.job(&retried).await.0, "pending");
    ground.assert_verified().await;
}
