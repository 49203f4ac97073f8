//! Messages that the broker delivered to somebody who is not there any more.

use std::time::Duration;

use async_nats::jetstream::{self, consumer::PullConsumer};
use futures_util::StreamExt;
use plinth_events::CommandId;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Acting, Ground, eventually};

/// Longest wait for the broker.
const LIMIT: Duration = Duration::from_secs(10);
/// Versions that are published.
const VERSIONS: u64 = 20;

#[tokio::test]
async fn what_the_intake_delivered_to_a_dead_replica_is_carried_out_in_its_turn() {
    let Some(ground) = Ground::new("deliveries that did not arrive").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let jetstream = jetstream::new(ground.nats().await);
    let consumer: PullConsumer = eventually(LIMIT, "the intake is listened to", async || {
        jetstream.get_consumer_from_stream("executor", ground.subjects.intake_stream()).await.ok()
    })
    .await;
    // takes messages like a replica that then freezes
    let mut dead = consumer.batch().max_messages(3).expires(LIMIT).messages().await.unwrap();

    let mut ids = Vec::new();
    for version in 1..=VERSIONS {
        let id = CommandId(Uuid::new_v4());
        let description = format!("Version {version}.");
        let body = json!({ "code": "in_turn", "name": "In turn", "description": description });
        acting.publish(id, "metric.define", body).await;
        ids.push(id);
    }
    dead.next().await.expect("a message for the dead").unwrap();
    let mut positions = Vec::new();
    for id in ids {
        positions.push(acting.receipt(id).await.unwrap().position);
    }
    assert!(positions.is_sorted(), "{positions:?}");
}
