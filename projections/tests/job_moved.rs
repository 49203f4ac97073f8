//! Jobs that wait and were moved, against a real Postgres: what becomes of their place in the queue.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use plinth_events::JobId;
use sqlx::PgConnection;
use support::job::*;

async fn publish(connection: &mut PgConnection) {
    let published =
        "update job_queue set state = 'published', published_at = statement_timestamp() where state = 'ready'";
    assert_eq!(sqlx::query(published).execute(connection).await.unwrap().rows_affected(), 1);
}

async fn row(connection: &mut PgConnection, job: JobId) -> (String, i16, i32, f64, bool) {
    sqlx::query_as(
        "select state, priority, attempt, extract(epoch from due_at - urgent_at)::float8, published_at is not null
         from job_queue where job_id = $1",
    )
    .bind(job.0)
    .fetch_one(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_published_job_is_offered_again_only_when_its_time_is_another_one() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let past = in_seconds(-1_000_000_000);
    happen(&mut connection, &mut log, [enqueued(JOB, past, 0)]).await;
    publish(&mut connection).await;
    happen(&mut connection, &mut log, [replaced(JOB, past, 3)]).await;
    assert_eq!(row(&mut connection, JOB).await, ("published".to_owned(), 3, 1, 180.0, true));
    happen(&mut connection, &mut log, [prioritized(JOB, 5)]).await;
    assert_eq!(row(&mut connection, JOB).await, ("published".to_owned(), 5, 1, 300.0, true));
    happen(&mut connection, &mut log, [rescheduled(JOB, in_seconds(1_000_000_000))]).await;
    assert_eq!(row(&mut connection, JOB).await, ("scheduled".to_owned(), 5, 1, 300.0, false));
    database.drop().await;
}

#[tokio::test]
async fn a_replaced_job_begins_with_its_first_attempt_and_without_a_checkpoint() {
    let Some((database, mut connection, mut log)) = with_tenant().await else {
        return;
    };
    let again = Some(in_seconds(60));
    let before = [enqueued(JOB, in_seconds(-1), 0), started(JOB, 1, 2), checkpointed(JOB, 2), failed(JOB, 1, 2, again)];
    happen(&mut connection, &mut log, before).await;
    happen(&mut connection, &mut log, [replaced(JOB, in_seconds(60), 0)]).await;
    assert_eq!(row(&mut connection, JOB).await.2, 1);
    let (kept, known): (i64, bool) =
        sqlx::query_as("select (select count(*) from job_checkpoint), has_checkpoint from job_queue where job_id = $1")
            .bind(JOB.0)
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!((kept, known), (0, false));
    let job: (String, i32, i32) =
        sqlx::query_as(r#"select "payload"::text, "attempts", "maxAttempts" from "Job" where "id" = $1"#)
            .bind(JOB.0)
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(job, (r#"{"page": 2}"#.to_owned(), 0, 5));
    database.drop().await;
}
