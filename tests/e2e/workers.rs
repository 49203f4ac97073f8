//! Workers of the SDK, from outside.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use plinth_client::{Job, JobFailure, Worker};
use serde_json::json;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::support::{Acting, Ground, eventually};

/// Longest wait for a job to start, or to have failed.
const START_LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_cancellation_reaches_a_running_handler_within_a_second() {
    let Some(ground) = Ground::new("cancelling a running handler").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({})).await;
    // the next heartbeat is twenty minutes away
    let worker = Worker::builder(&client, "report".parse().unwrap()).lease(Duration::from_secs(3_600));
    let (heard, hears) = oneshot::channel();
    let heard = Mutex::new(Some(heard));
    let worker = worker.handler(move |job: Job| {
        let heard = heard.lock().unwrap().take();
        async move {
            job.cancelled.cancelled().await;
            heard.into_iter().for_each(|heard| heard.send(Instant::now()).unwrap());
            Err::<(), _>(JobFailure::permanent("stopped"))
        }
    });
    let stop = CancellationToken::new();
    let working = tokio::spawn(worker.run(stop.clone()));
    eventually(START_LIMIT, "the job runs", || async { (acting.job(&job).await.0 == "processing").then_some(()) })
        .await;
    let asked = Instant::now();
    acting.result("job.cancel", json!({ "jobs": [job], "reason": "enough" })).await;
    let took = hears.await.unwrap() - asked;
    assert!(took < Duration::from_secs(1), "{took:?}");
    eventually(START_LIMIT, "the job has failed", || async { (acting.job(&job).await.0 == "failed").then_some(()) })
        .await;
    assert_eq!(acting.job(&job).await.2.as_deref(), Some("cancelled: enough"));
    stop.cancel();
    working.await.unwrap();
}
