//! Jobs that failed in some hour, and for some reason, are tried again: those and no others.

use serde_json::{Value, json};

use crate::support::{Acting, Ground};

/// A job of the type `sync` that has failed.
async fn failed(acting: &Acting<'_>, error: &str) -> Value {
    let job = acting.enqueue("sync", json!({ "maxAttempts": 1 })).await;
    let token = acting.start(&job, 30).await;
    acting.item("job.fail", json!({ "jobs": [{ "jobId": job, "token": token, "error": error }] })).await;
    job
}

async fn row(acting: &Acting<'_>, job: &Value) -> Value {
    acting.query("job.get", json!({ "jobId": job })).await.unwrap()
}

#[tokio::test]
async fn what_failed_at_some_time_with_some_error_is_redriven_and_nothing_else() {
    let Some(ground) = Ground::new("redriving jobs").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let before = failed(&acting, "the partner timed out (504)").await;
    let first = failed(&acting, "the partner timed out (504)").await;
    let other_error = failed(&acting, "no such page").await;
    let after = failed(&acting, "the partner timed out (504)").await;
    let time_of = async |job: &Value| row(&acting, job).await["updatedAt"].as_str().unwrap().to_owned();
    let (from, until, tenant) = (time_of(&first).await, time_of(&after).await, acting.tenant.to_string());
    let redrive = async |more: &[&str]| {
        let filter =
            ["--type", "sync", "--error-contains", "(504)", "--failed-after", &from, "--failed-before", &until];
        let redriven = ground.plinth(&[&["job", "redrive", "--tenant", &tenant], &filter[..], more].concat()).await;
        assert!(redriven.status.success(), "{}", String::from_utf8_lossy(&redriven.stderr));
        String::from_utf8(redriven.stdout).unwrap()
    };

    assert!(redrive(&["--dry-run"]).await.starts_with("1 jobs match"));
    assert_eq!(row(&acting, &first).await["status"], "failed", "a dry run does nothing");
    redrive(&["--reason", "the partner is back", "--yes"]).await;
    assert_eq!(row(&acting, &first).await["status"], "pending");
    for job in [before, other_error, after] {
        assert_eq!(row(&acting, &job).await["status"], "failed");
    }
    let history = acting.query("job.history", json!({ "jobId": first })).await.unwrap();
    let last = history["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["type"], &last["data"]["reason"]), (&json!("JobRetried"), &json!("the partner is back")));
}
