//! What the tests of the read tables need: a database of their own, and events to apply to it.

#![allow(dead_code, reason = "every test binary uses a part of it")]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

pub(crate) mod job;
pub(crate) mod metric;

use std::{env, fs, path::Path};

use chrono::DateTime;
use plinth_events::{
    AggregateKey, Event, TenantId, UserId, event::tenant::TenantRegistered, event::user::UserRegistered,
};
use plinth_projections::Entry;
use proptest::{
    sample::Index,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

/// A migrated database of its own, dropped by [`TestDatabase::drop`].
pub(crate) struct TestDatabase {
    server: PgConnectOptions,
    name: String,
}

impl TestDatabase {
    /// A new one on the server that `PLINTH_TEST_DATABASE_URL` names (as a superuser); none without it.
    pub(crate) async fn create() -> Option<Self> {
        let Ok(url) = env::var("PLINTH_TEST_DATABASE_URL") else {
            eprintln!("skipped: PLINTH_TEST_DATABASE_URL names no database server");
            return None;
        };
        let database = Self { server: url.parse().unwrap(), name: format!("plinth_test_{}", Uuid::new_v4().simple()) };
        let mut server = PgConnection::connect_with(&database.server).await.unwrap();
        sqlx::raw_sql(&format!("create database {}", database.name)).execute(&mut server).await.unwrap();
        migrate(&mut database.connect().await).await;
        Some(database)
    }

    /// A connection that finds the live tables.
    pub(crate) async fn connect(&self) -> PgConnection {
        let options = self.server.clone().database(&self.name).options([("search_path", "public,plinth")]);
        PgConnection::connect_with(&options).await.unwrap()
    }

    /// Drops it, whoever is still connected.
    pub(crate) async fn drop(self) {
        let mut server = PgConnection::connect_with(&self.server).await.unwrap();
        sqlx::raw_sql(&format!("drop database {} with (force)", self.name)).execute(&mut server).await.unwrap();
    }
}

async fn migrate(connection: &mut PgConnection) {
    sqlx::raw_sql("create schema plinth").execute(&mut *connection).await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    for file in files {
        sqlx::raw_sql(&fs::read_to_string(file).unwrap()).execute(&mut *connection).await.unwrap();
    }
}

/// A log as the service would write it: positions without gaps, a little over a second between events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    /// What was recorded so far.
    pub(crate) entries: Vec<Entry>,
}

impl Log {
    /// Records what happened next.
    pub(crate) fn record(&mut self, tenant: TenantId, actor: Option<UserId>, event: impl Into<Event>) {
        let position = self.entries.len() as u64 + 1;
        let micros = 1_780_000_000_000_000 + position as i64 * 1_000_977;
        let recorded_at = DateTime::from_timestamp_micros(micros).unwrap().into();
        let event = event.into();
        let key = AggregateKey::of(tenant, &event);
        let earlier = self.entries.iter().filter(|entry| AggregateKey::of(entry.tenant, &entry.event) == key);
        let sequence = earlier.count() as u64 + 1;
        self.entries.push(Entry { position, sequence, tenant, actor, recorded_at, event });
    }

    /// Records that a tenant was registered.
    pub(crate) fn tenant(&mut self, tenant: TenantId) {
        let name = "Acme".parse().unwrap();
        self.record(tenant, None, Event::Tenant(TenantRegistered { name }.into()));
    }

    /// Records that a user of a tenant was registered.
    pub(crate) fn user(&mut self, tenant: TenantId, user_id: UserId) {
        let name = "Ada".parse().unwrap();
        self.record(tenant, None, Event::User(UserRegistered { user_id, name }.into()));
    }
}

/// Applies entries in parts that end at these places, and at the end.
pub(crate) async fn apply_in_parts(connection: &mut PgConnection, entries: &[Entry], ends: &[usize]) {
    let mut start = 0;
    for end in ends.iter().copied().chain([entries.len()]) {
        plinth_projections::apply(connection, &entries[start..end]).await.unwrap();
        start = end;
    }
}

/// Random values, the same in every run.
pub(crate) fn samples<S: Strategy>(strategy: &S, count: usize) -> impl Iterator<Item = S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(move |_| strategy.new_tree(&mut runner).unwrap().current())
}

/// However events are grouped into batches, the tables are the same: one by one, all at once, and in parts that end at
/// the cuts.
pub(crate) async fn assert_grouping_makes_no_difference(
    connection: &mut PgConnection,
    entries: &[Entry],
    cuts: &[Index],
) {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(entries.len() + 1)).collect();
    ends.sort_unstable();
    let one_by_one: Vec<usize> = (1..entries.len()).collect();
    let expected = tables(connection, entries, &one_by_one).await;
    assert_eq!(tables(connection, entries, &[]).await, expected, "all at once: {entries:?}");
    assert_eq!(tables(connection, entries, &ends).await, expected, "in parts to {ends:?}: {entries:?}");
}

/// What the projections write when a batch ends at each of these entries. Nothing stays.
async fn tables(connection: &mut PgConnection, entries: &[Entry], ends: &[usize]) -> Vec<String> {
    let mut transaction = connection.begin().await.unwrap();
    apply_in_parts(&mut transaction, entries, ends).await;
    let tables = dump(&mut transaction).await;
    transaction.rollback().await.unwrap();
    tables
}

/// Everything that the projections wrote, as text.
pub(crate) async fn dump(connection: &mut PgConnection) -> Vec<String> {
    let mut rows = Vec::new();
    for table in [
        r#"select to_jsonb(t)::text from "Tenant" t order by 1"#,
        r#"select to_jsonb(t)::text from "User" t order by 1"#,
        r#"select to_jsonb(t)::text from "MetricDefinition" t order by 1"#,
        r#"select to_jsonb(t)::text from "DashboardWidget" t order by 1"#,
        r#"select to_jsonb(t)::text from "Job" t order by 1"#,
        "select to_jsonb(t)::text from metric_timeline t order by 1",
        "select to_jsonb(t)::text from dashboard_layout t order by 1",
        "select to_jsonb(t)::text from metric_list t order by 1",
        "select to_jsonb(t)::text from metric_meaning t order by 1",
        // in_flow is a hint: it may stay when it is not needed any more
        "select (to_jsonb(t) - 'in_flow')::text from job_queue t order by 1",
        "select to_jsonb(t)::text from schedule t order by 1",
        "select to_jsonb(t)::text from bulk_action t order by 1",
        "select to_jsonb(t)::text from api_key t order by 1",
        "select to_jsonb(t)::text from queue t order by 1",
        "select to_jsonb(t)::text from retention_walk t order by 1",
        "select to_jsonb(t)::text from job_checkpoint t order by 1",
        // by the end of which batch a wait was over
        "select (to_jsonb(t) - 'settled_position')::text from job_flow t order by 1",
        "select to_jsonb(t)::text from job_dependency t order by 1",
    ] {
        rows.extend(sqlx::query_scalar::<_, String>(table).fetch_all(&mut *connection).await.unwrap());
    }
    rows
}
