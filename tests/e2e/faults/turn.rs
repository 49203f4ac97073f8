//! A replica that is frozen in the middle of its turn at the intake, and wakes when the turn is another one's.

use std::time::Duration;

use nix::sys::signal::Signal;
use plinth_client::SendError;
use plinth_events::{CommandId, reply::Reply};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use crate::support::{Acting, Ground, eventually};

/// Longest wait for a replica to do what it is about to do.
const LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn what_a_frozen_replica_had_taken_from_the_intake_is_not_carried_out_after_another_one_refused_it() {
    let Some(ground) = Ground::new("the intake is frozen").await else { return };
    let client = ground.client().await;
    let pool = ground.pool().await;
    let frozen = ground.replica().await;
    let acting = Acting::new(&client).await;
    await_intake_holder(&pool).await;
    let other = ground.replica().await;

    // the writer of the holder waits for the log head, with the first command in its hands
    let mut connection = PgConnection::connect(&ground.database_url).await.unwrap();
    let mut head = connection.begin().await.unwrap();
    sqlx::query("select only_row from plinth.log_head for update").execute(&mut *head).await.unwrap();
    let out_of_turn = publish_version(&acting, 2).await;
    let writer = await_waiting_writer(&pool).await;
    frozen.signal(Signal::SIGSTOP);
    sqlx::query("select pg_terminate_backend($1)").bind(writer).execute(&pool).await.unwrap();
    end_turn(&pool).await;
    head.rollback().await.unwrap();

    // there is no version 1 yet, so that the other one refuses version 2, and now there is
    assert_eq!(Acting::refusal(acting.receipt(out_of_turn).await), "version_conflict");
    let first = publish_version(&acting, 1).await;
    assert_eq!(version(acting.receipt(first).await), 1);

    // awake, the first one asks Postgres once more for what it was asked, and then gets the turn again
    frozen.signal(Signal::SIGCONT);
    assert_eq!(other.stop().await, Some(0));
    let second = publish_version(&acting, 2).await;
    assert_eq!(version(acting.receipt(second).await), 2);
    assert_eq!(Acting::refusal(acting.receipt(out_of_turn).await), "version_conflict");
    assert_eq!(ground.position().await, 4, "the tenant, the user and two versions");
}

/// Publishes a version of a metric that is accepted only as this one.
async fn publish_version(acting: &Acting<'_>, version: u64) -> CommandId {
    let id = CommandId(Uuid::new_v4());
    let description = format!("Published as {id}.");
    let body = json!({ "code": "turn", "name": "Turn", "description": description, "expectedVersion": version - 1 });
    acting.publish(id, "metric.define", body).await;
    id
}

fn version(receipt: Result<Reply, SendError>) -> u64 {
    let result: Value = receipt.unwrap().result_as().unwrap();
    result["version"].as_u64().unwrap()
}

async fn await_intake_holder(pool: &PgPool) {
    eventually(LIMIT, "the intake is held", async || {
        sqlx::query_scalar::<_, i64>("select epoch from plinth.duties where name = 'intake'")
            .fetch_optional(pool)
            .await
            .unwrap()
    })
    .await;
}

/// The process of Postgres that waits for the log head.
async fn await_waiting_writer(pool: &PgPool) -> i32 {
    eventually(LIMIT, "a writer waits for the log head", async || {
        sqlx::query_scalar(
            "select pid from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock' and query like '%plinth.lock_head%'",
        )
        .fetch_optional(pool)
        .await
        .unwrap()
    })
    .await
}

/// Ends the lease of the intake now, and not some seconds later.
async fn end_turn(pool: &PgPool) {
    sqlx::query("update plinth.duties set held_until = '-infinity' where name = 'intake'").execute(pool).await.unwrap();
}
