//! Workers, replicas, nats-server and Postgres are killed in random order under a load of jobs. Afterwards the log tells
//! whether everything that was promised held all the time.

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use plinth_events::{CommandId, TenantId};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    alone,
    oracle::{assert_completed_once, assert_stream_is_log, assert_verified},
};
use crate::support::{Acting, Ground, Replica, eventually};

const JOB_TYPE: &str = "shaken";
/// Most jobs of the type that may run at a time.
const CAP: u32 = 12;
const MAX_ATTEMPTS: u32 = 5;
const REPLICAS: usize = 3;
const WORKERS: usize = 3;
/// Jobs per batch, and the pause between two batches.
const BATCH: usize = 20;
const PAUSE: Duration = Duration::from_millis(400);
/// How long it goes on when PLINTH_TEST_CHAOS_SECONDS does not say so.
const DEFAULT_SECONDS: u64 = 20;
/// Longest wait for the last jobs, once nothing is killed any more.
const END_LIMIT: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_no_job_is_lost_none_is_done_twice_and_no_limit_is_exceeded() {
    let _alone = alone().await;
    let Some(mut ground) = Ground::with_own_servers("random kills").await else { return };
    let seconds = std::env::var("PLINTH_TEST_CHAOS_SECONDS").ok().and_then(|text| text.parse().ok());
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(DEFAULT_SECONDS));
    let mut replicas = Vec::new();
    for _ in 0..REPLICAS {
        replicas.push(ground.replica().await);
    }
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let settings = json!({ "type": JOB_TYPE, "settings": { "concurrency": CAP } });
    acting.result("queue.configure", settings).await;
    let load = Load::start(&ground, acting.tenant).await;
    let mut workers: Vec<Child> = (0..WORKERS).map(|_| worker(&ground, acting.tenant)).collect();

    let seed = rand::random();
    println!("the kills are those of seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(random.random_range(200..2_000))).await;
        match random.random_range(0..10) {
            0..4 => {
                let mut killed = workers.swap_remove(random.random_range(0..workers.len()));
                killed.kill().await.unwrap();
                workers.push(worker(&ground, acting.tenant));
            }
            4..7 => {
                replicas.swap_remove(random.random_range(0..replicas.len())).kill().await;
                replicas.push(Replica::start(&ground).await);
            }
            7..9 => ground.servers.as_mut().unwrap().nats.restart().await.unwrap(),
            _ => ground.servers.as_mut().unwrap().postgres.restart().await.unwrap(),
        }
    }
    let enqueued = load.stop().await;
    let pool = ground.pool().await;
    await_end_of_all(&pool).await;
    let log = Log::read(&pool).await;
    log.check(enqueued);
    assert_completed_once(&pool).await;
    assert_stream_is_log(&ground, &pool).await;
    assert_verified(&ground).await;
}

/// A worker process that may be killed: the program takes 20 ms for a job, and its lease is short.
fn worker(ground: &Ground, tenant: TenantId) -> Child {
    Command::new(env!("CARGO_BIN_EXE_plinth"))
        .args(["work", JOB_TYPE, "--exec", "sleep 0.02", "--concurrency", "8", "--lease-seconds", "2"])
        .envs(ground.environment())
        .env("PLINTH_TENANT", tenant.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Enqueues jobs, each batch under one command id until it is accepted.
struct Load {
    enqueued: Arc<AtomicU64>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Load {
    async fn start(ground: &Ground, tenant: TenantId) -> Self {
        let (enqueued, stop) = (Arc::new(AtomicU64::new(0)), CancellationToken::new());
        let client = ground.client().await;
        let (counted, stopped) = (enqueued.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let job = json!({ "type": JOB_TYPE, "payload": null, "maxAttempts": MAX_ATTEMPTS,
                "retry": { "policy": "fixed", "seconds": 0 } });
            let acting = Acting { client: &client, tenant, user: plinth_events::UserId(Uuid::nil()) };
            while !stopped.is_cancelled() {
                let id = CommandId(Uuid::new_v4());
                let body = json!({ "jobs": vec![job.clone(); BATCH] });
                while acting.send_as(id, "job.enqueue-batch", body.clone()).await.is_err() {}
                counted.fetch_add(BATCH as u64, Relaxed);
                tokio::time::sleep(PAUSE).await;
            }
        });
        Self { enqueued, stop, task }
    }

    async fn stop(self) -> u64 {
        self.stop.cancel();
        self.task.await.unwrap();
        self.enqueued.load(Relaxed)
    }
}

async fn await_end_of_all(pool: &PgPool) {
    eventually(END_LIMIT, "all jobs have ended", async || {
        let query = r#"select count(*) from "Job" where "status" in ('pending', 'processing')"#;
        let open: i64 = sqlx::query_scalar(query).fetch_one(pool).await.ok()?;
        (open == 0).then_some(())
    })
    .await;
}

/// The events of all jobs, in order.
struct Log(Vec<(String, String, Value)>);

impl Log {
    async fn read(pool: &PgPool) -> Self {
        let rows = sqlx::query_as(
            "select aggregate_id, event_type, payload::jsonb from plinth.events
             where aggregate_type = 'job' order by position",
        );
        Self(rows.fetch_all(pool).await.unwrap())
    }

    /// Every attempt is closed once, none is begun beyond the limits, every job has come to an end.
    fn check(&self, enqueued: u64) {
        let mut open: HashMap<&str, u64> = HashMap::new();
        let mut attempts: HashMap<&str, u64> = HashMap::new();
        let mut ended: HashMap<&str, &str> = HashMap::new();
        for (job, event_type, data) in &self.0 {
            let token = data["token"].as_u64();
            match event_type.as_str() {
                "JobEnqueued" => {
                    attempts.insert(job, 0);
                }
                "JobStarted" => {
                    assert!(!ended.contains_key(job.as_str()), "{job} started after its end");
                    assert_eq!(open.insert(job, token.unwrap()), None, "{job} has two attempts at once");
                    assert!(open.len() <= CAP as usize, "{} jobs run at a time", open.len());
                    let attempt = data["attempt"].as_u64().unwrap();
                    assert!(attempt <= u64::from(MAX_ATTEMPTS), "{job} has attempt {attempt}");
                    attempts.insert(job, attempt);
                }
                "JobCompleted" | "JobFailed" | "JobLeaseExpired" | "JobSnoozed" => {
                    assert_eq!(open.remove(job.as_str()), token, "{event_type} of {job} closes another attempt");
                    if event_type != "JobSnoozed" && data["retryAt"].is_null() {
                        assert_eq!(ended.insert(job, event_type), None, "{job} ended twice");
                    }
                }
                other => panic!("{other} was not expected"),
            }
        }
        assert!(open.is_empty(), "{} attempts were never closed", open.len());
        assert_eq!((attempts.len() as u64, ended.len() as u64), (enqueued, enqueued), "jobs were lost");
    }
}
