//! One command id, one effect: sent again, at once, over either transport, on any replica.

use futures_util::future::join_all;
use plinth_events::{CommandId, reply::Reply};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Acting, Ground};

fn definition() -> Value {
    json!({ "code": "revenue", "name": "Revenue", "description": "What customers paid." })
}

fn fresh_id() -> CommandId {
    CommandId(Uuid::new_v4())
}

/// Everything of a reply but whether it is a duplicate.
fn answer(reply: &Reply) -> Value {
    json!([reply.command_id, reply.position, reply.events, reply.result])
}

async fn versions(ground: &Ground) -> i64 {
    sqlx::query_scalar(r#"select count(*) from "MetricDefinition""#).fetch_one(&ground.pool().await).await.unwrap()
}

#[tokio::test]
async fn the_same_command_again_gets_the_first_answer_marked_as_a_duplicate() {
    let Some(ground) = Ground::new("the same command again").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let id = fresh_id();
    let first = acting.send_as(id, "metric.define", definition()).await.unwrap();
    assert!(!first.duplicate);
    acting.send("tenant.register", json!({ "name": "Renamed meanwhile" })).await.unwrap();
    let again = acting.send_as(id, "metric.define", definition()).await.unwrap();
    assert_eq!((again.duplicate, answer(&again)), (true, answer(&first)));

    // it is the command that counts, not how its JSON is written
    let reordered = json!({ "description": "What customers paid.", "name": "Revenue", "code": "revenue" });
    assert!(acting.send_as(id, "metric.define", reordered).await.unwrap().duplicate);

    // also after everything that a process remembers is gone
    replica.stop().await;
    let _another = ground.replica().await;
    let again = acting.send_as(id, "metric.define", definition()).await.unwrap();
    assert_eq!((again.duplicate, answer(&again)), (true, answer(&first)));
    assert_eq!((versions(&ground).await, ground.position().await), (1, 4));
}

#[tokio::test]
async fn a_command_without_events_is_recognised_too() {
    let Some(ground) = Ground::new("a command without events").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let id = fresh_id();
    let first = acting.send_as(id, "tenant.register", json!({ "name": "Test" })).await.unwrap();
    assert_eq!((first.events.len(), first.position, first.duplicate), (0, 2, false));
    acting.send("tenant.register", json!({ "name": "Renamed" })).await.unwrap();
    let again = acting.send_as(id, "tenant.register", json!({ "name": "Test" })).await.unwrap();
    assert_eq!((again.duplicate, answer(&again)), (true, answer(&first)));
}

#[tokio::test]
async fn fifty_at_once_over_two_replicas_have_one_effect_and_one_answer() {
    let Some(ground) = Ground::new("fifty at once").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for round in 1..=5 {
        let id = fresh_id();
        let body = json!({ "code": format!("revenue_{round}"), "name": "Revenue", "description": "" });
        let sent = join_all((0..50).map(|_| acting.send_as(id, "metric.define", body.clone()))).await;
        let replies: Vec<Reply> = sent.into_iter().map(Result::unwrap).collect();
        assert_eq!(replies.iter().filter(|reply| !reply.duplicate).count(), 1);
        assert!(replies.iter().all(|reply| answer(reply) == answer(&replies[0])));
        assert_eq!(versions(&ground).await, round);
    }
    assert_eq!(ground.position().await, 7);
}

#[tokio::test]
async fn a_request_and_then_the_intake_is_one_command_and_the_other_way_round() {
    let Some(ground) = Ground::new("both transports").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;

    let id = fresh_id();
    let first = acting.send_as(id, "metric.define", definition()).await.unwrap();
    acting.publish(id, "metric.define", definition()).await;
    let receipt = acting.receipt(id).await.unwrap();
    assert_eq!((receipt.duplicate, answer(&receipt)), (true, answer(&first)));

    let id = fresh_id();
    let body = json!({ "code": "churn", "name": "Churn", "description": "" });
    acting.publish(id, "metric.define", body.clone()).await;
    let receipt = acting.receipt(id).await.unwrap();
    assert!(!receipt.duplicate);
    let again = acting.send_as(id, "metric.define", body).await.unwrap();
    assert_eq!((again.duplicate, answer(&again)), (true, answer(&receipt)));
    assert_eq!(versions(&ground).await, 2);
}

#[tokio::test]
async fn a_command_id_with_another_command_is_refused() {
    let Some(ground) = Ground::new("a reused id").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let id = fresh_id();
    acting.send_as(id, "metric.define", definition()).await.unwrap();
    let other = json!({ "code": "revenue", "name": "Revenue", "description": "Something else." });
    assert_eq!(Acting::refusal(acting.send_as(id, "metric.define", other.clone()).await), "command_id_reused");
    assert_eq!(
        Acting::refusal(acting.send_as(id, "tenant.register", json!({ "name": "x" })).await),
        "command_id_reused"
    );
    acting.publish(id, "metric.define", other).await;
    assert_eq!(Acting::refusal(acting.receipt(id).await), "command_id_reused");
    assert_eq!(ground.position().await, 3);
}

#[tokio::test]
async fn the_same_id_of_two_tenants_is_two_commands() {
    let Some(ground) = Ground::new("one id, two tenants").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let (one, other) = (Acting::new(&client).await, Acting::new(&client).await);
    let id = fresh_id();
    for acting in [&one, &other] {
        assert!(!acting.send_as(id, "metric.define", definition()).await.unwrap().duplicate);
    }
    assert_eq!(versions(&ground).await, 2);
}

#[tokio::test]
async fn a_refusal_leaves_nothing_behind_and_the_same_id_may_be_accepted_later() {
    let Some(ground) = Ground::new("a refusal leaves nothing behind").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let id = fresh_id();
    let deprecation = json!({ "code": "revenue", "reason": "merged" });
    assert_eq!(Acting::refusal(acting.send_as(id, "metric.deprecate", deprecation.clone()).await), "unknown_metric");
    assert_eq!(Acting::refusal(acting.send_as(id, "metric.deprecate", deprecation.clone()).await), "unknown_metric");
    let kept: i64 = sqlx::query_scalar("select count(*) from plinth.commands where command_id = $1")
        .bind(id.0)
        .fetch_one(&ground.pool().await)
        .await
        .unwrap();
    assert_eq!((kept, ground.position().await), (0, 2));

    acting.send("metric.define", definition()).await.unwrap();
    let reply = acting.send_as(id, "metric.deprecate", deprecation).await.unwrap();
    assert_eq!((reply.duplicate, reply.events.len()), (false, 1));
}
