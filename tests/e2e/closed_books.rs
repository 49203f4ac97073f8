//! Books that are closed: nothing takes effect before their end any more.

use plinth_client::SendError;
use serde_json::{Value, json};

use crate::support::{Acting, Ground};

const A: &str = "2024-01-01T00:00:00Z";
const UNTIL: &str = "2024-06-01T00:00:00Z";
const JUST_BEFORE: &str = "2024-05-31T23:59:59.999Z";

fn definition(name: &str, effective_at: &str) -> Value {
    json!({ "code": "revenue", "name": name, "description": "", "effectiveAt": effective_at, "reason": "corrected" })
}

fn deprecation(deprecated_at: &str) -> Value {
    json!({ "code": "revenue", "deprecatedAt": deprecated_at, "reason": "over", "scheduled": "keep" })
}

async fn lock(acting: &Acting<'_>, until: &str) -> Result<usize, SendError> {
    let body = json!({ "until": until, "reason": "the year is audited" });
    acting.send("tenant.lock-period", body).await.map(|reply| reply.events.len())
}

/// Status, code and facts of a refusal.
#[track_caller]
fn locked<T: std::fmt::Debug>(refused: Result<T, SendError>) -> (u16, String, Value) {
    match refused {
        Err(SendError::Refused { problem, .. }) => (problem.status, problem.code, problem.facts["until"].clone()),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn nothing_is_back_dated_into_closed_books_on_any_replica() {
    let Some(ground) = Ground::new("closed books").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let client = ground.client().await;
    let (acting, other) = (Acting::new(&client).await, Acting::new(&client).await);
    acting.send("metric.define", definition("one", A)).await.unwrap();
    assert_eq!(lock(&acting, UNTIL).await.unwrap(), 1);

    let position = ground.position().await;
    let period_locked = (409, "period_locked".to_owned(), json!(UNTIL));
    // several times, so that both replicas get to answer
    for _ in 0..8 {
        assert_eq!(locked(acting.send("metric.define", definition("two", JUST_BEFORE)).await), period_locked);
        assert_eq!(locked(acting.send("metric.deprecate", deprecation(JUST_BEFORE)).await), period_locked);
        assert_eq!(locked(lock(&acting, JUST_BEFORE).await), period_locked);
        assert_eq!(lock(&acting, UNTIL).await.unwrap(), 0);
    }
    assert_eq!(ground.position().await, position);

    acting.send("metric.define", definition("two", UNTIL)).await.unwrap();
    acting.send("metric.deprecate", deprecation("2024-07-01T00:00:00Z")).await.unwrap();
    let now = json!({ "code": "revenue", "name": "three", "description": "" });
    acting.send("metric.define", now).await.unwrap();
    other.send("metric.define", definition("one", A)).await.unwrap();
    assert_eq!(lock(&acting, "2024-07-01T00:00:00Z").await.unwrap(), 1);
    assert_eq!(Acting::refusal(acting.send("metric.define", definition("four", UNTIL)).await), "period_locked");
    ground.assert_verified().await;
}

#[tokio::test]
async fn books_are_closed_of_registered_tenants_and_until_a_time_that_is_over() {
    let Some(ground) = Ground::new("books that cannot be closed").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    assert_eq!(Acting::refusal(lock(&acting, "2999-01-01T00:00:00Z").await), "invalid_value");
    let stranger = acting.of(plinth_events::TenantId(uuid::Uuid::new_v4()));
    assert_eq!(Acting::refusal(lock(&stranger, UNTIL).await), "unknown_tenant");
    acting.send("tenant.delete", json!({})).await.unwrap();
    assert_eq!(Acting::refusal(lock(&acting, UNTIL).await), "tenant_deleted");
}

#[tokio::test]
async fn a_lock_from_the_intake_holds_for_what_comes_behind_it() {
    let Some(ground) = Ground::new("a durable lock").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let id = || plinth_events::CommandId(uuid::Uuid::new_v4());
    let (first, closing, second) = (id(), id(), id());
    acting.publish(first, "metric.define", definition("one", A)).await;
    acting.publish(closing, "tenant.lock-period", json!({ "until": UNTIL })).await;
    acting.publish(second, "metric.define", definition("two", JUST_BEFORE)).await;
    assert!(acting.receipt(first).await.is_ok() && acting.receipt(closing).await.is_ok());
    assert_eq!(Acting::refusal(acting.receipt(second).await), "period_locked");

    let events = acting.query("events.read", json!({})).await.unwrap();
    let last = &events["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["type"], &last["data"]), (&json!("TenantPeriodLocked"), &json!({ "until": UNTIL })));
}
