//! Jobs while workers and replicas die: each is started again and completed once.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use plinth_client::{Client, Handlers, Worker};
use serde_json::json;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::{
    alone,
    oracle::{assert_completed_once, assert_stream_is_log, assert_verified},
};
use crate::support::{Acting, Ground, eventually};

/// Longest wait until the jobs of a test are done.
const DONE_LIMIT: Duration = Duration::from_secs(40);

#[tokio::test]
async fn the_jobs_of_a_worker_that_dies_are_started_again_after_their_lease() {
    let _alone = alone().await;
    let Some(ground) = Ground::new("a worker dies").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    enqueue(&client, 8).await;

    let begun = Arc::new(AtomicUsize::new(0));
    let stuck = {
        let begun = Arc::clone(&begun);
        let handler = move |_| {
            begun.fetch_add(1, Relaxed);
            pending::<Result<(), _>>()
        };
        let worker = Worker::new(&client, Handlers::new().handle(job_type(), handler));
        tokio::spawn(worker.concurrency(4).lease(Duration::from_secs(1)).run(CancellationToken::new()))
    };
    eventually(DONE_LIMIT, "the worker is in the middle of its jobs", async || {
        (begun.load(Relaxed) == 4).then_some(())
    })
    .await;
    stuck.abort();

    let pool = ground.pool().await;
    work_until_done(&client, &pool, 8).await;
    let expired = count(&pool, "JobLeaseExpired").await;
    assert_eq!(expired, 4, "attempts that ended with their lease");
    check(&ground, &pool).await;
    assert_eq!(replica.stop().await, Some(0));
}

#[tokio::test]
async fn every_job_is_completed_once_while_replicas_are_killed() {
    let _alone = alone().await;
    let Some(ground) = Ground::with_own_servers("replicas die under workers").await else { return };
    let mut replicas = [ground.replica().await, ground.replica().await];
    let client = ground.client().await;
    let pool = ground.pool().await;
    enqueue(&client, 500).await;

    let done = CancellationToken::new();
    let working = async {
        work_until_done(&client, &pool, 500).await;
        done.cancel();
    };
    let killing = async {
        for goal in [50, 150, 250] {
            eventually(DONE_LIMIT, "jobs are completed", async || {
                (count(&pool, "JobCompleted").await >= goal || done.is_cancelled()).then_some(())
            })
            .await;
            assert!(!done.is_cancelled(), "all jobs were done before the last kill");
            let [first, second] = replicas;
            first.kill().await;
            replicas = [second, ground.replica().await];
        }
        replicas
    };
    let ((), _replicas) = tokio::join!(working, killing);
    check(&ground, &pool).await;
}

fn job_type() -> plinth_events::names::JobType {
    "fault_tested".parse().unwrap()
}

async fn enqueue(client: &Client, jobs: usize) {
    let acting = Acting::new(client).await;
    let jobs = vec![json!({ "type": job_type(), "payload": {}, "maxAttempts": 50 }); jobs];
    acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await.unwrap();
}

/// Runs a worker until so many jobs are done.
async fn work_until_done(client: &Client, pool: &PgPool, jobs: i64) {
    let stop = CancellationToken::new();
    let handler = async |_| {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(())
    };
    let worker = Worker::new(client, Handlers::new().handle(job_type(), handler));
    let running = tokio::spawn(worker.concurrency(16).lease(Duration::from_secs(15)).run(stop.clone()));
    eventually(DONE_LIMIT, "all jobs are completed", async || {
        (count(pool, "JobCompleted").await >= jobs).then_some(())
    })
    .await;
    stop.cancel();
    running.await.unwrap();
}

/// How many events of a type the log has.
async fn count(pool: &PgPool, event_type: &str) -> i64 {
    sqlx::query_scalar("select count(*) from plinth.events where event_type = $1")
        .bind(event_type)
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn check(ground: &Ground, pool: &PgPool) {
    assert_completed_once(pool).await;
    assert_stream_is_log(ground, pool).await;
    assert_verified(ground).await;
}
