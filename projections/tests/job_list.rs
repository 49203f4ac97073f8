//! The list of jobs against a real Postgres: the same by an index of the table and on a walk through the log, whatever the size
//! of the pages.

#![allow(clippy::unwrap_used)]

mod support;

use plinth_events::query::job::{JobStatus, ListJobs};
use plinth_projections::job;
use sqlx::PgConnection;
use support::{TestDatabase, job::TENANT};
use uuid::Uuid;

const ALL: ListJobs = ListJobs { job_type: None, status: None, limit: None, after: None };

/// 1,200 jobs of two types with some 3,400 events. Seven jobs are enqueued in each millisecond, and then most start and
/// end; the last ones do not.
async fn fill(connection: &mut PgConnection) {
    sqlx::raw_sql(
        r#"create temporary table enqueued as
           select number, gen_random_uuid() as id, case number % 4 when 0 then 'import' else 'export' end as type,
                  case when number % 50 = 0 then 'failed' when number % 10 = 0 or number > 1190 then 'pending' else 'completed' end as status,
                  timestamptz '2026-11-23 08:00Z' + number / 7 * interval '3 milliseconds' + number % 7 * interval '1 microsecond'
                      as time
           from generate_series(1, 1200) as number;
           insert into "Tenant" ("id", "name") values ('00000000-0000-0000-0000-000000000001', 'Acme');
           insert into "Job" ("id", "tenantId", "type", "payload", "status", "createdAt", "updatedAt")
           select id, '00000000-0000-0000-0000-000000000001', type, '{}', status,
                  date_trunc('milliseconds', time at time zone 'utc'), time at time zone 'utc'
           from enqueued
           where number % 11 <> 0;
           insert into plinth.events
               (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, event_id,
                tenant_id, subject_tail, command_id, recorded_at)
           select row_number() over (order by time + after), 'job', '00000000-0000-0000-0000-000000000001/' || id, sequence,
                  event_type, '1', '{}', '{}', gen_random_uuid(), '00000000-0000-0000-0000-000000000001',
                  'job.' || type || '.' || token, gen_random_uuid(), time + after
           from enqueued
           cross join (
               values (1, 'JobEnqueued', 'enqueued', interval '0'), (2, 'JobStarted', 'started', interval '1 millisecond'),
                      (3, 'JobCompleted', 'completed', interval '2 milliseconds')
           ) as event (sequence, event_type, token, after)
           where status <> 'pending' or sequence = 1"#,
    )
    .execute(connection)
    .await
    .unwrap();
}

/// As if there were many jobs of every type and status, so that the log is walked.
async fn pretend_that_there_are_many(connection: &mut PgConnection) {
    sqlx::query(
        "insert into job_count select $1, type, 9e6, 9e6, 9e6, 9e6 from unnest(array['import', 'export']) as type",
    )
    .bind(TENANT.0)
    .execute(connection)
    .await
    .unwrap();
}

/// The ids on all pages, and how many pages there were.
async fn all(connection: &mut PgConnection, mut query: ListJobs) -> (Vec<Uuid>, usize) {
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        let page = job::list(connection, TENANT, &query).await.unwrap();
        assert!(page.jobs.len() <= query.limit.unwrap_or(100) as usize);
        ids.extend(page.jobs.iter().map(|job| job.id.0));
        pages += 1;
        if page.next.is_none() {
            return (ids, pages);
        }
        query.after = page.next;
    }
}

async fn in_the_table(connection: &mut PgConnection, query: &ListJobs) -> Vec<Uuid> {
    sqlx::query_scalar(
        r#"select "id" from "Job" where ($1::text is null or "type" = $1) and ($2::text is null or "status" = $2)
           order by "createdAt" desc, "id" desc"#,
    )
    .bind(query.job_type.as_ref().map(|job_type| job_type.as_str()))
    .bind(query.status.map(JobStatus::as_str))
    .fetch_all(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn pages_are_without_gaps_or_repeats_by_an_index_and_on_a_walk() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    fill(&mut connection).await;
    let import = Some("import".parse().unwrap());
    let queries = [
        ALL,
        ListJobs { job_type: import.clone(), ..ALL },
        ListJobs { status: Some(JobStatus::Failed), ..ALL },
        ListJobs { status: Some(JobStatus::Pending), ..ALL },
        ListJobs { job_type: import, status: Some(JobStatus::Completed), ..ALL },
        ListJobs { job_type: Some("export".parse().unwrap()), status: Some(JobStatus::Processing), ..ALL },
    ];
    for walks in [false, true] {
        if walks {
            pretend_that_there_are_many(&mut connection).await;
        }
        for query in &queries {
            let expected = in_the_table(&mut connection, query).await;
            for limit in [if expected.len() < 200 { 3 } else { 20 }, 100, 1_000] {
                let query = ListJobs { limit: Some(limit), ..query.clone() };
                assert_eq!(all(&mut connection, query.clone()).await.0, expected, "{query:?}, walks: {walks}");
            }
        }
    }
    database.drop().await;
}

#[tokio::test]
async fn a_page_of_a_walk_ends_after_a_while_also_when_it_is_not_full() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    fill(&mut connection).await;
    pretend_that_there_are_many(&mut connection).await;
    // all but the first ones are archived, and so are others behind them
    let archived = r#"delete from "Job" where "createdAt" > (select min("createdAt") from "Job");
        insert into plinth.events
        select position + generation * (select max(position) from plinth.events), aggregate_type,
               tenant_id || '/' || gen_random_uuid(), sequence, event_type, event_version, payload, metadata, event_id, tenant_id,
               subject_tail, command_id, recorded_at + generation * interval '1 day'
        from plinth.events
        cross join generate_series(1, 3) as generation"#;
    sqlx::raw_sql(archived).execute(&mut connection).await.unwrap();
    let expected = in_the_table(&mut connection, &ALL).await;
    assert_eq!(all(&mut connection, ALL).await, (expected, 3));
    database.drop().await;
}
