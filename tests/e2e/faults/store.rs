//! JetStream lost, all of it or a message: what it held copies of is there again.

use std::time::{Duration, Instant};

use async_nats::jetstream;
use plinth_events::CommandId;
use serde_json::json;
use uuid::Uuid;

use super::load::LEFT_TO_WORKERS;
use crate::{
    faults::{Load, alone},
    support::{Acting, Ground, eventually},
};

/// Longest wait until what was lost is there again.
const REBUILD_LIMIT: Duration = Duration::from_secs(15);
/// Longest wait until one lost message is missed.
const SEARCH_LIMIT: Duration = Duration::from_secs(30);
/// Longest wait until a deleted work queue is there again.
const REPUBLISH_LIMIT: Duration = Duration::from_secs(10);
/// Jobs that wait for a worker while JetStream is lost: no more than are offered ahead of workers.
const WAITING_JOBS: usize = 30;

#[tokio::test]
async fn a_lost_jetstream_is_rebuilt_with_the_same_sequence_numbers_and_pending_jobs_are_published_again() {
    let _alone = alone().await;
    let Some(mut ground) = Ground::with_own_servers("JetStream is lost").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let jobs = vec![json!({ "type": LEFT_TO_WORKERS, "payload": {} }); WAITING_JOBS];
    acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await.unwrap();
    await_invitations(&ground).await;
    let load = Load::without_publishers(&ground).await;
    load.progress(200).await;

    let nats = &mut ground.servers.as_mut().unwrap().nats;
    nats.kill().await.unwrap();
    nats.wipe_store().unwrap();
    nats.restart().await.unwrap();

    await_invitations(&ground).await;
    let id = CommandId(Uuid::new_v4());
    let body = json!({ "code": "after", "name": "After", "description": "All was lost." });
    acting.publish(id, "metric.define", body).await;
    assert_eq!(acting.receipt(id).await.unwrap().events.len(), 1);
    load.progress(200).await;
    load.stop().await.check(&ground).await;
    assert_eq!(replica.stop().await, Some(0));
}

#[tokio::test]
async fn an_invitation_that_is_lost_on_its_own_is_published_again() {
    let Some(ground) = Ground::new("an invitation is lost").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.result("job.enqueue", json!({ "type": LEFT_TO_WORKERS, "payload": {} })).await["jobId"].clone();
    let jetstream = jetstream::new(ground.nats().await);
    let stream = eventually(REBUILD_LIMIT, "the work queue", async || {
        jetstream.get_stream(ground.subjects.jobs_stream()).await.ok()
    })
    .await;
    let invitation = async |after: u64| {
        let subject = ground.subjects.jobs_of(&LEFT_TO_WORKERS.parse().unwrap());
        stream.get_first_raw_message_by_subject(subject, after + 1).await.ok()
    };
    let lost = eventually(REBUILD_LIMIT, "the job is in the work queue", async || invitation(0).await).await;
    stream.delete_message(lost.sequence).await.unwrap();
    let again =
        eventually(SEARCH_LIMIT, "the job is in the work queue", async || invitation(lost.sequence).await).await;
    let again: serde_json::Value = serde_json::from_slice(&again.payload).unwrap();
    assert_eq!(again["jobId"], job);
}

#[tokio::test]
async fn a_deleted_work_queue_is_filled_again_in_time_and_what_runs_is_not_started_twice() {
    let Some(ground) = Ground::new("the work queue is deleted").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(acting.enqueue(LEFT_TO_WORKERS, json!({})).await);
    }
    for _ in 0..5 {
        ground.invitation(LEFT_TO_WORKERS).await;
    }
    let (running, waiting) = jobs.split_at(2);
    for job in running {
        acting.start(job, 60).await;
    }
    let jetstream = jetstream::new(ground.nats().await);
    jetstream.delete_stream(ground.subjects.jobs_stream()).await.unwrap();
    let deleted = Instant::now();
    let mut invited = Vec::new();
    for _ in waiting {
        invited.push(json!(ground.invitation(LEFT_TO_WORKERS).await.job_id));
    }
    assert!(deleted.elapsed() < REPUBLISH_LIMIT, "{:?}", deleted.elapsed());
    assert!(waiting.iter().all(|job| invited.contains(job)), "{invited:?}");
    for job in running {
        assert_eq!(acting.item("job.start", json!({ "jobs": [job], "worker": "w" })).await["code"], "already_started");
    }
}

/// Every waiting job has a message in the work queue.
async fn await_invitations(ground: &Ground) {
    let jetstream = jetstream::new(ground.nats().await);
    let consumer = ground.subjects.job_consumer(&LEFT_TO_WORKERS.parse().unwrap());
    eventually(REBUILD_LIMIT, "waiting jobs are in the work queue", async || {
        let stream = jetstream.get_stream(ground.subjects.jobs_stream()).await.ok()?;
        let pending = stream.consumer_info(&consumer).await.ok()?.num_pending;
        (pending >= WAITING_JOBS as u64).then_some(())
    })
    .await;
}
