//! A job as it was at any time: the answers are what the table said at that time.

use futures_util::{StreamExt, future::join_all, stream};
use plinth_events::time::Moment;
use serde_json::{Value, json};

use crate::support::{Acting, Ground};

/// Jobs with a history each.
const JOBS: usize = 20;
/// Commands to each of them.
const COMMANDS: usize = 12;
/// Questions about the past.
const POINTS: usize = 1_000;
/// Queries under way at a time.
const IN_FLIGHT: usize = 16;

/// A job, and its row after each command that changed it.
struct Observed {
    job: Value,
    rows: Vec<(u64, Value)>,
    /// Events in the middle of a command, where no table ever stood.
    middles: Vec<u64>,
}

impl Observed {
    /// A job to which random things happen.
    async fn new(acting: &Acting<'_>) -> Self {
        let reply = acting.send("job.enqueue", json!({ "type": "report", "payload": { "page": 1.50 } })).await.unwrap();
        let result: Value = reply.result_as().unwrap();
        let mut observed = Self { job: result["jobId"].clone(), rows: Vec::new(), middles: Vec::new() };
        observed.look(acting, reply.position).await;
        let mut token = json!(0);
        for _ in 0..COMMANDS {
            let (command, body) = observed.random_command(&token);
            let reply = acting.send(command, body).await.unwrap();
            let result: Value = reply.result_as().unwrap();
            if result["jobs"][0]["status"] == "started" {
                token = result["jobs"][0]["token"].clone();
            }
            if let Some((last, middle)) = reply.events.split_last() {
                observed.middles.extend(middle.iter().map(|event| event.position));
                observed.look(acting, last.position).await;
            }
        }
        observed
    }

    fn random_command(&self, token: &Value) -> (&'static str, Value) {
        let job = &self.job;
        let held = |more: Value| {
            let mut item = json!({ "jobId": job, "token": token });
            item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "jobs": [item] })
        };
        match rand::random_range(0..12) {
            0..=4 => ("job.start", json!({ "jobs": [job], "worker": "worker", "leaseSeconds": 60 })),
            5 | 6 => ("job.fail", held(json!({ "error": "no such page", "retryAfterSeconds": 0 }))),
            7 => ("job.fail", held(json!({ "error": "never", "retryable": false }))),
            8 => ("job.snooze", held(json!({ "seconds": 0 }))),
            9 => ("job.cancel", json!({ "jobs": [job], "reason": "not needed" })),
            10 => ("job.retry", json!({ "jobs": [job], "reason": "it may go now" })),
            _ if rand::random_bool(0.3) => ("job.complete", held(json!({ "result": { "pages": 3 } }))),
            _ => ("job.start", json!({ "jobs": [job], "worker": "other", "leaseSeconds": 60 })),
        }
    }

    async fn look(&mut self, acting: &Acting<'_>, position: u64) {
        self.rows.push((position, acting.query("job.get", json!({ "jobId": self.job })).await.unwrap()));
    }

    /// The row at a position; none before the job was enqueued.
    fn row_at(&self, position: u64) -> Option<&Value> {
        self.rows.iter().rev().find(|(at, _)| *at <= position).map(|(_, row)| row)
    }
}

/// The row that the query answers for a point, without the phase; none when the job is unknown.
async fn asked(acting: &Acting<'_>, job: &Value, known_at: Value) -> Option<Value> {
    let found = acting.query("job.get", json!({ "jobId": job, "knownAt": known_at })).await;
    let Ok(mut row) = found else {
        assert_eq!(Acting::refusal(found), "unknown_job");
        return None;
    };
    let phase = row.as_object_mut().unwrap().remove("phase").unwrap();
    assert_eq!(phase["name"], row["status"], "{row}");
    Some(row)
}

async fn history(acting: &Acting<'_>, job: &Value) -> Vec<Value> {
    let page = acting.query("job.history", json!({ "jobId": job })).await.unwrap();
    assert_eq!(page["next"], json!(null));
    page["events"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_job_as_of_any_time_or_position_is_what_its_row_was_then() {
    let Some(ground) = Ground::new("jobs as of any time").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let jobs = join_all((0..JOBS).map(|_| Observed::new(&acting))).await;
    let last = ground.position().await;
    let log = acting.query("events.read", json!({ "limit": 1000 })).await.unwrap();
    let recorded_at = |position: u64| -> Moment {
        let event = log["events"].as_array().unwrap().iter().find(|event| event["position"] == position);
        event.unwrap()["recordedAt"].as_str().unwrap().parse().unwrap()
    };

    let check = async |(job, position): (&Observed, u64)| {
        let expected = job.row_at(position);
        assert_eq!(asked(&acting, &job.job, json!(position)).await.as_ref(), expected, "at {position}");
        if position > 0 {
            let time = recorded_at(position);
            assert_eq!(asked(&acting, &job.job, json!(time)).await.as_ref(), expected, "at {time}");
        }
    };
    let random = (0..POINTS).map(|_| (&jobs[rand::random_range(0..JOBS)], rand::random_range(0..=last)));
    let random = random.filter(|(job, position)| !job.middles.contains(position));
    stream::iter(random).map(check).buffer_unordered(IN_FLIGHT).collect::<()>().await;
    for job in &jobs {
        let events = history(&acting, &job.job).await;
        let positions: Vec<u64> = events.iter().map(|event| event["position"].as_u64().unwrap()).collect();
        assert!(positions.is_sorted() && job.rows.iter().all(|(position, _)| positions.contains(position)));
        let now = acting.query("job.get", json!({ "jobId": job.job })).await.unwrap();
        assert_eq!(asked(&acting, &job.job, json!(last)).await, Some(now));
    }
}

#[tokio::test]
async fn the_history_of_a_job_is_a_timeline_with_who_and_how_long() {
    let Some(ground) = Ground::new("plinth job history").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    acting.item("job.fail", json!({ "jobs": [{ "jobId": job, "token": token, "error": "no such page" }] })).await;
    let (id, tenant) = (job.as_str().unwrap(), acting.tenant.to_string());
    let shown = async |more: &[&str]| {
        let arguments = [&["job", "history", id, "--tenant", &tenant], more].concat();
        let shown = ground.plinth(&arguments).await;
        assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
        String::from_utf8(shown.stdout).unwrap()
    };

    let lines = shown(&["--json"]).await;
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events, history(&acting, &job).await);
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["JobEnqueued", "JobStarted", "JobFailed"]);
    let table = shown(&[]).await;
    for told in ["enqueued", "started", "failed", "no such page", &acting.user.to_string()] {
        assert!(table.contains(told), "{told}: {table}");
    }

    let started = events[1]["position"].to_string();
    let then: Value = serde_json::from_str(&shown(&["--at", &started, "--json"]).await).unwrap();
    assert_eq!((&then["status"], &then["phase"]["worker"]), (&json!("processing"), &json!("worker")));
    let table = shown(&["--at", &started]).await;
    assert!(table.contains("processing") && !table.contains("no such page"), "{table}");
    let before = ground.plinth(&["job", "history", id, "--tenant", &tenant, "--at", "1"]).await;
    assert!(String::from_utf8_lossy(&before.stderr).contains("unknown_job"));
}
