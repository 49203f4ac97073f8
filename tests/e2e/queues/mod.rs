//! Queues: what is paused does not start, limits hold for all workers of all replicas, tenants get their shares.

mod crew;

use std::{collections::HashMap, time::Duration};

use plinth_events::TenantId;
use serde_json::{Value, json};

use self::crew::Crew;
use crate::support::{Acting, Ground, eventually};

/// Longest wait for all jobs of a test to be done.
const DONE_LIMIT: Duration = Duration::from_secs(30);

/// Enqueues jobs of a type.
async fn enqueue(acting: &Acting<'_>, job_type: &str, jobs: usize, key: Option<&str>) {
    let mut job = json!({ "type": job_type, "payload": 1 });
    if let Some(key) = key {
        job["concurrencyKey"] = key.into();
    }
    for left in (1..=jobs).rev().step_by(1_000) {
        acting.result("job.enqueue-batch", json!({ "jobs": vec![job.clone(); left.min(1_000)] })).await;
    }
}

/// A command to the queues of the installation.
async fn operate(acting: &Acting<'_>, command: &str, body: Value) {
    acting.of(TenantId::INSTALLATION).result(command, body).await;
}

#[tokio::test]
async fn nothing_starts_once_a_pause_is_acknowledged_and_nothing_is_lost_by_it() {
    let Some(ground) = Ground::new("pausing queues").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let everyone = acting.of(TenantId::INSTALLATION);
    let pauses =
        [(&acting, json!({ "type": "report" })), (&acting, json!({})), (&everyone, json!({ "type": "report" }))];
    for (who, queue) in pauses {
        let job = acting.enqueue("report", json!({})).await;
        ground.invitation("report").await;
        who.result("queue.pause", queue.clone()).await;
        let start = json!({ "jobs": [job], "worker": "w" });
        assert_eq!(acting.item("job.start", start.clone()).await["code"], "queue_paused");
        who.result("queue.resume", queue).await;
        assert_eq!(json!(ground.invitation("report").await.job_id), job, "it is invited again");
        assert_eq!(acting.item("job.start", start).await["status"], "started");
    }
}

#[tokio::test]
async fn no_more_jobs_run_than_a_queue_allows_whoever_asks() {
    let Some(ground) = Ground::new("limits to how many run").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let (acme, other) = (Acting::new(&client).await, Acting::new(&client).await);
    operate(&acme, "queue.configure", json!({ "type": "report", "settings": { "concurrency": 3 } })).await;
    acme.result("queue.configure", json!({ "settings": { "concurrency": 2 } })).await;
    enqueue(&acme, "report", 100, None).await;
    enqueue(&other, "report", 100, None).await;
    let crew = Crew::new(&ground, "report", 4, Duration::from_millis(5)).await;
    crew.completed(200, DONE_LIMIT).await;
    assert_eq!(crew.most_at_once(|_| ()), 3);
    assert_eq!(crew.most_at_once_of(&acme.tenant), 2);
}

#[tokio::test]
async fn a_key_that_is_busy_holds_up_only_its_own_jobs() {
    let Some(ground) = Ground::new("limits per key").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let settings = json!({ "type": "report", "settings": { "concurrencyPerKey": 1 } });
    acting.result("queue.configure", settings).await;
    enqueue(&acting, "report", 300, Some("busy")).await;
    enqueue(&acting, "report", 1, Some("idle")).await;
    let crew = Crew::new(&ground, "report", 4, Duration::from_millis(2)).await;
    crew.completed(301, DONE_LIMIT).await;
    assert_eq!(crew.most_at_once(|run| run.key.clone()), 1);
    let place = crew.completions().iter().position(|run| run.key.as_deref() == Some("idle")).unwrap();
    assert!(place < 50, "the job of the other key came as number {place}");
}

#[tokio::test]
async fn jobs_start_as_fast_as_they_may_and_not_faster() {
    let Some(ground) = Ground::new("limits to how fast jobs start").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let settings = json!({ "type": "report", "settings": { "rate": { "jobs": 50, "seconds": 1, "burst": 5 } } });
    acting.result("queue.configure", settings).await;
    enqueue(&acting, "report", 105, None).await;
    let crew = Crew::new(&ground, "report", 2, Duration::ZERO).await;
    crew.completed(105, DONE_LIMIT).await;
    let pool = ground.pool().await;
    let starts: Vec<chrono::DateTime<chrono::Utc>> =
        sqlx::query_scalar("select recorded_at from plinth.events where event_type = 'JobStarted' order by position")
            .fetch_all(&pool)
            .await
            .unwrap();
    for (index, start) in starts.iter().enumerate() {
        let inside = starts[index..].iter().filter(|other| **other - *start < chrono::TimeDelta::seconds(1)).count();
        assert!(inside <= 55, "{inside} starts in a second");
    }
    let took = starts[104] - starts[0];
    assert!(took >= chrono::TimeDelta::milliseconds(1_990), "{took}");
}

#[tokio::test]
async fn a_single_job_of_a_tenant_is_not_held_up_by_thousands_of_another_one() {
    let Some(ground) = Ground::new("fairness between tenants").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (noisy, quiet) = (Acting::new(&client).await, Acting::new(&client).await);
    enqueue(&noisy, "report", 5_000, None).await;
    let crew = Crew::new(&ground, "report", 2, Duration::from_millis(1)).await;
    crew.completed(100, DONE_LIMIT).await;
    let before = crew.completions().len();
    enqueue(&quiet, "report", 1, None).await;
    eventually(DONE_LIMIT, "the single job is done", || async {
        crew.completions().iter().any(|run| run.tenant == quiet.tenant).then_some(())
    })
    .await;
    let place = crew.completions().iter().position(|run| run.tenant == quiet.tenant).unwrap();
    assert!(place - before < 1_000, "{} jobs of the other tenant came first", place - before);
}

#[tokio::test]
async fn weights_share_out_a_type_between_tenants() {
    let Some(ground) = Ground::new("weights of tenants").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (heavy, light) = (Acting::new(&client).await, Acting::new(&client).await);
    heavy.result("queue.configure", json!({ "settings": { "weight": 3 } })).await;
    enqueue(&heavy, "report", 1_500, None).await;
    enqueue(&light, "report", 1_500, None).await;
    let crew = Crew::new(&ground, "report", 2, Duration::ZERO).await;
    crew.completed(1_500, DONE_LIMIT).await;
    let completions = crew.completions();
    // what was offered before both tenants had jobs waiting is left out
    let shares = completions[100..1_300].iter().fold(HashMap::new(), |mut shares, run| {
        *shares.entry(run.tenant).or_insert(0_u32) += 1;
        shares
    });
    let ratio = f64::from(shares[&heavy.tenant]) / f64::from(shares[&light.tenant]);
    assert!((2.4..3.6).contains(&ratio), "{ratio}");
}

#[tokio::test]
async fn slots_survive_the_death_of_the_service_and_none_leaks() {
    let Some(ground) = Ground::new("limits after kill -9").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    acting.result("queue.configure", json!({ "settings": { "concurrency": 2 } })).await;
    enqueue(&acting, "report", 150, None).await;
    let crew = Crew::new(&ground, "report", 3, Duration::from_millis(5)).await;
    crew.completed(30, DONE_LIMIT).await;
    replica.kill().await;
    let _replica = ground.replica().await;
    crew.completed(150, DONE_LIMIT).await;
    assert_eq!(crew.most_at_once(|_| ()), 2);
    let queues = acting.query("queue.list", json!({})).await.unwrap();
    let expected = json!([{ "type": null, "isPaused": false, "running": 0, "settings": { "concurrency": 2 } }]);
    assert_eq!(queues["queues"], expected);
}

#[tokio::test]
async fn a_queue_says_what_its_jobs_do_not_say_themselves() {
    let Some(ground) = Ground::new("defaults of queues").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let settings = json!({ "maxAttempts": 7, "retry": { "policy": "fixed", "seconds": 600 }, "timeoutSeconds": 5 });
    operate(&acting, "queue.configure", json!({ "type": "report", "settings": settings })).await;
    let job = acting.enqueue("report", json!({})).await;
    let row = acting.query("job.get", json!({ "jobId": job })).await.unwrap();
    assert_eq!(row["maxAttempts"], 7);
    let token = acting.start(&job, 30).await;
    let failure = json!({ "jobs": [{ "jobId": job, "token": token, "error": "no" }] });
    let retry_at = acting.item("job.fail", failure).await["retryAt"].as_str().unwrap().to_owned();
    let wait = retry_at.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - chrono::Utc::now();
    assert!((590..=660).contains(&wait.num_seconds()), "{wait}");
    let own = acting.enqueue("report", json!({ "maxAttempts": 1 })).await;
    let row = acting.query("job.get", json!({ "jobId": own })).await.unwrap();
    assert_eq!(row["maxAttempts"], 1);
}

#[tokio::test]
async fn a_setting_out_of_range_is_refused_where_it_stands_and_the_installation_is_no_tenant() {
    let Some(ground) = Ground::new("bad settings of queues").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let bad = json!({ "settings": { "concurrency": 0, "rate": { "jobs": 1, "seconds": 0 }, "speed": 3 } });
    let Err(plinth_client::SendError::Refused { problem, .. }) = acting.send("queue.configure", bad).await else {
        panic!("not refused")
    };
    let pointers: Vec<&str> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/settings/concurrency", "/settings/rate/seconds", "/settings/speed"]);
    let everyone = acting.of(TenantId::INSTALLATION);
    assert_eq!(Acting::refusal(everyone.send("tenant.register", json!({ "name": "all" })).await), "invalid_value");
    let job = json!({ "type": "report", "payload": 1 });
    assert_eq!(Acting::refusal(everyone.send("job.enqueue", job).await), "unknown_tenant");
}
