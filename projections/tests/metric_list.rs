//! The list of metrics against a real Postgres: how metrics stand when, and what is found.

#![allow(clippy::unwrap_used)]

mod support;

use plinth_events::{
    Event, TenantId, UserId,
    event::tenant::TenantDeleted,
    names::Snippet,
    query::metric::{ListMetrics, MetricChange, MetricEntry},
    timeline::Standing,
};
use plinth_projections::{apply, metric_list::read::list};
use sqlx::PgConnection;
use support::{
    Log, TestDatabase, dump,
    metric::{at, defined, deprecated, withdrawn},
};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const OTHER: TenantId = TenantId(Uuid::from_u128(2));
const AUTHOR: UserId = UserId(Uuid::from_u128(7));
const OTHER_AUTHOR: UserId = UserId(Uuid::from_u128(8));

/// `a` is deprecated from 30 to 50, `b` comes at 40, all of `c` is withdrawn; another tenant has a metric too.
fn log() -> Log {
    let mut log = Log::default();
    for (tenant, author) in [(TENANT, AUTHOR), (OTHER, OTHER_AUTHOR)] {
        log.tenant(tenant);
        log.user(tenant, author);
    }
    for event in [
        defined("a_50_percent", 1, 10),
        deprecated("a_50_percent", 30),
        defined("a_50_percent", 2, 50),
        defined("b", 1, 40),
        defined("c", 1, 20),
        withdrawn("c", 1),
    ] {
        log.record(TENANT, Some(AUTHOR), event);
    }
    log.record(OTHER, Some(OTHER_AUTHOR), defined("a", 1, 10));
    log
}

async fn listed(connection: &mut PgConnection, query: ListMetrics, millis: i64) -> Vec<MetricEntry> {
    let found = list(connection, TENANT, &query, at(millis).utc(), 10).await.unwrap();
    found.into_iter().map(|listed| listed.entry).collect()
}

/// Code, status, version and what comes next of each.
async fn standing(connection: &mut PgConnection, millis: i64) -> Vec<(String, Standing, u32, Option<MetricChange>)> {
    let entries = listed(connection, ListMetrics::default(), millis).await;
    entries.into_iter().map(|entry| (entry.code.to_string(), entry.status, entry.version, entry.next_change)).collect()
}

fn change(millis: i64, version: Option<u32>) -> Option<MetricChange> {
    Some(MetricChange { at: at(millis), version })
}

#[tokio::test]
async fn every_metric_stands_somehow_at_every_time() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    apply(&mut connection, &log().entries).await.unwrap();
    let (a, b, c) = ("a_50_percent".to_owned(), "b".to_owned(), "c".to_owned());
    let withdrawn = (c, Standing::Withdrawn, 1, None);
    for (time, standing_of_a, version, next, next_of_b) in [
        (0, Standing::Scheduled, 1, change(10, Some(1)), true),
        (10, Standing::Effective, 1, change(30, None), true),
        (30, Standing::Deprecated, 1, change(50, Some(2)), true),
        (49, Standing::Deprecated, 1, change(50, Some(2)), false),
        (50, Standing::Effective, 2, None, false),
    ] {
        let status_of_b = if next_of_b { Standing::Scheduled } else { Standing::Effective };
        let next_of_b = change(40, Some(1)).filter(|_| next_of_b);
        let expected =
            [(a.clone(), standing_of_a, version, next), (b.clone(), status_of_b, 1, next_of_b), withdrawn.clone()];
        assert_eq!(standing(&mut connection, time).await, expected, "at {time}");
    }
    database.drop().await;
}

#[tokio::test]
async fn an_entry_has_the_row_of_the_version_that_stands_for_the_metric() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    apply(&mut connection, &log().entries).await.unwrap();
    let entry = listed(&mut connection, ListMetrics::default(), 35).await.remove(0);
    let expected = MetricEntry {
        code: "a_50_percent".parse().unwrap(),
        status: Standing::Deprecated,
        version: 1,
        name: "Version 1".parse().unwrap(),
        sentence: None,
        effective_at: at(10),
        deprecated_at: Some(at(30)),
        versions: 2,
        next_change: change(50, Some(2)),
    };
    assert_eq!(entry, expected);
    database.drop().await;
}

#[tokio::test]
async fn what_is_looked_for_is_found_by_code_and_by_name() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    apply(&mut connection, &log().entries).await.unwrap();
    for (search, codes) in [
        ("50_P", &["a_50_percent"][..]),
        ("vERSION 2", &["a_50_percent"]),
        ("version 1", &["b", "c"]),
        ("50%", &[]),
        ("a.50", &[]),
    ] {
        let search = Some(search.parse::<Snippet>().unwrap());
        let found = listed(&mut connection, ListMetrics { search, ..ListMetrics::default() }, 60).await;
        assert_eq!(found.iter().map(|entry| entry.code.as_str()).collect::<Vec<_>>(), codes);
    }
    database.drop().await;
}

#[tokio::test]
async fn what_does_not_stand_so_or_came_before_is_left_out() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    apply(&mut connection, &log().entries).await.unwrap();
    let after = Some("a_50_percent".parse().unwrap());
    let found = listed(&mut connection, ListMetrics { after, ..ListMetrics::default() }, 60).await;
    assert_eq!(found.iter().map(|entry| entry.code.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    let status = Some(Standing::Scheduled);
    let found = listed(&mut connection, ListMetrics { status, ..ListMetrics::default() }, 30).await;
    assert_eq!(found.iter().map(|entry| entry.code.as_str()).collect::<Vec<_>>(), ["b"]);
    database.drop().await;
}

#[tokio::test]
async fn nothing_is_listed_of_a_deleted_tenant() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    let mut log = log();
    for tenant in [TENANT, OTHER] {
        log.record(tenant, None, Event::Tenant(TenantDeleted {}.into()));
    }
    apply(&mut connection, &log.entries).await.unwrap();
    assert_eq!(dump(&mut connection).await, [""; 0]);
    database.drop().await;
}
