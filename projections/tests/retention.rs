//! Retention against a real Postgres: what is left of archived jobs, which jobs a walk through the log finds, and when walks
//! begin anew.

#![allow(clippy::unwrap_used)]

mod support;

use plinth_events::{
    AggregateKey, Event, TenantId,
    event::queue::{QueueConfigured, QueueEvent},
};
use plinth_projections::{
    Entry, apply, apply_read_tables,
    retention::{self, EndedJob, Page, Walk},
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use support::{Log, TestDatabase, dump, job::*};
use uuid::Uuid;

const EVERYONE: TenantId = TenantId::INSTALLATION;

fn configured(job_type: Option<&str>, settings: Value) -> Event {
    let settings = serde_json::from_value(settings).unwrap();
    let job_type = job_type.map(|job_type| job_type.parse().unwrap());
    Event::Queue(QueueEvent::QueueConfigured(QueueConfigured { job_type, settings, reason: None }))
}

async fn configure(
    connection: &mut PgConnection,
    log: &mut Log,
    tenant: TenantId,
    job_type: Option<&str>,
    settings: Value,
) -> u64 {
    log.record(tenant, None, configured(job_type, settings));
    let last = log.entries.last().unwrap();
    apply(connection, std::slice::from_ref(last)).await.unwrap();
    last.position
}

/// Tenant, seconds, since and position of each walk.
async fn walks(connection: &mut PgConnection) -> Vec<(TenantId, i32, i64, i64)> {
    let rows: Vec<(Uuid, i32, i64, i64)> =
        sqlx::query_as("select tenant_id, keep_seconds, since, position from retention_walk order by 1, 2")
            .fetch_all(connection)
            .await
            .unwrap();
    rows.into_iter().map(|(tenant, seconds, since, position)| (TenantId(tenant), seconds, since, position)).collect()
}

/// Writes events to the log as if they had been recorded an hour ago; those of the last `young` only just now.
async fn write(connection: &mut PgConnection, log: &mut Log, young: usize) {
    let old = log.entries.len() - young;
    for (place, entry) in log.entries.iter_mut().enumerate() {
        let at = in_seconds(if place < old { -3_600 } else { 0 }).plus_millis(i64::try_from(place).unwrap());
        entry.recorded_at = at.utc().into();
        insert(connection, entry).await;
    }
    apply(connection, &log.entries).await.unwrap();
}

async fn insert(connection: &mut PgConnection, entry: &Entry) {
    let key = AggregateKey::of(entry.tenant, &entry.event);
    sqlx::query(
        "insert into plinth.events
             (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, event_id,
              tenant_id, subject_tail, command_id, recorded_at)
         values ($1, $2, $3, $4, $5, '1', '{}', '{}', gen_random_uuid(), $6, '', gen_random_uuid(), $7)",
    )
    .bind(entry.position.cast_signed())
    .bind(key.aggregate().as_str())
    .bind(key.to_string())
    .bind(entry.sequence.cast_signed())
    .bind(entry.event.event_type())
    .bind(entry.tenant.0)
    .bind(entry.recorded_at.utc())
    .execute(connection)
    .await
    .unwrap();
}

async fn count(connection: &mut PgConnection, table: &'static str) -> i64 {
    sqlx::query_scalar(table).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn of_an_archived_job_only_its_history_is_left() {
    let Some((database, mut connection, mut log)) = with_tenant().await else { return };
    let before = dump(&mut connection).await;
    let life = [enqueued(JOB, in_seconds(0), 0), started(JOB, 1, 2), checkpointed(JOB, 2)];
    happen(&mut connection, &mut log, life).await;
    happen(&mut connection, &mut log, [failed(JOB, 1, 2, None)]).await;
    sqlx::query(
        "insert into job_log values ($1, $2, 2, 1, 1, now(), 'info', 'page 4'), ($1, $3, 2, 1, 1, now(), 'info', '')",
    )
    .bind(TENANT.0)
    .bind(JOB.0)
    .bind(job_id(8).0)
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(count(&mut connection, "select count(*) from job_checkpoint").await, 1);

    happen(&mut connection, &mut log, [archived(JOB)]).await;
    assert_eq!(dump(&mut connection).await, before);
    assert_eq!(count(&mut connection, "select count(*) from job_checkpoint").await, 0);
    assert_eq!(count(&mut connection, "select count(*) from job_log").await, 1, "another job's");
    database.drop().await;
}

#[tokio::test]
async fn a_job_that_is_archived_in_the_batch_that_it_began_in_leaves_nothing() {
    let Some((database, mut connection, mut log)) = with_tenant().await else { return };
    let whole = [enqueued(JOB, in_seconds(0), 0), started(JOB, 1, 2), completed(JOB, 1, 2), archived(JOB)];
    whole.into_iter().for_each(|event| log.record(TENANT, None, event));
    apply_read_tables(&mut connection, &log.entries[1..]).await.unwrap();
    assert_eq!(count(&mut connection, r#"select count(*) from "Job""#).await, 0);
    database.drop().await;
}

#[tokio::test]
async fn the_id_of_an_archived_job_is_free_for_another_tenant() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    let mut log = log(&[TENANT, OTHER]);
    log.record(TENANT, None, enqueued(JOB, in_seconds(0), 0));
    log.record(TENANT, None, cancelled(JOB));
    apply(&mut connection, &log.entries).await.unwrap();
    log.record(TENANT, None, archived(JOB));
    log.record(OTHER, None, enqueued(JOB, in_seconds(0), 0));
    apply(&mut connection, &log.entries[4..]).await.unwrap();
    for table in [r#"select "tenantId" from "Job""#, "select tenant_id from job_queue"] {
        let tenants: Vec<Uuid> = sqlx::query_scalar(table).fetch_all(&mut connection).await.unwrap();
        assert_eq!(tenants, [OTHER.0], "{table}");
    }
    database.drop().await;
}

#[tokio::test]
async fn walks_begin_anew_when_queues_say_something_else_about_retention() {
    let Some((database, mut connection, mut log)) = with_tenant().await else { return };
    let (connection, log) = (&mut connection, &mut log);
    let first = configure(connection, log, EVERYONE, None, json!({ "keepFinishedSeconds": 60 })).await.cast_signed();
    assert_eq!(walks(connection).await, [(EVERYONE, 60, first, 0)]);
    let whole = Walk { tenant: EVERYONE, keep_seconds: 60, since: first.cast_unsigned(), position: 0 };
    retention::note(&mut *connection, &whole, 7).await.unwrap();

    let second = configure(connection, log, TENANT, Some("export"), json!({ "keepFinishedSeconds": 9 })).await;
    let second = second.cast_signed();
    assert_eq!(walks(connection).await, [(EVERYONE, 60, first, 7), (TENANT, 9, second, 0)]);
    let same = json!({ "keepFinishedSeconds": 9, "concurrency": 2 });
    configure(connection, log, TENANT, Some("export"), same).await;
    assert_eq!(walks(connection).await, [(EVERYONE, 60, first, 7), (TENANT, 9, second, 0)], "nothing new");

    let back = configure(connection, log, TENANT, Some("export"), json!({})).await.cast_signed();
    assert_eq!(walks(connection).await, [(EVERYONE, 60, back, 0)], "it counts for the tenant's jobs again");
    retention::note(&mut *connection, &whole, 8).await.unwrap();
    assert_eq!(walks(connection).await, [(EVERYONE, 60, back, 0)], "the walk before is no more");
    database.drop().await;
}

#[tokio::test]
async fn a_walk_finds_jobs_that_ended_for_good_long_enough_ago() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    let mut log = log(&[TENANT, OTHER]);
    log.record(EVERYONE, None, configured(None, json!({ "keepFinishedSeconds": 60 })));
    log.record(TENANT, None, configured(None, json!({ "keepFinishedSeconds": 60 })));
    let due = in_seconds(-7_200);
    for (tenant, job, more) in [
        (TENANT, 1, vec![started(job_id(1), 1, 2), completed(job_id(1), 1, 2)]),
        (TENANT, 2, vec![started(job_id(2), 1, 2), failed(job_id(2), 1, 2, Some(due))]),
        (TENANT, 3, vec![cancelled(job_id(3)), retried(job_id(3), due, 0), cancelled(job_id(3))]),
        (OTHER, 4, vec![cancelled(job_id(4))]),
        (TENANT, 5, vec![cancelled(job_id(5))]),
    ] {
        log.record(tenant, None, enqueued(job_id(job), due, 0));
        more.into_iter().for_each(|event| log.record(tenant, None, event));
    }
    write(&mut connection, &mut log, 1).await;
    let last_old = log.entries.len() as u64 - 1;

    let due = retention::due(&mut connection).await.unwrap();
    assert_eq!(due.iter().map(|walk| walk.tenant).collect::<Vec<_>>(), [EVERYONE, TENANT]);
    let ended = |jobs: &[EndedJob]| jobs.iter().map(|job| (job.job_id, job.sequence)).collect::<Vec<_>>();
    let Page { position, ended: found } = retention::page(&mut connection, &due[0], 100).await.unwrap();
    assert_eq!((position, ended(&found)), (last_old, vec![(job_id(1), 3), (job_id(3), 4), (job_id(4), 2)]));
    assert_eq!(found[0].ended_at, log.entries[6].recorded_at.into());
    let Page { position, ended: found } = retention::page(&mut connection, &due[1], 100).await.unwrap();
    assert_eq!((position, ended(&found)), (last_old, vec![(job_id(1), 3), (job_id(3), 4)]), "its own");

    let short = retention::page(&mut connection, &due[0], 7).await.unwrap();
    assert_eq!((short.position, ended(&short.ended)), (7, vec![(job_id(1), 3)]));
    for walk in &due {
        retention::note(&mut connection, walk, last_old).await.unwrap();
    }
    assert_eq!(retention::due(&mut connection).await.unwrap(), []);
    let rest = retention::page(&mut connection, &Walk { position: last_old, ..due[0].clone() }, 100).await.unwrap();
    assert_eq!(rest, Page { position: last_old, ended: vec![] });
    database.drop().await;
}
