//! The deletion of a tenant against a real Postgres: whatever else is in its batch, nothing of the tenant is left, and what
//! another tenant makes of its ids stays.

#![allow(clippy::unwrap_used)]

mod support;

use std::{fs, path::Path};

use plinth_events::{
    Event, UserId,
    event::{
        job::JobEnqueued,
        queue::{QueueConfigured, QueueEvent},
        tenant::TenantDeleted,
    },
};
use plinth_projections::apply;
use serde_json::{Value, json};
use support::{Log, TestDatabase, assert_grouping_makes_no_difference, dump, job::*};
use uuid::Uuid;

const ADA: UserId = UserId(Uuid::from_u128(7));

/// What a fixture of the contract says.
fn fixture(event_type: &str) -> Event {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../events/fixtures/{event_type}.v1.json"));
    let fixture: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let aggregate = fixture["aggregateType"].as_str().unwrap().parse().unwrap();
    Event::from_recorded(aggregate, event_type, Event::VERSION, &fixture["data"].to_string()).unwrap()
}

/// A tenant that has a row in all that the projections write.
fn history() -> Log {
    let mut log = log(&[TENANT]);
    log.user(TENANT, ADA);
    for event_type in ["MetricDefined", "WidgetAdded", "ScheduleDefined", "BulkActionStarted", "ApiKeyCreated"] {
        log.record(TENANT, Some(ADA), fixture(event_type));
    }
    let settings = serde_json::from_value(json!({ "keepFinishedSeconds": 60 })).unwrap();
    let configured = QueueConfigured { job_type: None, settings, reason: None };
    log.record(TENANT, None, Event::Queue(QueueEvent::from(configured)));
    let waiting = JobEnqueued { depends_on: vec![JOB], ..enqueue(job_id(8), in_seconds(-1), 0) };
    let jobs = [enqueued(JOB, in_seconds(-1), 0), started(JOB, 1, 2), checkpointed(JOB, 2), waiting.into()];
    jobs.into_iter().for_each(|event| log.record(TENANT, None, event));
    log
}

#[tokio::test]
async fn nothing_is_left_of_a_tenant_that_comes_and_goes_in_one_batch() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    let mut log = history();
    log.record(TENANT, None, Event::Tenant(TenantDeleted {}.into()));
    apply(&mut connection, &log.entries).await.unwrap();
    assert_eq!(dump(&mut connection).await, [""; 0]);
    database.drop().await;
}

#[tokio::test]
async fn ids_of_a_deleted_tenant_are_another_ones_in_the_same_batch() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    let mut log = history();
    log.record(TENANT, None, Event::Tenant(TenantDeleted {}.into()));
    log.tenant(OTHER);
    log.user(OTHER, ADA);
    let jobs = [enqueued(JOB, in_seconds(-1), 0), started(JOB, 1, 3), checkpointed(JOB, 3)];
    jobs.into_iter().for_each(|event| log.record(OTHER, None, event));
    log.record(OTHER, None, fixture("ApiKeyCreated"));
    assert_grouping_makes_no_difference(&mut connection, &log.entries, &[]).await;
    database.drop().await;
}
