//! Durable commands that fail again and again through no fault of their senders: parked, listed, redriven.

use std::time::Duration;

use plinth_events::CommandId;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{Acting, Ground, eventually, request};

fn metric(code: &str) -> Value {
    json!({ "code": code, "name": code, "description": "" })
}

/// Somebody's constraint on a read table, of which the contract knows nothing: what it rejects is not the caller's
/// mistake.
async fn constrain(pool: &PgPool) {
    let constrain = r#"alter table "MetricDefinition" add constraint somebodys check ("code" <> 'unlucky')"#;
    sqlx::query(constrain).execute(pool).await.unwrap();
}

async fn parked(ground: &Ground) -> Vec<Value> {
    let listed = ground.plinth(&["parked", "list", "--json"]).await;
    assert!(listed.status.success());
    String::from_utf8(listed.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_durable_command_that_keeps_failing_is_parked_and_can_be_redriven() {
    let Some(ground) = Ground::new("parked commands").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    constrain(&pool).await;
    let codes = ["before", "unlucky", "after", "last"];
    let ids: Vec<CommandId> = codes.iter().map(|_| CommandId(Uuid::new_v4())).collect();
    for (code, id) in codes.iter().zip(&ids) {
        acting.publish(*id, "metric.define", metric(code)).await;
    }
    for (code, id) in codes.iter().zip(&ids) {
        let receipt = acting.receipt(*id).await;
        if *code == "unlucky" {
            assert_eq!(Acting::refusal(receipt), "unavailable");
        } else {
            assert!(!receipt.unwrap().duplicate, "its neighbours are carried out");
        }
    }
    let found = parked(&ground).await;
    assert_eq!((found.len(), &found[0]["tries"]), (1, &json!(5)));
    assert_eq!(found[0]["headers"]["Plinth-Command-Id"], json!(ids[1]));
    assert_eq!(found[0]["subject"], format!("{}.intake.{}.metric.define", ground.subjects, acting.tenant));
    assert!(found[0]["cause"].as_str().unwrap().contains("somebodys"), "{}", found[0]);

    sqlx::query(r#"alter table "MetricDefinition" drop constraint somebodys"#).execute(&pool).await.unwrap();
    let id = found[0]["id"].as_str().unwrap();
    assert!(ground.plinth(&["parked", "redrive", id]).await.status.success());
    assert_eq!(parked(&ground).await, Vec::<Value>::new());
    let latest =
        eventually(Duration::from_secs(20), "it is accepted", || async { acting.receipt(ids[1]).await.ok() }).await;
    assert_eq!((latest.duplicate, latest.events[0].event_type.as_str()), (false, "MetricDefined"));
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_request_that_fails_through_no_fault_of_its_sender_is_no_refusal_and_may_be_sent_again() {
    let Some(ground) = Ground::new("a failed request").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    constrain(&pool).await;
    let id = CommandId(Uuid::new_v4()).to_string();
    let headers = [("Plinth-Command-Id", id.as_str()), ("Plinth-Actor", &acting.user.to_string())];
    let subject = format!("{}.cmd.{}.metric.define", ground.subjects, acting.tenant);
    let failed = request(client.nats(), &subject, &headers, metric("unlucky").to_string()).await;
    assert_eq!(failed.refusal(), (503, "unavailable"));
    assert!(!failed.body.to_string().contains("somebodys"), "the cause is not for the caller");
    assert_eq!((ground.position().await, parked(&ground).await), (2, Vec::new()));

    sqlx::query(r#"alter table "MetricDefinition" drop constraint somebodys"#).execute(&pool).await.unwrap();
    let accepted = request(client.nats(), &subject, &headers, metric("unlucky").to_string()).await;
    assert_eq!((&accepted.body["duplicate"], &accepted.body["commandId"]), (&json!(false), &json!(id)));
    ground.assert_verified().await;
}
