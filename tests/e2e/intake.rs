//! The durable intake: everything published is carried out, in order, once, and has a receipt.

use std::time::Duration;

use async_nats::{HeaderMap, jetstream};
use futures_util::{StreamExt, future::join_all};
use plinth_events::{
    CommandId, TenantId, UserId,
    envelope::{PROBLEM_JSON, header},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    observation::Metrics,
    support::{Acting, Ground, eventually},
};

const LIMIT: Duration = Duration::from_secs(20);

fn fresh_id() -> CommandId {
    CommandId(Uuid::new_v4())
}

fn metric(code: &str, version: u64) -> Value {
    json!({ "code": code, "name": format!("{code} {version}"), "description": "", "expectedVersion": version })
}

/// Publishes one message after the other without waiting, and waits for all acknowledgements at the end.
async fn publish_all(acting: &Acting<'_>, messages: impl IntoIterator<Item = (CommandId, &'static str, Value)>) {
    let jetstream = jetstream::new(acting.client.nats().clone());
    let mut sent = Vec::new();
    for (id, command, body) in messages {
        let subject = format!("{}.intake.{}.{command}", acting.client.subjects(), acting.tenant);
        let mut headers = HeaderMap::new();
        headers.insert(header::COMMAND_ID, id.to_string());
        headers.insert(header::ACTOR, acting.user.to_string());
        sent.push(jetstream.publish_with_headers(subject, headers, body.to_string().into()).await.unwrap());
    }
    for acknowledgement in join_all(sent.into_iter().map(IntoFuture::into_future)).await {
        acknowledgement.unwrap();
    }
}

#[tokio::test]
async fn messages_for_one_aggregate_are_carried_out_in_the_order_of_the_stream() {
    let Some(ground) = Ground::new("the order of the intake").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    // in any other order some of them would be refused
    let ids: Vec<CommandId> = (0..200).map(|_| fresh_id()).collect();
    let mut messages = Vec::new();
    for (version, id) in (0..).zip(&ids) {
        messages.push((*id, "metric.define", metric("revenue", version)));
        messages.push((fresh_id(), "job.enqueue", json!({ "type": "report", "payload": version })));
    }
    publish_all(&acting, messages).await;
    for (version, id) in (1..).zip(&ids) {
        let reply = acting.receipt(*id).await.unwrap();
        let result: Value = reply.result_as().unwrap();
        assert_eq!((&result["version"], reply.duplicate), (&json!(version), false));
    }
    eventually(LIMIT, "every message is carried out", || async { (ground.position().await == 402).then_some(()) })
        .await;
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_tenant_its_users_and_their_metrics_may_be_published_at_once() {
    let Some(ground) = Ground::new("registration by the intake").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting { client: &client, tenant: TenantId(Uuid::new_v4()), user: UserId(Uuid::new_v4()) };
    let mut messages = vec![
        (fresh_id(), "tenant.register", json!({ "name": "Acme" })),
        (fresh_id(), "user.register", json!({ "userId": acting.user, "name": "Ada" })),
    ];
    for number in 0..50 {
        messages.push((fresh_id(), "metric.define", metric(&format!("metric_{number}"), 0)));
        let widget = json!({ "userId": acting.user, "widgetType": format!("widget_{number}") });
        messages.push((fresh_id(), "dashboard.add-widget", widget));
    }
    let ids: Vec<CommandId> = messages.iter().map(|(id, ..)| *id).collect();
    publish_all(&acting, messages).await;
    for id in ids {
        acting.receipt(id).await.unwrap();
    }
    ground.assert_verified().await;
}

#[tokio::test]
async fn what_was_published_while_no_service_ran_is_carried_out_when_one_does() {
    let Some(ground) = Ground::new("a durable command").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    assert_eq!(replica.stop().await, Some(0));
    let id = fresh_id();
    acting.publish(id, "metric.define", metric("revenue", 0)).await;
    let _replica = ground.replica().await;
    assert!(!acting.receipt(id).await.unwrap().duplicate);
}

#[tokio::test]
async fn a_bad_message_gets_the_receipt_of_its_refusal_and_its_neighbours_are_carried_out() {
    let Some(ground) = Ground::new("bad messages in the intake").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let mut receipts = client.nats().subscribe(format!("{}.receipt.>", ground.subjects)).await.unwrap();
    let jetstream = jetstream::new(client.nats().clone());
    let tenant = acting.tenant.to_string();
    let stranger = Uuid::new_v4().to_string();
    let body = metric("revenue", 0).to_string();
    for (tenant, command, body, outcome, status, code) in [
        (&tenant, "metric.define", "{", "refused", 400, "malformed"),
        (&tenant, "metric.define", r#"{"code":"a"}"#, "refused", 400, "malformed"),
        (&tenant, "metric.defin", "{}", "refused", 404, "unknown_command"),
        (&stranger, "metric.define", &body, "refused", 404, "unknown_tenant"),
        (&"acme".to_owned(), "metric.define", &body, "refused", 400, "bad_subject"),
        (&tenant, "metric.define", &body, "accepted", 0, ""),
    ] {
        let id = fresh_id().to_string();
        let mut headers = HeaderMap::new();
        headers.insert(header::COMMAND_ID, id.as_str());
        headers.insert(header::ACTOR, acting.user.to_string());
        let subject = format!("{}.intake.{tenant}.{command}", ground.subjects);
        jetstream.publish_with_headers(subject, headers, body.to_owned().into()).await.unwrap().await.unwrap();

        let receipt = tokio::time::timeout(LIMIT, receipts.next()).await.expect("a receipt in time").unwrap();
        assert_eq!(receipt.subject.as_str(), format!("{}.receipt.{tenant}.{id}", ground.subjects));
        let headers = receipt.headers.unwrap();
        let text = |name: &str| headers.get(name).map(ToString::to_string).unwrap_or_default();
        assert_eq!((text(header::COMMAND_ID), text(header::OUTCOME).as_str()), (id, outcome));
        let body: Value = serde_json::from_slice(&receipt.payload).unwrap();
        if outcome == "refused" {
            assert_eq!(text(header::CONTENT_TYPE), PROBLEM_JSON);
            assert_eq!((text(header::ERROR_CODE), text(header::ERROR).as_str()), (status.to_string(), code));
            assert_eq!((&body["status"], &body["code"]), (&json!(status), &json!(code)));
        }
    }
    assert_eq!(ground.position().await, 3);
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_message_that_comes_again_has_one_effect_even_without_a_command_id() {
    let Some(ground) = Ground::new("a message that comes again").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let jetstream = jetstream::new(client.nats().clone());
    let receipts = jetstream.get_stream(ground.subjects.receipts_stream()).await.unwrap();
    let mut config = receipts.cached_info().config.clone();

    // while no receipt can be stored, nothing is acknowledged, and the same message comes again and again
    config.max_message_size = 1;
    jetstream.update_stream(config.clone()).await.unwrap();
    let subject = format!("{}.intake.{}.job.enqueue", ground.subjects, acting.tenant);
    let body = json!({ "type": "report", "payload": 1 }).to_string();
    jetstream.publish(subject, body.into()).await.unwrap().await.unwrap();
    eventually(LIMIT, "the job is there", || async { (ground.position().await == 3).then_some(()) }).await;
    eventually(LIMIT, "the message has come again", || async {
        (Metrics::of(&replica).await.sum("plinth_intake_redeliveries_total", &[]) > 0.0).then_some(())
    })
    .await;
    let intake = jetstream.get_stream(ground.subjects.intake_stream()).await.unwrap();
    assert_eq!(intake.cached_info().state.messages, 1);
    config.max_message_size = -1;
    jetstream.update_stream(config).await.unwrap();

    let filter = format!("{}.receipt.{}.>", ground.subjects, acting.tenant);
    let message = eventually(LIMIT, "the receipt is there", || async {
        receipts.get_last_raw_message_by_subject(&filter).await.ok()
    })
    .await;
    let receipt: Value = serde_json::from_slice(&message.payload).unwrap();
    assert_eq!((&receipt["duplicate"], &receipt["events"][0]["type"]), (&json!(true), &json!("JobEnqueued")));
    assert_eq!(ground.position().await, 3);
}
