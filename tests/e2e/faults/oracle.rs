//! The oracle: compares what callers were told with the log, and the log with the stream of events and the read tables.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use async_nats::jetstream::{self, consumer::pull};
use futures_util::StreamExt;
use plinth_client::{Handlers, Worker};
use plinth_events::cloud_event::attribute;
use serde_json::Value;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::load::{LEFT_TO_WORKERS, Ledger};
use crate::support::{Ground, eventually};

/// Longest wait for followers of the log, after the last fault.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(30);
/// Longest wait for one message of a stream.
const MESSAGE_LIMIT: Duration = Duration::from_secs(5);

/// An event as it stands in the log.
#[derive(sqlx::FromRow)]
struct Logged {
    position: i64,
    event_id: Uuid,
    command_id: Uuid,
    event_type: String,
    subject_tail: String,
    payload: String,
}

impl Ledger {
    /// Fails unless every accepted command has exactly its events, every command that the intake took was carried out
    /// once and in order, every job that was left is run once, the stream equals the log, and the tables follow from it.
    pub async fn check(self: Arc<Self>, ground: &Ground) {
        let pool = ground.pool().await;
        self.await_intake(ground).await;
        let log = log(&pool).await;
        self.check_accepted(&log);
        self.check_published(&log);
        run_left_jobs(ground, &pool).await;
        assert_stream_is_log(ground, &pool).await;
        assert_verified(ground).await;
    }

    async fn await_intake(&self, ground: &Ground) {
        let jetstream = jetstream::new(ground.nats().await);
        eventually(CATCH_UP_LIMIT, "the intake is empty", async || {
            let stream = jetstream.get_stream(ground.subjects.intake_stream()).await.ok()?;
            (stream.cached_info().state.messages == 0).then_some(())
        })
        .await;
    }

    fn check_accepted(&self, log: &[Logged]) {
        let mut of_command: HashMap<Uuid, Vec<&Logged>> = HashMap::new();
        for event in log {
            of_command.entry(event.command_id).or_default().push(event);
        }
        let accepted = self.accepted.lock().unwrap();
        for accepted in accepted.iter() {
            let told = accepted.reply.events.iter();
            let told: Vec<_> = told.map(|event| (event.position, event.id.0, event.event_type.as_str())).collect();
            let logged = of_command.get(&accepted.command_id.0).into_iter().flatten();
            let logged: Vec<_> = logged
                .map(|event| (event.position.cast_unsigned(), event.event_id, event.event_type.as_str()))
                .collect();
            assert_eq!(logged, told, "the events of command {}", accepted.command_id);
        }
        println!("{} commands were accepted, {} answers were late", accepted.len(), self.late());
    }

    /// Each once, and those of one metric in the order in which they were published.
    fn check_published(&self, log: &[Logged]) {
        let mut published: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
        let ledger = self.published.lock().unwrap();
        for command in ledger.iter() {
            published.entry(&command.code).or_default().push(command.command_id.0);
        }
        for (code, commands) in published {
            let tail = format!("metric.{code}.defined");
            let of_code = log.iter().filter(|event| event.subject_tail == tail);
            let carried_out: Vec<Uuid> = of_code.map(|event| event.command_id).collect();
            assert_eq!(carried_out, commands, "the commands on metric {code} that the intake took");
        }
        println!("{} commands were published", ledger.len());
    }
}

/// The log, whole and without gaps, neither in itself nor in any aggregate.
async fn log(pool: &PgPool) -> Vec<Logged> {
    let log: Vec<Logged> = sqlx::query_as(
        "select position, event_id, command_id, event_type, subject_tail, payload::text as payload
         from plinth.events
         order by position",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(log.iter().map(|event| event.position).eq(1..=log.len() as i64), "the log has gaps");
    let broken: Option<String> = sqlx::query_scalar(
        "select aggregate_id from plinth.events
         group by aggregate_type, aggregate_id
         having max(sequence) <> count(*)
         limit 1",
    )
    .fetch_optional(pool)
    .await
    .unwrap();
    assert_eq!(broken, None, "an aggregate's events have gaps");
    log
}

/// Every job that the load left is run, so no invitation is lost for good; and none is completed twice.
async fn run_left_jobs(ground: &Ground, pool: &PgPool) {
    let stop = CancellationToken::new();
    let client = ground.client().await;
    let handlers = Handlers::new().handle(LEFT_TO_WORKERS.parse().unwrap(), async |_| Ok(()));
    let running = tokio::spawn(Worker::new(&client, handlers).concurrency(256).run(stop.clone()));
    eventually(CATCH_UP_LIMIT, "all jobs are run", async || {
        let open: i64 = sqlx::query_scalar(r#"select count(*) from "Job" where "status" in ('pending', 'processing')"#)
            .fetch_one(pool)
            .await
            .unwrap();
        (open == 0).then_some(())
    })
    .await;
    stop.cancel();
    running.await.unwrap();
    assert_completed_once(pool).await;
}

/// Fails if the log completes a job twice.
pub async fn assert_completed_once(pool: &PgPool) {
    let twice: i64 = sqlx::query_scalar(
        "select count(*) from (
             select 1 from plinth.events where event_type = 'JobCompleted' group by aggregate_id having count(*) > 1
         ) as completed_twice",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(twice, 0, "jobs were completed twice");
}

/// Fails unless the stream of events has exactly the events of the log, each at its position, as soon as the relay has
/// caught up.
pub async fn assert_stream_is_log(ground: &Ground, pool: &PgPool) {
    let log = log(pool).await;
    let jetstream = jetstream::new(ground.nats().await);
    let stream = eventually(CATCH_UP_LIMIT, "the stream has all events", async || {
        let stream = jetstream.get_stream(ground.subjects.events_stream()).await.ok()?;
        (stream.cached_info().state.last_sequence >= log.len() as u64).then_some(stream)
    })
    .await;
    let state = &stream.cached_info().state;
    let end = log.len() as u64;
    assert_eq!((state.first_sequence, state.last_sequence, state.messages), (1, end, end));
    let config = pull::OrderedConfig::default();
    let mut messages = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
    for event in log {
        let message = tokio::time::timeout(MESSAGE_LIMIT, messages.next()).await.expect("a message in time");
        let message = message.unwrap().unwrap();
        let header = |name: &str| message.headers.as_ref().unwrap().get(name).unwrap().as_str().to_owned();
        assert_eq!(message.info().unwrap().stream_sequence, event.position.cast_unsigned());
        assert_eq!(header(attribute::SEQUENCE), event.position.to_string());
        assert_eq!(header(attribute::ID), event.event_id.to_string(), "the event at {}", event.position);
        assert_eq!(message.payload, event.payload, "the data of the event at {}", event.position);
        assert!(message.subject.ends_with(&event.subject_tail), "{}", message.subject);
    }
}

/// Fails unless the read tables are what the log says.
pub async fn assert_verified(ground: &Ground) {
    let verified = ground.plinth(&["verify", "--json"]).await;
    let text = String::from_utf8_lossy(&verified.stdout);
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {verified:?}"));
    assert!(verified.status.success() && report["clean"] == true, "{report}");
}
