//! Several replicas on one database and one NATS: all take commands, one at a time has a duty, and another one takes it
//! over.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use async_nats::jetstream;
use futures_util::StreamExt;
use nix::sys::signal::Signal;
use plinth_events::CommandId;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    faults::{Load, alone},
    support::{Acting, Ground, eventually},
};

/// Duties of a dead replica are with another one after this.
const TAKE_OVER_LIMIT: Duration = Duration::from_secs(10);
/// What one replica does at a time.
const DUTIES: [&str; 12] = [
    "bulk-actions",
    "dispatcher",
    "erasure",
    "flow",
    "intake",
    "leases",
    "notary",
    "relay",
    "retention",
    "scheduler",
    "statistics",
    "webhooks",
];

#[tokio::test]
async fn two_replicas_that_start_at_once_on_an_empty_database_both_serve() {
    let Some(ground) = Ground::new("two replicas start at once").await else { return };
    let (one, other) = tokio::join!(ground.replica(), ground.replica());
    assert_eq!((one.get("/readyz").await.0, other.get("/readyz").await.0), (200, 200));
}

#[tokio::test]
async fn both_replicas_take_commands_and_when_the_holder_of_the_duties_is_killed_the_other_takes_over() {
    let _alone = alone().await;
    let Some(ground) = Ground::with_own_servers("the holder of the duties is killed").await else { return };
    let holder = ground.replica().await;
    let pool = ground.pool().await;
    let before = await_holder(&pool, None).await;
    let other = ground.replica().await;
    let load = Load::start(&ground).await;
    load.progress(200).await;
    let taken = commands_taken(&ground.nats().await, 2).await;
    assert!(taken.values().all(|commands| *commands > 20), "both take commands: {taken:?}");

    holder.kill().await;
    let killed = Instant::now();
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    tokio::join!(
        async {
            await_holder(&pool, Some(before)).await;
            println!("duties: {} ms", killed.elapsed().as_millis());
        },
        async {
            await_published_event(&ground, &acting).await;
            println!("events: {} ms", killed.elapsed().as_millis());
        },
        async {
            await_dispatched_job(&ground, &acting).await;
            println!("jobs: {} ms", killed.elapsed().as_millis());
        },
        async {
            await_receipt(&acting).await;
            println!("intake: {} ms", killed.elapsed().as_millis());
        },
    );
    assert!(killed.elapsed() < TAKE_OVER_LIMIT, "{} ms", killed.elapsed().as_millis());
    load.progress(200).await;
    load.stop().await.check(&ground).await;
    assert_eq!(other.stop().await, Some(0));
}

#[tokio::test]
async fn a_holder_of_duties_that_was_frozen_for_longer_than_its_lease_harms_nothing_when_it_wakes() {
    let _alone = alone().await;
    let Some(ground) = Ground::with_own_servers("the holder of the duties is frozen").await else { return };
    let holder = ground.replica().await;
    let pool = ground.pool().await;
    let before = await_holder(&pool, None).await;
    let other = ground.replica().await;
    let load = Load::start(&ground).await;
    load.progress(100).await;

    holder.signal(Signal::SIGSTOP);
    let after = await_holder(&pool, Some(before)).await;
    load.progress(100).await;
    holder.signal(Signal::SIGCONT);
    load.progress(300).await;
    assert_eq!(await_holder(&pool, None).await, after, "the one that woke up took a duty that was not free");
    load.stop().await.check(&ground).await;
    assert_eq!((holder.stop().await, other.stop().await), (Some(0), Some(0)));
}

#[tokio::test]
async fn replicas_are_replaced_one_by_one_and_no_caller_notices() {
    let _alone = alone().await;
    let Some(ground) = Ground::with_own_servers("replicas are replaced").await else { return };
    let mut replicas = [ground.replica().await, ground.replica().await];
    let load = Load::start(&ground).await;
    for _ in 0..4 {
        load.progress(150).await;
        let [oldest, newer] = replicas;
        assert_eq!(oldest.stop().await, Some(0));
        replicas = [newer, ground.replica().await];
    }
    load.progress(150).await;
    assert_eq!(load.unanswered(), 0, "callers that had to ask again");
    load.stop().await.check(&ground).await;
}

/// Waits until one replica, another one than before, has all duties.
async fn await_holder(pool: &PgPool, before: Option<Uuid>) -> Uuid {
    eventually(TAKE_OVER_LIMIT, "one replica has all duties", async || {
        let held: Vec<(String, Uuid)> =
            sqlx::query_as("select name, holder from plinth.duties where held_until > clock_timestamp() order by name")
                .fetch_all(pool)
                .await
                .unwrap();
        let holder = held.first()?.1;
        let has_all = held.iter().map(|(name, _)| name.as_str()).eq(DUTIES);
        (has_all && held.iter().all(|duty| duty.1 == holder) && Some(holder) != before).then_some(holder)
    })
    .await
}

/// How many commands each of so many replicas has taken, by the id of its micro service.
async fn commands_taken(nats: &async_nats::Client, replicas: usize) -> BTreeMap<String, u64> {
    let inbox = nats.new_inbox();
    let answers = nats.subscribe(inbox.clone()).await.unwrap();
    nats.publish_with_reply("$SRV.STATS.plinth", inbox, "".into()).await.unwrap();
    let answers = answers.take(replicas).map(|answer| {
        let stats: Value = serde_json::from_slice(&answer.payload).unwrap();
        let endpoints = stats["endpoints"].as_array().unwrap();
        let of_commands = endpoints.iter().filter(|endpoint| endpoint["subject"].as_str().unwrap().contains(".cmd."));
        let commands = of_commands.map(|endpoint| endpoint["num_requests"].as_u64().unwrap()).sum();
        (stats["id"].as_str().unwrap().to_owned(), commands)
    });
    let taken: BTreeMap<String, u64> = tokio::time::timeout(TAKE_OVER_LIMIT, answers.collect()).await.unwrap();
    assert_eq!(taken.len(), replicas);
    taken
}

async fn await_published_event(ground: &Ground, acting: &Acting<'_>) {
    let body = json!({ "code": "after", "name": "After", "description": "The holder was killed." });
    let position = acting.send("metric.define", body).await.unwrap().position;
    let jetstream = jetstream::new(ground.nats().await);
    eventually(TAKE_OVER_LIMIT, "the event is published", async || {
        let stream = jetstream.get_stream(ground.subjects.events_stream()).await.ok()?;
        (stream.cached_info().state.last_sequence >= position).then_some(())
    })
    .await;
}

async fn await_dispatched_job(ground: &Ground, acting: &Acting<'_>) {
    let subject = ground.subjects.job(&"after".parse().unwrap(), acting.tenant);
    let mut invitations = acting.client.nats().subscribe(subject).await.unwrap();
    let id = acting.result("job.enqueue", json!({ "type": "after", "payload": {} })).await["jobId"].clone();
    let invitation = tokio::time::timeout(TAKE_OVER_LIMIT, invitations.next()).await.expect("dispatched").unwrap();
    let invitation: Value = serde_json::from_slice(&invitation.payload).unwrap();
    assert_eq!(invitation["jobId"], id);
    // for no worker: the oracle wants to see every job ended
    acting.send("job.cancel", json!({ "jobs": [id], "reason": "seen" })).await.unwrap();
}

async fn await_receipt(acting: &Acting<'_>) {
    let id = CommandId(Uuid::new_v4());
    acting.publish(id, "metric.define", json!({ "code": "durable", "name": "Durable", "description": "Kept." })).await;
    acting.receipt(id).await.unwrap();
}
