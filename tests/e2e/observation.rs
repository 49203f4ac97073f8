//! What operators see: every metric that the manual names, and that they move.

use std::{collections::BTreeMap, time::Duration};

use plinth_events::{CommandId, query::QueryName};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::support::{Acting, Api, Ground, Replica, eventually, request};

/// Longest wait for a figure.
const LIMIT: Duration = Duration::from_secs(10);

/// What `/metrics` shows.
pub struct Metrics(String);

impl Metrics {
    pub async fn of(replica: &Replica) -> Self {
        let (status, text) = replica.get("/metrics").await;
        assert_eq!(status, 200);
        Self(text)
    }

    /// The type of each metric.
    fn types(&self) -> BTreeMap<String, String> {
        let lines = self.0.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        lines.map(|(name, of)| (name.to_owned(), of.to_owned())).collect()
    }

    /// The sum of the series of a name that have all of these labels.
    pub fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        let series = self.0.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        });
        series.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum()
    }
}

/// The type of each metric, as the manual has it.
fn documented() -> BTreeMap<String, String> {
    let manual = include_str!("../../docs/operations.md");
    let rows = manual.lines().filter(|line| line.starts_with("| `plinth_"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[1].trim_matches('`').split('{').next().unwrap().to_owned(), cells[2].to_owned())
    })
    .collect()
}

#[tokio::test]
async fn every_metric_of_the_manual_is_shown_and_no_other() {
    let Some(ground) = Ground::new("the metrics of the manual").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    acting.enqueue("export", json!({})).await;
    let webhook = json!({ "url": "https://localhost/", "secret": "unknown" });
    acting.result("queue.configure", json!({ "type": "report", "settings": { "webhook": webhook } })).await;
    acting.enqueue("report", json!({})).await;
    let [runs, waits] = [acting.enqueue("import", json!({})).await, acting.enqueue("import", json!({})).await];
    acting.start(&runs, 30).await;
    acting.result("queue.pause", json!({ "type": "import" })).await;
    let start = json!({ "jobs": [waits], "worker": "worker", "leaseSeconds": 30 });
    assert_eq!(acting.item("job.start", start).await["code"], "queue_paused");
    let id = CommandId(Uuid::new_v4());
    acting.publish(id, "job.enqueue", json!({ "type": "export", "payload": {} })).await;
    acting.receipt(id).await.unwrap();
    Api::without_key(&replica).get("/api/jobs").await.expect(401);
    assert!(documented().len() > 10);
    eventually(LIMIT, "all metrics are shown", || async {
        (Metrics::of(&replica).await.types() == documented()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn requests_are_counted_by_name_and_outcome() {
    let Some(ground) = Ground::new("the metrics of requests").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let id = CommandId(Uuid::new_v4());
    for _ in 0..2 {
        acting.send_as(id, "metric.define", json!({ "code": "arr", "name": "ARR", "description": "" })).await.unwrap();
    }
    acting.send("metric.deprecate", json!({ "code": "mrr", "reason": "It was a mistake." })).await.unwrap_err();
    acting.query("metric.get", json!({ "code": "arr" })).await.unwrap();
    let stray = format!("{}.query.{}.metric.guess", ground.subjects, acting.tenant);
    request(client.nats(), &stray, &[], "{}").await;

    // a request is counted after it is answered
    let metrics = eventually(LIMIT, "all requests are counted", || async {
        let metrics = Metrics::of(&replica).await;
        (metrics.sum("plinth_requests_total", &[]) >= 7.0).then_some(metrics)
    })
    .await;
    let requests = |labels: &[&str]| metrics.sum("plinth_requests_total", labels);
    let define = r#"kind="command",name="DefineMetric""#;
    assert_eq!(requests(&[define, r#"outcome="accepted""#]), 1.0);
    assert_eq!(requests(&[define, r#"outcome="duplicate""#]), 1.0);
    assert_eq!(requests(&[r#"name="DeprecateMetric",outcome="refused",code="unknown_metric""#]), 1.0);
    assert_eq!(requests(&[&format!(r#"name="{}",outcome="accepted""#, QueryName::GetMetric.as_str())]), 1.0);
    assert_eq!(requests(&[r#"kind="query",name="unknown",outcome="refused",code="unknown_command""#]), 1.0);
    assert_eq!(requests(&[]), 7.0);
    assert_eq!(metrics.sum("plinth_request_duration_seconds_count", &[r#"kind="command""#]), 5.0);
    assert_eq!(metrics.sum("plinth_request_duration_seconds_bucket", &[r#"kind="query""#, r#"le="+Inf""#]), 1.0);
    assert_eq!(metrics.sum("plinth_batch_commands_sum", &[]), 5.0);
    assert!(metrics.sum("plinth_batch_duration_seconds_sum", &[]) > 0.0);
    ground.assert_verified().await;
}

#[tokio::test]
async fn duties_the_relay_and_the_pool_are_shown() {
    let Some(ground) = Ground::new("the metrics of duties").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    Acting::new(&client).await;
    let metrics = eventually(LIMIT, "the relay has caught up, all duties are held", || async {
        let metrics = Metrics::of(&replica).await;
        let caught_up = metrics.sum("plinth_relay_position", &[]) == 2.0;
        (caught_up && metrics.sum("plinth_duty_held", &[]) == 12.0).then_some(metrics)
    })
    .await;
    assert_eq!(metrics.sum("plinth_log_position", &[]), 2.0);
    assert_eq!(metrics.sum("plinth_relay_lag_events", &[]), 0.0);
    assert_eq!(metrics.sum("plinth_duty_held", &[r#"duty="relay""#]), 1.0);
    assert!(metrics.sum("plinth_pool_connections", &[]) >= 1.0);
}

#[tokio::test]
async fn jobs_are_counted_by_type_and_state_and_what_is_over_is_shown_no_more() {
    let Some(ground) = Ground::new("the metrics of jobs").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("export", json!({})).await;
    acting.enqueue("import", json!({ "runAt": "2030-01-01T00:00:00Z" })).await;
    let depth = |metrics: &Metrics, of: &str, state: &str| {
        metrics.sum("plinth_job_queue_depth", &[&format!(r#"type="{of}",state="{state}""#)])
    };
    let metrics = eventually(LIMIT, "the due job is offered and grows old", || async {
        let metrics = Metrics::of(&replica).await;
        let is_old = metrics.sum("plinth_job_queue_oldest_due_seconds", &[r#"type="export""#]) > 0.0;
        // gauges are looked up before counters are read, so the counter may be ahead
        let is_offered = depth(&metrics, "export", "published") == 1.0;
        (is_old && is_offered && metrics.sum("plinth_jobs_published_total", &[]) == 1.0).then_some(metrics)
    })
    .await;
    assert_eq!((depth(&metrics, "export", "published"), depth(&metrics, "import", "scheduled")), (1.0, 1.0));
    assert_eq!(metrics.sum("plinth_job_queue_oldest_due_seconds", &[r#"type="import""#]), 0.0);

    acting.send("job.cancel", json!({ "jobs": [job], "reason": "It is over." })).await.unwrap();
    let metrics = Metrics::of(&replica).await;
    let gauges = metrics.0.lines().filter(|line| line.starts_with("plinth_job_queue"));
    assert_eq!(gauges.filter(|line| line.contains(r#"type="export""#)).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(metrics.sum("plinth_job_queue_depth", &[]), 1.0);
}

#[tokio::test]
async fn jobs_are_timed_and_counted_by_how_they_end() {
    let Some(ground) = Ground::new("the metrics of the ends of jobs").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let enqueue = async || acting.enqueue("export", json!({ "maxAttempts": 2 })).await;
    let [good, bad, idle, silent] = [enqueue().await, enqueue().await, enqueue().await, enqueue().await];
    let second = acting.enqueue("export", json!({})).await;

    let token = acting.start(&good, 30).await;
    acting.result("job.complete", json!({ "jobs": [{ "jobId": good, "token": token }] })).await;
    for retryable in [true, false] {
        let token = acting.start(&bad, 30).await;
        let failure = json!({
            "jobId": bad, "token": token, "error": "no such page", "retryable": retryable, "retryAfterSeconds": 0
        });
        acting.result("job.fail", json!({ "jobs": [failure] })).await;
    }
    acting.result("job.cancel", json!({ "jobs": [idle], "reason": "It is over." })).await;
    acting.start(&silent, 1).await;
    acting.result("queue.pause", json!({ "type": "export" })).await;
    let start = json!({ "jobs": [second], "worker": "worker", "leaseSeconds": 30 });
    assert_eq!(acting.item("job.start", start).await["code"], "queue_paused");

    let metrics = eventually(LIMIT, "the lease of the silent worker ran out", || async {
        let metrics = Metrics::of(&replica).await;
        (metrics.sum("plinth_job_rescues_total", &[r#"reason="lease_expired""#]) == 1.0).then_some(metrics)
    })
    .await;
    let ends = |outcome: &str| metrics.sum("plinth_job_ends_total", &[&format!(r#"outcome="{outcome}""#)]);
    // the silent one is tried again, as was the one that failed
    assert_eq!(["completed", "retried", "failed", "cancelled", "expired"].map(ends), [1.0, 2.0, 1.0, 1.0, 0.0]);
    let of_type = [r#"type="export""#];
    assert_eq!(metrics.sum("plinth_job_ends_total", &of_type), 5.0);
    assert_eq!(metrics.sum("plinth_job_wait_seconds_count", &of_type), 4.0);
    assert_eq!(metrics.sum("plinth_job_run_seconds_count", &of_type), 4.0);
    let ran = metrics.sum("plinth_job_run_seconds_sum", &of_type);
    assert!((1.0..10.0).contains(&ran), "the silent one ran for its lease, so all ran for {ran} s");
    assert!(metrics.sum("plinth_job_wait_seconds_sum", &of_type) < 10.0);
    assert_eq!(metrics.sum("plinth_job_starts_refused_total", &[r#"type="export",code="queue_paused""#]), 1.0);
    assert!(!metrics.0.contains(&acting.tenant.to_string()), "tenants are never shown");
    ground.assert_verified().await;
}

#[tokio::test]
async fn only_the_replica_that_commits_counts() {
    let Some(ground) = Ground::new("the metrics of two replicas").await else { return };
    let replicas = [ground.replica().await, ground.replica().await];
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for _ in 0..20 {
        let job = acting.enqueue("export", json!({})).await;
        let token = acting.start(&job, 30).await;
        acting.result("job.complete", json!({ "jobs": [{ "jobId": job, "token": token }] })).await;
    }
    let shown = [Metrics::of(&replicas[0]).await, Metrics::of(&replicas[1]).await];
    let sum = |name: &str| shown.iter().map(|metrics| metrics.sum(name, &[r#"type="export""#])).sum::<f64>();
    assert_eq!(sum("plinth_job_ends_total"), 20.0);
    assert_eq!((sum("plinth_job_wait_seconds_count"), sum("plinth_job_run_seconds_count")), (20.0, 20.0));
}

#[tokio::test]
async fn durable_commands_are_counted_by_outcome() {
    let Some(ground) = Ground::new("the metrics of the intake").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let (good, bad) = (CommandId(Uuid::new_v4()), CommandId(Uuid::new_v4()));
    acting.publish(good, "metric.define", json!({ "code": "arr", "name": "ARR", "description": "" })).await;
    acting.publish(good, "metric.define", json!({ "code": "arr", "name": "ARR", "description": "" })).await;
    acting.publish(bad, "metric.deprecate", json!({ "code": "mrr", "reason": "It was a mistake." })).await;
    acting.receipt(bad).await.unwrap_err();
    let metrics = eventually(LIMIT, "all three are settled", || async {
        let metrics = Metrics::of(&replica).await;
        (metrics.sum("plinth_intake_verdicts_total", &[]) == 3.0).then_some(metrics)
    })
    .await;
    let verdicts = |labels: &[&str]| metrics.sum("plinth_intake_verdicts_total", labels);
    assert_eq!(verdicts(&[r#"outcome="accepted""#]), 1.0);
    assert_eq!(verdicts(&[r#"outcome="duplicate""#]), 1.0);
    assert_eq!(verdicts(&[r#"outcome="refused",code="unknown_metric""#]), 1.0);
    assert_eq!(metrics.sum("plinth_intake_messages_total", &[]), 3.0);
    assert_eq!(metrics.sum("plinth_intake_redeliveries_total", &[]), 0.0);
    assert_eq!(metrics.sum("plinth_parked_commands", &[]), 0.0);
}

/// Lets nobody connect to the database of a test, and ends all connections; or lets everybody connect again.
async fn allow_connections(ground: &Ground, is_allowed: bool) {
    let (server, database) = ground.database_url.rsplit_once('/').unwrap();
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    let allow = format!("alter database {database} allow_connections {is_allowed}");
    sqlx::query(&allow).execute(&mut connection).await.unwrap();
    if !is_allowed {
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
        sqlx::query(end).bind(database).execute(&mut connection).await.unwrap();
    }
}

#[tokio::test]
async fn without_postgres_its_figures_are_left_out_and_redeliveries_are_counted() {
    let Some(ground) = Ground::new("metrics without Postgres").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    eventually(LIMIT, "the relay has caught up", || async {
        (Metrics::of(&replica).await.sum("plinth_relay_position", &[]) == 2.0).then_some(())
    })
    .await;
    allow_connections(&ground, false).await;
    let id = CommandId(Uuid::new_v4());
    acting.publish(id, "metric.define", json!({ "code": "arr", "name": "ARR", "description": "" })).await;
    let metrics = eventually(LIMIT, "the message comes again", || async {
        let metrics = Metrics::of(&replica).await;
        (metrics.sum("plinth_intake_redeliveries_total", &[]) > 0.0).then_some(metrics)
    })
    .await;
    assert_eq!(metrics.types().get("plinth_log_position"), None);
    assert_eq!(metrics.sum("plinth_relay_position", &[]), 2.0);
    allow_connections(&ground, true).await;
    acting.receipt(id).await.unwrap();
}
