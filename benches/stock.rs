//! The unit of the benchmark: the same command, enqueueing a job, through stock cqrs-es and postgres-es. One transaction
//! per command, no read tables, no idempotency, no order across aggregates.
//!
//! Prints one JSON line. Needs `DATABASE_URL`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that cannot go on stops")]

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use cqrs_es::{CqrsFramework, persist::PersistedEventStore};
use plinth::domain::{
    Context,
    job::{Job, JobCommand},
};
use plinth_events::{JobId, TenantId, command::job::EnqueueJob};
use postgres_es::PostgresEventRepository;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

const CALLERS: usize = 32;
const SECONDS: u64 = 8;

#[tokio::main]
async fn main() {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let pool = PgPoolOptions::new().max_connections(CALLERS as u32).connect(&url).await.unwrap();
    sqlx::raw_sql(
        "create schema if not exists stock;
         create table if not exists stock.events (
             aggregate_type text not null, aggregate_id text not null, sequence bigint not null check (sequence >= 0),
             event_type text not null, event_version text not null, payload json not null, metadata json not null,
             primary key (aggregate_type, aggregate_id, sequence)
         )",
    )
    .execute(&pool)
    .await
    .unwrap();
    let repository = PostgresEventRepository::new(pool).with_tables("stock.events", "stock.snapshots");
    let store = PersistedEventStore::<_, Job>::new_event_store(repository);
    let context = Context {
        tenant: TenantId(Uuid::new_v4()),
        actor: None,
        actor_is_user: false,
        now: chrono::Utc::now().into(),
        seed: 1,
    };
    let framework = Arc::new(CqrsFramework::new(store, vec![], context));
    let start = Instant::now();
    let callers = (0..CALLERS).map(|_| tokio::spawn(enqueue(Arc::clone(&framework), start)));
    let mut commands = 0;
    for caller in callers.collect::<Vec<_>>() {
        commands += caller.await.unwrap();
    }
    let per_second = commands as f64 / start.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({ "figure": "stock_cqrs_es", "unit": "commands/s", "value": per_second.round() }));
}

type Stock = CqrsFramework<Job, PersistedEventStore<PostgresEventRepository, Job>>;

async fn enqueue(framework: Arc<Stock>, start: Instant) -> u64 {
    let mut commands = 0;
    while start.elapsed() < Duration::from_secs(SECONDS) {
        let job_id = JobId(Uuid::now_v7());
        let job: EnqueueJob =
            serde_json::from_value(serde_json::json!({ "type": "benchmark", "payload": { "number": commands } }))
                .unwrap();
        let command = JobCommand::Enqueue { job_id, job, dependencies: Vec::new() };
        framework.execute_with_metadata(&job_id.to_string(), command, HashMap::new()).await.unwrap();
        commands += 1;
    }
    commands
}
