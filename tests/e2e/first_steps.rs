//! The thinnest way through everything: a command, its row, its event in the stream.

use plinth_client::EventFollower;
use serde_json::json;

use crate::support::{Acting, Ground};

#[tokio::test]
async fn an_accepted_command_is_a_row_at_once_and_an_event_in_the_stream() {
    let Some(ground) = Ground::new("first steps").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;

    let body = json!({ "code": "at_risk_customer", "name": "At Risk Customer", "description": "Has not ordered." });
    let reply = acting.send("metric.define", body).await.unwrap();
    let version: i32 = sqlx::query_scalar(r#"select version from "MetricDefinition" where "tenantId" = $1"#)
        .bind(acting.tenant.0)
        .fetch_one(&ground.pool().await)
        .await
        .unwrap();
    assert_eq!((version, reply.position, reply.duplicate), (1, 3, false));

    let mut events = EventFollower::from_position(&client, 1, None);
    let mut types = Vec::new();
    for _ in 0..3 {
        types.push(events.next().await.unwrap().event_type);
    }
    assert_eq!(types, ["TenantRegistered", "UserRegistered", "MetricDefined"]);
    assert_eq!(replica.stop().await, Some(0));
}
