//! The log: append-only, gapless, in strict order of time, and readable by the stock tools of its kind.

use std::fmt::Debug;

use cqrs_es::{Aggregate, EventStore, persist::PersistedEventStore};
use futures_util::future::join_all;
use plinth::{
    domain::{Recorded, dashboard::Dashboard, job::Job, metric::Metric, tenant::Tenant, user::User},
    log::upcast::upcasters,
};
use plinth_events::{AggregateKey, Event};
use postgres_es::PostgresEventRepository;
use serde_json::json;
use sqlx::PgPool;

use crate::support::{Acting, Ground};

#[tokio::test]
async fn nobody_rewrites_the_log_not_even_its_owner() {
    let Some(ground) = Ground::new("an append-only log").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    Acting::new(&client).await;
    let rows = "select string_agg(events::text, '|' order by position) from plinth.events";
    let before: String = sqlx::query_scalar(rows).fetch_one(&pool).await.unwrap();
    for statement in [
        "update plinth.events set payload = '{}' where position = 1",
        "update plinth.events set recorded_at = now()",
        "delete from plinth.events where position = 2",
        "truncate plinth.events",
        "truncate plinth.events, plinth.commands cascade",
    ] {
        let error = sqlx::query(statement).execute(&pool).await.unwrap_err().to_string();
        assert!(error.contains("plinth.events is append-only"), "{statement}: {error}");
    }
    let after: String = sqlx::query_scalar(rows).fetch_one(&pool).await.unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn positions_have_no_gaps_and_times_strictly_increase_also_under_load_and_refusals() {
    let Some(ground) = Ground::new("positions under load").await else { return };
    let _replicas = tokio::join!(ground.replica(), ground.replica());
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    let busy = |name: &str| json!({ "code": "busy", "name": name, "description": "" });
    acting.send("metric.define", busy("before")).await.unwrap();
    let sent = join_all((0..600).map(|number| {
        // every third is refused, by a decision or by a constraint
        let (command, body) = match number % 6 {
            0 => ("metric.deprecate", json!({ "code": "unknown", "reason": "x" })),
            3 => ("user.delete", json!({ "userId": acting.user })),
            1 => ("metric.define", busy(&number.to_string())),
            _ => ("job.enqueue", json!({ "type": "report", "payload": number })),
        };
        acting.send(command, body)
    }))
    .await;
    let accepted = sent.iter().filter(|sent| sent.is_ok()).count();
    assert_eq!(accepted, 400);
    let (events, last, is_gapless, is_increasing): (i64, i64, bool, bool) = sqlx::query_as(
        "select count(*), max(position), bool_and(position = place), bool_and(coalesce(recorded_at > before, true))
         from (select position, recorded_at,
                      row_number() over in_order as place, lag(recorded_at) over in_order as before
               from plinth.events window in_order as (order by position)) as events",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!((events, last, is_gapless, is_increasing), (403, 403, true, true));
    ground.assert_verified().await;
}

/// The state of an aggregate as the stock event store of postgres-es loads it from the log.
async fn loaded<A: Aggregate + Clone>(pool: &PgPool, key: &AggregateKey) -> A {
    let repository = PostgresEventRepository::new(pool.clone()).with_tables("plinth.events", "plinth.snapshots");
    let store = PersistedEventStore::<_, A>::new_event_store(repository).with_upcasters(upcasters());
    store.load_aggregate(&key.to_string()).await.unwrap().aggregate.clone()
}

/// The state of an aggregate folded from the events of the log.
async fn folded<A: Aggregate>(acting: &Acting<'_>, key: &AggregateKey, event: impl Fn(Event) -> A::Event) -> A {
    let page = acting.query("events.read", json!({ "limit": 1_000 })).await.unwrap();
    let page: plinth_events::query::events::EventPage = serde_json::from_str(&page.to_string()).unwrap();
    let mut state = A::default();
    for recorded in page.events.iter().filter(|recorded| recorded.aggregate_id == key.to_string()) {
        if recorded.aggregate_type == key.aggregate() {
            state.apply(event(recorded.event().unwrap()));
        }
    }
    state
}

#[tokio::test]
async fn the_stock_event_store_reads_every_aggregate_from_the_log() {
    let Some(ground) = Ground::new("the stock event store").await else { return };
    let _replica = ground.replica().await;
    let (client, pool) = (ground.client().await, ground.pool().await);
    let acting = Acting::new(&client).await;
    for name in ["one", "two"] {
        acting.send("metric.define", json!({ "code": "revenue", "name": name, "description": "" })).await.unwrap();
        acting.send("tenant.register", json!({ "name": name })).await.unwrap();
    }
    acting.send("metric.deprecate", json!({ "code": "revenue", "reason": "merged" })).await.unwrap();
    for widget in ["a", "b"] {
        acting.send("dashboard.add-widget", json!({ "userId": null, "widgetType": widget })).await.unwrap();
    }
    acting.send("dashboard.move-widget", json!({ "userId": null, "widgetType": "b", "toPosition": 0 })).await.unwrap();
    let job = acting.enqueue("report", json!({})).await;
    let token = acting.start(&job, 60).await;
    acting.item("job.fail", json!({ "jobs": [{ "jobId": job, "token": token, "error": "no disk" }] })).await;

    macro_rules! check {
        ($state:ty, $variant:ident, $key:expr) => {
            let key = $key;
            let event = |event| match event {
                Event::$variant(event) => Recorded(event),
                other => panic!("{other:?} is not an event of {key}"),
            };
            same(&folded::<$state>(&acting, &key, event).await, &loaded(&pool, &key).await);
        };
    }
    let tenant = acting.tenant;
    check!(Tenant, Tenant, AggregateKey::Tenant(tenant));
    check!(User, User, AggregateKey::User(tenant, acting.user));
    check!(Metric, Metric, AggregateKey::Metric(tenant, "revenue".parse().unwrap()));
    check!(Dashboard, Dashboard, AggregateKey::Dashboard(tenant, None));
    check!(Job, Job, AggregateKey::Job(tenant, serde_json::from_value(job.clone()).unwrap()));
}

#[track_caller]
fn same<A: Default + PartialEq + Debug>(folded: &A, loaded: &A) {
    assert_ne!(loaded, &A::default());
    assert_eq!(loaded, folded);
}
