//! `sequenceKey`: jobs of one key run one after the other, in the order in which they were enqueued.

use std::{collections::HashMap, sync::Mutex};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{LIMIT, Verdict};
use crate::support::{Acting, Ground, eventually};

const KEYS: [&str; 3] = ["a", "b", "c"];
const JOBS_PER_KEY: usize = 20;
const WORKERS: usize = 4;

/// What the workers did, in order: which job of which key, and whether it began.
#[derive(Default)]
struct Diary(Mutex<Vec<(&'static str, usize, bool)>>);

impl Diary {
    fn write(&self, key: &'static str, number: usize, begins: bool) {
        self.0.lock().unwrap().push((key, number, begins));
    }

    /// Of each key, attempts follow one another, and no job begins before all attempts of the one before it are over.
    fn check(self) {
        let diary = self.0.into_inner().unwrap();
        for key in KEYS {
            let of_key: Vec<_> = diary.iter().filter(|entry| entry.0 == key).collect();
            for attempt in of_key.chunks(2) {
                let [(_, begun, true), (_, ended, false)] = attempt else { panic!("two at once: {of_key:?}") };
                assert_eq!(begun, ended, "two at once: {of_key:?}");
            }
            let numbers: Vec<usize> = of_key.iter().map(|entry| entry.1).collect();
            assert!(numbers.is_sorted(), "{numbers:?}");
            assert_eq!(numbers.last(), Some(&(JOBS_PER_KEY - 1)));
        }
    }
}

/// Tries to start every job, whatever the dispatcher thinks of it, until all have ended.
async fn work(acting: &Acting<'_>, worker: usize, jobs: &HashMap<String, (&'static str, usize)>, diary: &Diary) {
    let ids: Vec<Value> = jobs.keys().map(|id| json!(id)).collect();
    let name = format!("worker-{worker}");
    eventually(4 * LIMIT, "all jobs have ended", async || {
        let items = acting.start_some(&ids, &name).await;
        join_all(items.iter().map(async |item| {
            let (key, number) = jobs[item["jobId"].as_str().unwrap()];
            diary.write(key, number, true);
            tokio::task::yield_now().await;
            let verdict = match (number % 6, item["attempt"].as_u64().unwrap()) {
                (1, 1) | (2, 1 | 2) => Verdict::Fail { retryable: true },
                (3, _) => Verdict::Fail { retryable: false },
                (4, 1) if number == 4 && worker.is_multiple_of(2) => Verdict::Snooze,
                _ => Verdict::Complete,
            };
            diary.write(key, number, false);
            acting.finish(item, verdict).await;
        }))
        .await;
        let open = acting.query("job.list", json!({ "status": "pending", "limit": 1 })).await.unwrap();
        (items.is_empty() && open["jobs"] == json!([])).then_some(())
    })
    .await;
}

#[tokio::test]
async fn jobs_of_a_sequence_key_run_one_after_the_other_through_failures_and_retries() {
    let Some(ground) = Ground::new("sequence keys").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let mut jobs = HashMap::new();
    for number in 0..JOBS_PER_KEY {
        for key in KEYS {
            let job = acting.enqueue("step", json!({ "sequenceKey": key })).await;
            jobs.insert(job.as_str().unwrap().to_owned(), (key, number));
        }
    }
    let diary = Diary::default();
    join_all((0..WORKERS).map(|worker| work(&acting, worker, &jobs, &diary))).await;
    diary.check();
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_retried_job_comes_last_in_its_line() {
    let Some(ground) = Ground::new("retrying in a line").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let mut line = Vec::new();
    for _ in 0..3 {
        line.push(acting.enqueue("step", json!({ "sequenceKey": "order 7" })).await);
    }
    let [first, second, third] = line.as_slice() else { panic!("three jobs") };
    let started = acting.start_released(first).await;
    acting.finish(&started, Verdict::Fail { retryable: false }).await;
    let started = acting.start_released(second).await;
    assert_eq!(acting.item("job.retry", json!({ "jobs": [first] })).await["status"], "pending");
    assert_eq!(acting.start_refusal(first).await, "blocked");
    acting.finish(&started, Verdict::Complete).await;
    let started = acting.start_released(third).await;
    assert_eq!(acting.start_refusal(first).await, "blocked");
    acting.finish(&started, Verdict::Complete).await;
    acting.start_released(first).await;
    ground.assert_verified().await;
}
