//! Postgres put back to an earlier state, as docs/operations.md tells: two histories are never mixed in one stream.

use std::time::Duration;

use async_nats::jetstream;
use plinth_events::CommandId;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    load::LEFT_TO_WORKERS,
    oracle::{assert_stream_is_log, assert_verified},
};
use crate::support::{Acting, Ground, eventually};

/// Longest wait for a duty to do its work, or to say why it does not.
const LIMIT: Duration = Duration::from_secs(15);

#[tokio::test]
async fn after_a_restore_of_postgres_the_streams_are_deleted_and_made_anew_and_senders_send_again() {
    let Some(ground) = Ground::new("Postgres is restored").await else { return };
    let client = ground.client().await;
    let replica = ground.replica().await;
    let acting = Acting::new(&client).await;
    let kept = define(&acting, "kept").await;
    let job = acting.enqueue(LEFT_TO_WORKERS, json!({})).await;
    assert_eq!(replica.stop().await, Some(0));
    let backup = Backup::of(&ground).await;

    let replica = ground.replica().await;
    let lost = [define(&acting, "lost").await, define(&acting, "lost_too").await];
    let unknown = acting.enqueue(LEFT_TO_WORKERS, json!({})).await;
    let end = await_stream_end(&ground, ground.position().await).await;
    assert_eq!(replica.stop().await, Some(0));
    let unhandled = publish(&acting, "unhandled").await;
    backup.restore().await;
    let restored = ground.position().await;
    assert_verified(&ground).await;

    // started too early: the relay says so, and keeps the stream as it is, also when the log has grown past its end
    let replica = ground.replica().await;
    await_word_in_log(&ground, &format!("ends at {end}, ahead of the log")).await;
    assert_lag_is_bad(&ground, &format!("ends at {end}, ahead of the log at")).await;
    assert_eq!(acting.receipt(unhandled).await.unwrap().position, restored + 1);
    while ground.position().await <= end {
        define(&acting, &format!("new_{}", ground.position().await)).await;
    }
    await_word_in_log(&ground, &format!("has another event at {end} than the log")).await;
    assert_lag_is_bad(&ground, &format!("has another event at {end} than the log")).await;
    assert_eq!(await_stream_end(&ground, end).await, end);
    assert_eq!(replica.stop().await, Some(0));

    delete_streams(&ground).await;
    let replica = ground.replica().await;
    assert_stream_is_log(&ground, &ground.pool().await).await;
    assert_eq!(lag(&ground).await.0, "ok");
    let invitation = ground.invitation(LEFT_TO_WORKERS).await;
    assert_eq!((json!(invitation.job_id), invitation.attempt), (job, 1));
    assert_eq!(Acting::refusal(acting.query("job.get", json!({ "jobId": unknown })).await), "unknown_job");

    // who sends everything again under the same ids loses nothing
    publish_as(&acting, kept, "kept").await;
    assert!(acting.receipt(kept).await.unwrap().duplicate);
    for (id, code) in lost.into_iter().zip(["lost", "lost_too"]) {
        publish_as(&acting, id, code).await;
        assert!(!acting.receipt(id).await.unwrap().duplicate);
    }
    assert_verified(&ground).await;
    assert_eq!(replica.stop().await, Some(0));
}

#[tokio::test]
async fn a_log_that_loses_its_end_while_the_service_runs_is_not_continued_in_the_stream() {
    let Some(ground) = Ground::new("the log loses its end").await else { return };
    let client = ground.client().await;
    let _replica = ground.replica().await;
    let acting = Acting::new(&client).await;
    for code in ["one", "two", "three"] {
        define(&acting, code).await;
    }
    let end = await_stream_end(&ground, 5).await;
    // like a standby that took over and lacked the last commits, but too quick for anybody to notice
    ground.lose_events_behind(3).await;
    let jobs = vec![json!({ "type": LEFT_TO_WORKERS, "payload": {} }); 10];
    assert_eq!(acting.send("job.enqueue-batch", json!({ "jobs": jobs })).await.unwrap().position, 13);

    await_word_in_log(&ground, &format!("has another event at {end} than the log")).await;
    assert_eq!(await_stream_end(&ground, end).await, end);
    jetstream::new(ground.nats().await).delete_stream(ground.subjects.events_stream()).await.unwrap();
    assert_stream_is_log(&ground, &ground.pool().await).await;
}

/// A copy of the database.
struct Backup {
    server: PgPool,
    database: String,
}

impl Backup {
    /// Of a database that nobody is connected to any more.
    async fn of(ground: &Ground) -> Self {
        let (server, database) = ground.database_url.rsplit_once('/').unwrap();
        let server = PgPool::connect(&format!("{server}/postgres")).await.unwrap();
        let backup = Self { server, database: database.to_owned() };
        let create = format!("create database {0}_backup template {0}", backup.database);
        eventually(LIMIT, "the connections are closed", async || {
            sqlx::query(&create).execute(&backup.server).await.ok()
        })
        .await;
        backup
    }

    /// Puts the copy in the place of the database.
    async fn restore(self) {
        let database = self.database;
        for statement in [
            format!("drop database {database} with (force)"),
            format!("alter database {database}_backup rename to {database}"),
        ] {
            sqlx::query(&statement).execute(&self.server).await.unwrap();
        }
    }
}

/// Has a metric defined by the intake.
async fn define(acting: &Acting<'_>, code: &str) -> CommandId {
    let id = publish(acting, code).await;
    acting.receipt(id).await.unwrap();
    id
}

async fn publish(acting: &Acting<'_>, code: &str) -> CommandId {
    let id = CommandId(Uuid::new_v4());
    publish_as(acting, id, code).await;
    id
}

async fn publish_as(acting: &Acting<'_>, id: CommandId, code: &str) {
    acting.publish(id, "metric.define", json!({ "code": code, "name": code, "description": "" })).await;
}

/// What docs/operations.md says to delete after a restore.
async fn delete_streams(ground: &Ground) {
    let jetstream = jetstream::new(ground.nats().await);
    let subjects = &ground.subjects;
    for stream in [subjects.events_stream(), subjects.jobs_stream(), subjects.receipts_stream()] {
        jetstream.delete_stream(stream).await.unwrap();
    }
}

/// Waits until the stream of events is at least so long, and tells where it ends.
async fn await_stream_end(ground: &Ground, position: u64) -> u64 {
    let jetstream = jetstream::new(ground.nats().await);
    eventually(LIMIT, "the events are published", async || {
        let stream = jetstream.get_stream(ground.subjects.events_stream()).await.ok()?;
        let end = stream.cached_info().state.last_sequence;
        (end >= position).then_some(end)
    })
    .await
}

/// Waits until a replica has said something in its log.
async fn await_word_in_log(ground: &Ground, word: &str) {
    eventually(LIMIT, word, async || {
        let logs = std::fs::read_dir(&ground.folder).unwrap();
        logs.map(|log| std::fs::read_to_string(log.unwrap().path()).unwrap())
            .any(|log| log.contains(word))
            .then_some(())
    })
    .await;
}

/// What `plinth doctor` says about the stream and the log: verdict and detail.
async fn lag(ground: &Ground) -> (String, String) {
    let found = ground.plinth(&["doctor", "--json"]).await.stdout;
    let checks = found.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let lag = checks.into_iter().find(|check| check["check"] == "lag").unwrap();
    let text = |key: &str| lag[key].as_str().unwrap().to_owned();
    (text("verdict"), text("detail"))
}

async fn assert_lag_is_bad(ground: &Ground, word: &str) {
    let (verdict, detail) = lag(ground).await;
    assert_eq!(verdict, "BAD", "{detail}");
    assert!(detail.contains(word) && detail.contains("Delete the streams that docs/operations.md names"), "{detail}");
}
