//! `MetricDefinition` against a real Postgres: rows, their deletion, and what their constraints refuse.

#![allow(clippy::unwrap_used)]

mod support;

use chrono::NaiveDateTime;
use plinth_events::{
    Event, TenantId, UserId,
    event::{tenant::TenantDeleted, user::UserDeleted},
};
use plinth_projections::{ProjectionError, apply};
use sqlx::PgConnection;
use support::{
    Log, TestDatabase, apply_in_parts, dump,
    metric::{defined, naive},
};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const OTHER: TenantId = TenantId(Uuid::from_u128(2));
const AUTHOR: UserId = UserId(Uuid::from_u128(7));
const CODE: &str = "at_risk_customer";

/// Two tenants, the first with an author.
fn log() -> Log {
    let mut log = Log::default();
    log.tenant(TENANT);
    log.tenant(OTHER);
    log.user(TENANT, AUTHOR);
    log
}

/// Version, effective and deprecated of a metric's rows.
async fn rows(connection: &mut PgConnection) -> Vec<(i32, NaiveDateTime, Option<NaiveDateTime>)> {
    let select = r#"select "version", "effectiveAt", "deprecatedAt" from "MetricDefinition" order by "version""#;
    sqlx::query_as(select).fetch_all(connection).await.unwrap()
}

fn violated(result: Result<(), ProjectionError>) -> String {
    match result {
        Err(ProjectionError::Database(sqlx::Error::Database(error))) => error.constraint().unwrap_or("none").to_owned(),
        other => panic!("no constraint was violated: {other:?}"),
    }
}

#[tokio::test]
async fn a_version_in_between_ends_the_window_of_the_one_before_it() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut log = log();
    for (version, millis) in [(1, 10), (2, 30), (3, 20)] {
        log.record(TENANT, Some(AUTHOR), defined(CODE, version, millis));
    }
    apply_in_parts(&mut connection, &log.entries, &[4, 5]).await;
    let expected = [(1, naive(10), Some(naive(20))), (2, naive(30), None), (3, naive(20), Some(naive(30)))];
    assert_eq!(rows(&mut connection).await, expected);
    database.drop().await;
}

#[tokio::test]
async fn a_row_says_who_defined_it_when_and_how() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut log = log();
    log.record(TENANT, Some(AUTHOR), defined(CODE, 1, 10));
    apply(&mut connection, &log.entries).await.unwrap();
    let row: serde_json::Value =
        sqlx::query_scalar(r#"select to_jsonb(m) from "MetricDefinition" m"#).fetch_one(&mut connection).await.unwrap();
    let expected = serde_json::json!({
        "id": plinth_events::ids::metric_definition_id(TENANT, CODE, 1),
        "tenantId": TENANT,
        "code": CODE,
        "name": "Version 1",
        "description": "no order for a while",
        "formula": { "field": "lastOrderDate", "operator": ">", "value": "30 days" },
        "version": 1,
        "effectiveAt": "1970-01-01T00:00:00.01",
        "deprecatedAt": null,
        "createdById": AUTHOR,
        // recorded at ….003908: cut off, not rounded
        "createdAt": "2026-05-28T20:26:44.003",
    });
    assert_eq!(row, expected);
    database.drop().await;
}

#[tokio::test]
async fn a_deleted_tenant_leaves_nothing() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut log = log();
    log.record(TENANT, Some(AUTHOR), defined(CODE, 1, 10));
    apply(&mut connection, &log.entries).await.unwrap();
    let deletion = log.entries.len();
    log.record(TENANT, None, Event::Tenant(TenantDeleted {}.into()));
    log.record(OTHER, None, Event::Tenant(TenantDeleted {}.into()));
    apply(&mut connection, &log.entries[deletion..]).await.unwrap();
    assert_eq!(dump(&mut connection).await, [""; 0]);
    database.drop().await;
}

#[tokio::test]
async fn constraints_name_what_a_command_did_wrong() {
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let mut connection = database.connect().await;
    let mut log = log();
    log.record(TENANT, Some(AUTHOR), defined(CODE, 1, 10));
    apply(&mut connection, &log.entries).await.unwrap();

    let mut author_deleted = log.clone();
    author_deleted.record(TENANT, None, Event::User(UserDeleted { user_id: AUTHOR }.into()));
    let result = apply(&mut connection, &author_deleted.entries[log.entries.len()..]).await;
    assert_eq!(violated(result), "MetricDefinition_createdById_fkey");

    let mut id_taken = log.clone();
    id_taken.user(OTHER, AUTHOR);
    let result = apply(&mut connection, &id_taken.entries[log.entries.len()..]).await;
    assert_eq!(violated(result), "User_pkey");
    database.drop().await;
}
