//! Many workers that want the same jobs.

use std::time::Duration;

use futures_util::future::join_all;
use plinth_client::{SendOptions, Worker};
use plinth_events::{
    Command, JobId,
    command::job::{CompleteJobs, Completion, StartJobs},
    reply::{JobItems, JobOutcome},
};
use serde_json::{Value, json};

use super::alone;
use crate::support::{Acting, Ground, eventually};

const WORKERS: usize = 64;
const BATCHES: usize = 20;
const BATCH: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_workers_that_race_for_10000_jobs_one_wins_each_attempt() {
    let _alone = alone().await;
    let Some(ground) = Ground::new("64 workers race").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = json!({ "type": "raced_for", "payload": null });
    let mut batches: Vec<Vec<JobId>> = Vec::new();
    for _ in 0..BATCHES {
        let mut enqueued: Value = acting.result("job.enqueue-batch", json!({ "jobs": vec![job.clone(); BATCH] })).await;
        batches.push(serde_json::from_value(enqueued["jobIds"].take()).unwrap());
    }
    // everybody asks for everything, and begins somewhere else
    let workers = (0..WORKERS).map(|number| {
        let (client, batches) = (client.clone(), &batches);
        let tenant = acting.tenant;
        async move {
            let mut won = 0;
            for place in 0..BATCHES {
                let jobs = batches[(place + number) % BATCHES].clone();
                let worker = format!("worker-{number}").parse().unwrap();
                let start = Command::StartJobs(StartJobs { jobs, worker, lease_seconds: Some(300) });
                let started: JobItems = client.send_for(tenant, &start, &SendOptions::new()).await.unwrap();
                let jobs = started.jobs.into_iter().filter_map(|item| match item.outcome {
                    JobOutcome::Started { token, .. } => Some(Completion { job_id: item.job_id, token, result: None }),
                    _ => None,
                });
                let jobs: Vec<Completion> = jobs.collect();
                won += jobs.len();
                if !jobs.is_empty() {
                    let complete = Command::CompleteJobs(CompleteJobs { jobs });
                    client.send(tenant, &complete, &SendOptions::new()).await.unwrap();
                }
            }
            won
        }
    });
    let won: usize = join_all(workers).await.into_iter().sum();
    assert_eq!(won, BATCHES * BATCH);
    let pool = ground.pool().await;
    let (starts, jobs, completions): (i64, i64, i64) = sqlx::query_as(
        "select count(*) filter (where event_type = 'JobStarted'),
                count(distinct aggregate_id) filter (where event_type = 'JobStarted'),
                count(distinct aggregate_id) filter (where event_type = 'JobCompleted')
         from plinth.events
         where aggregate_type = 'job'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    let all = (BATCHES * BATCH) as i64;
    assert_eq!((starts, jobs, completions), (all, all, all));
    // invitations that are left name jobs that have ended; a worker drops them and finds nothing to do
    let handlers = plinth_client::Handlers::new()
        .handle("raced_for".parse().unwrap(), async |_| Ok::<(), plinth_client::JobFailure>(()));
    let stop = tokio_util::sync::CancellationToken::new();
    let working = tokio::spawn(Worker::new(&client, handlers).run(stop.clone()));
    eventually(Duration::from_secs(20), "the queue is empty", async || {
        let left: i64 = sqlx::query_scalar("select count(*) from plinth.job_queue").fetch_one(&pool).await.unwrap();
        (left == 0).then_some(())
    })
    .await;
    stop.cancel();
    working.await.unwrap();
}
