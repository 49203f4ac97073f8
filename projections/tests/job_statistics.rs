//! Statistics of jobs against a real Postgres: random lives of jobs, counted page by page, against the table of jobs and a fold
//! of the same events.

#![allow(clippy::unwrap_used)]

mod support;

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use plinth_events::{
    AggregateKey, Event, JobId, TenantId,
    event::{
        job::{JobDependencyFailed, JobEvent, JobExpired},
        tenant::TenantDeleted,
    },
    query::job_statistics::{JobActivity, StatisticsStep, StatusCounts},
    subject::event_tail,
};
use plinth_projections::{
    Entry, apply,
    job_statistics::{self, Counts, Periods},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use sqlx::{Connection, PgConnection};
use support::{Log, TestDatabase, job::*, samples};
use uuid::Uuid;

const TYPES: [&str; 2] = ["export", "import"];

/// Where a job stands.
#[derive(Debug, Clone, Copy, Default)]
enum Life {
    #[default]
    Unknown,
    Waiting,
    Running,
    Completed,
    Failed,
    Archived,
}

/// Writes random lives of a few jobs of two tenants. A tenant that is deleted makes room for another one.
struct Writer {
    log: Log,
    tenants: [u128; 2],
    lives: BTreeMap<(u128, u128), Life>,
}

impl Writer {
    fn new() -> Self {
        let mut writer = Self { log: Log::default(), tenants: [1, 2], lives: BTreeMap::new() };
        writer.tenants.iter().for_each(|tenant| writer.log.tenant(TenantId(Uuid::from_u128(*tenant))));
        writer
    }

    fn take(&mut self, place: usize, number: u128, choice: usize) {
        if choice == 0 && number == 0 {
            return self.replace_tenant(place);
        }
        let tenant = self.tenants[place];
        let job = job_id(tenant * 100 + number);
        let life = self.lives.entry((tenant, number)).or_default();
        let choices = next(job, *life);
        let Some((event, then)) = choices.get(choice % choices.len().max(1)) else { return };
        *life = *then;
        self.log.record(TenantId(Uuid::from_u128(tenant)), None, of_type(event, TYPES[number as usize % 2]));
    }

    fn replace_tenant(&mut self, place: usize) {
        let gone = TenantId(Uuid::from_u128(self.tenants[place]));
        self.log.record(gone, None, Event::Tenant(TenantDeleted {}.into()));
        self.tenants[place] = self.tenants[0].max(self.tenants[1]) + 1;
        self.log.tenant(TenantId(Uuid::from_u128(self.tenants[place])));
    }

    /// What was recorded, a second and a half apart, and just now.
    fn entries(mut self) -> Vec<Entry> {
        let begin = in_seconds(-900);
        for entry in &mut self.log.entries {
            entry.recorded_at = begin.plus_millis(entry.position as i64 * 1_501).utc().into();
        }
        self.log.entries
    }
}

/// What can happen next to a job, and where it stands then.
fn next(job: JobId, life: Life) -> Vec<(JobEvent, Life)> {
    let due = |seconds: i64| in_seconds(seconds - 900);
    match life {
        Life::Unknown => vec![(enqueued(job, due(1), 0), Life::Waiting)],
        Life::Waiting => {
            let (job_type, dependency) = (job_type(), job_id(9));
            vec![
                (started(job, 1, 2), Life::Running),
                (cancelled(job), Life::Failed),
                (started(job, 2, 3), Life::Running),
                (rescheduled(job, due(5)), Life::Waiting),
                (prioritized(job, 3), Life::Waiting),
                (replaced(job, due(3), 3), Life::Waiting),
                (JobDependencyFailed { job_id: job, job_type: job_type.clone(), dependency }.into(), Life::Failed),
                (JobExpired { job_id: job, job_type, expires_at: due(1) }.into(), Life::Failed),
            ]
        }
        Life::Running => vec![
            (completed(job, 1, 2), Life::Completed),
            (checkpointed(job, 2), Life::Running),
            (failed(job, 1, 2, Some(due(2))), Life::Waiting),
            (failed(job, 1, 2, None), Life::Failed),
            (expired(job, 1, 2, Some(due(2))), Life::Waiting),
            (expired(job, 1, 2, None), Life::Failed),
            (snoozed(job, 0, 2, due(4)), Life::Waiting),
            (cancel_requested(job), Life::Running),
        ],
        Life::Completed => vec![(archived(job), Life::Archived)],
        Life::Failed => vec![(retried(job, due(3), 0), Life::Waiting), (archived(job), Life::Archived)],
        Life::Archived => vec![],
    }
}

fn of_type(event: &JobEvent, job_type: &str) -> Event {
    let data = event.data().unwrap().replace(r#""type":"export""#, &format!(r#""type":"{job_type}""#));
    Event::Job(JobEvent::from_recorded(event.event_type(), Event::VERSION, &data).unwrap())
}

fn lives() -> impl Strategy<Value = Writer> {
    vec((0..2_usize, 0..6_u128, 0..24_usize), 0..250).prop_map(|steps| {
        let mut writer = Writer::new();
        steps.into_iter().for_each(|(place, number, choice)| writer.take(place, number, choice));
        writer
    })
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.log.entries.iter().map(|entry| (entry.tenant, &entry.event))).finish()
    }
}

/// Writes the log and the read tables.
async fn write(connection: &mut PgConnection, entries: &[Entry]) {
    for entry in entries {
        let key = AggregateKey::of(entry.tenant, &entry.event);
        sqlx::query(
            "insert into plinth.events
                 (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, event_id,
                  tenant_id, subject_tail, command_id, recorded_at)
             values ($1, $2, $3, $4, $5, '1', $6::json, '{}', gen_random_uuid(), $7, $8, gen_random_uuid(), $9)",
        )
        .bind(entry.position.cast_signed())
        .bind(key.aggregate().as_str())
        .bind(key.to_string())
        .bind(entry.sequence.cast_signed())
        .bind(entry.event.event_type())
        .bind(entry.event.data().unwrap())
        .bind(entry.tenant.0)
        .bind(event_tail(entry.tenant, &entry.event))
        .bind(entry.recorded_at.utc())
        .execute(&mut *connection)
        .await
        .unwrap();
    }
    apply(connection, entries).await.unwrap();
}

/// What is counted, without types that have no jobs any more.
async fn counted(connection: &mut PgConnection) -> Vec<String> {
    let counts = "select to_jsonb(t)::text from job_count t where pending + processing + completed + failed > 0";
    texts(connection, counts).await
}

/// The same as the table of jobs says it.
async fn in_the_table(connection: &mut PgConnection) -> Vec<String> {
    let counts = r#"select to_jsonb(t)::text from (
        select "tenantId" as tenant_id, "type" as type, count(*) filter (where "status" = 'pending') as pending,
               count(*) filter (where "status" = 'processing') as processing,
               count(*) filter (where "status" = 'completed') as completed,
               count(*) filter (where "status" = 'failed') as failed
        from "Job" group by 1, 2) as t"#;
    texts(connection, counts).await
}

async fn texts(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let mut texts: Vec<String> = sqlx::query_scalar(sql).fetch_all(connection).await.unwrap();
    texts.sort();
    texts
}

/// A tenant, a type or `*`, how long a period is, and when it began.
type Place = (TenantId, String, u32, DateTime<Utc>);
/// Enqueued, started, completed, failed attempts, snoozed, failed, cancelled, retried, archived.
type Kinds = [i64; 9];
/// How many waited and how many ran for so long.
type Durations = BTreeMap<(Place, i16), (i64, i64)>;

fn places(entry: &Entry) -> Vec<Place> {
    let Event::Job(event) = &entry.event else { return vec![] };
    let at = entry.recorded_at.utc();
    let began = |step: StatisticsStep| at.duration_trunc(TimeDelta::seconds(step.seconds().into())).unwrap();
    let of = |job_type: &str, step: StatisticsStep| (entry.tenant, job_type.to_owned(), step.seconds(), began(step));
    StatisticsStep::ALL.into_iter().flat_map(|step| [of(event.job().1.as_str(), step), of("*", step)]).collect()
}

/// What an event counts as: which of the [`Kinds`].
fn kinds(event: &JobEvent) -> &'static [usize] {
    match event {
        JobEvent::JobEnqueued(_) => &[0],
        JobEvent::JobStarted(_) => &[1],
        JobEvent::JobCompleted(_) => &[2],
        JobEvent::JobFailed(event) if event.retry_at.is_some() => &[3],
        JobEvent::JobLeaseExpired(event) if event.retry_at.is_some() => &[3],
        JobEvent::JobFailed(_) | JobEvent::JobLeaseExpired(_) => &[3, 5],
        JobEvent::JobSnoozed(_) => &[4],
        JobEvent::JobDependencyFailed(_) | JobEvent::JobExpired(_) => &[5],
        JobEvent::JobCancelled(_) => &[6],
        JobEvent::JobRetried(_) => &[7],
        JobEvent::JobArchived(_) => &[8],
        _ => &[],
    }
}

/// When an event says that its job may start.
fn due(event: &JobEvent) -> Option<DateTime<Utc>> {
    match event {
        JobEvent::JobEnqueued(event) => Some(event.run_at.utc()),
        JobEvent::JobFailed(event) => event.retry_at.map(|at| at.utc()),
        JobEvent::JobLeaseExpired(event) => event.retry_at.map(|at| at.utc()),
        JobEvent::JobSnoozed(event) => Some(event.run_at.utc()),
        JobEvent::JobReplaced(event) => Some(event.run_at.utc()),
        JobEvent::JobRescheduled(event) => Some(event.run_at.utc()),
        JobEvent::JobRetried(event) => Some(event.run_at.utc()),
        _ => None,
    }
}

/// What should be counted, event by event.
fn expected(entries: &[Entry]) -> (BTreeMap<Place, Kinds>, Durations) {
    let (mut periods, mut durations) = (BTreeMap::<Place, Kinds>::new(), Durations::new());
    let mut since: BTreeMap<JobId, DateTime<Utc>> = BTreeMap::new();
    for entry in entries {
        if let Event::Tenant(_) = entry.event {
            // the first event of a tenant, or its end
            periods.retain(|place, _| place.0 != entry.tenant);
            durations.retain(|(place, _), _| place.0 != entry.tenant);
        }
        let Event::Job(event) = &entry.event else { continue };
        let (job, now) = (event.job().0, entry.recorded_at.utc());
        for (place, kind) in places(entry).iter().flat_map(|place| kinds(event).iter().map(move |kind| (place, kind))) {
            periods.entry(place.clone()).or_default()[*kind] += 1;
        }
        let is_start = matches!(event, JobEvent::JobStarted(_));
        if is_start || event.ends_an_attempt() {
            let bucket = bucket(now - since[&job]);
            for place in places(entry) {
                let counts = durations.entry((place, bucket)).or_default();
                *counts = (counts.0 + i64::from(is_start), counts.1 + i64::from(!is_start));
            }
        }
        if let Some(time) = Some(now).filter(|_| is_start).or(due(event)) {
            since.insert(job, time);
        }
    }
    (periods, durations)
}

fn bucket(duration: TimeDelta) -> i16 {
    let millis = duration.num_microseconds().unwrap() as f64 / 1_000.0;
    (2.0 * millis.max(1.0).log2()).floor() as i16
}

#[derive(sqlx::FromRow)]
struct PlaceRow {
    tenant_id: Uuid,
    #[sqlx(rename = "type")]
    job_type: String,
    seconds: i32,
    began_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct PeriodRow {
    #[sqlx(flatten)]
    place: PlaceRow,
    kinds: Vec<i64>,
}

#[derive(sqlx::FromRow)]
struct LatencyRow {
    #[sqlx(flatten)]
    place: PlaceRow,
    bucket: i16,
    waits: i64,
    runs: i64,
}

impl From<PlaceRow> for Place {
    fn from(row: PlaceRow) -> Self {
        (TenantId(row.tenant_id), row.job_type, row.seconds.cast_unsigned(), row.began_at)
    }
}

async fn periods(connection: &mut PgConnection) -> BTreeMap<Place, Kinds> {
    let rows: Vec<PeriodRow> = sqlx::query_as(
        "select tenant_id, type, seconds, began_at,
                array[enqueued, started, completed, failed_attempts, snoozed, failed, cancelled, retried, archived] as kinds
         from job_period",
    )
    .fetch_all(connection)
    .await
    .unwrap();
    rows.into_iter().map(|row| (row.place.into(), row.kinds.try_into().unwrap())).collect()
}

async fn durations(connection: &mut PgConnection) -> Durations {
    let rows: Vec<LatencyRow> =
        sqlx::query_as("select tenant_id, type, seconds, began_at, bucket, waits, runs from job_latency")
            .fetch_all(connection)
            .await
            .unwrap();
    rows.into_iter().map(|row| ((row.place.into(), row.bucket), (row.waits, row.runs))).collect()
}

#[tokio::test]
async fn however_the_log_is_cut_into_pages_the_counts_are_those_of_the_table_and_of_a_fold() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    for (writer, cuts) in samples(&(lives(), vec(any::<Index>(), 0..6)), 48) {
        let entries = writer.entries();
        let mut transaction = connection.begin().await.unwrap();
        write(&mut transaction, &entries).await;
        let end = entries.len() as u64;
        let mut pages: Vec<u64> = cuts.iter().map(|cut| cut.index(entries.len()) as u64).chain([end]).collect();
        pages.sort_unstable();
        for until in pages.into_iter().filter(|until| *until > 0) {
            let after = job_statistics::position(&mut *transaction).await.unwrap();
            job_statistics::follow(&mut transaction, after, until.max(after)).await.unwrap();
            // as by a replica that does not know that it is done
            job_statistics::follow(&mut transaction, after, until.max(after)).await.unwrap();
        }
        assert_eq!(job_statistics::position(&mut *transaction).await.unwrap(), end);
        while job_statistics::forget(&mut *transaction, 3).await.unwrap() {}
        assert_eq!(counted(&mut transaction).await, in_the_table(&mut transaction).await, "{entries:#?}");
        let (expected_periods, expected_durations) = expected(&entries);
        assert_eq!(periods(&mut transaction).await, expected_periods, "{entries:#?}");
        assert_eq!(durations(&mut transaction).await, expected_durations, "{entries:#?}");
        transaction.rollback().await.unwrap();
    }
    database.drop().await;
}

/// A database with the whole lives of so many jobs, which began so many seconds ago and are a millisecond apart.
async fn with_completed_jobs(jobs: u128, seconds_ago: i64) -> Option<(TestDatabase, PgConnection, u64)> {
    let database = TestDatabase::create().await?;
    let mut connection = database.connect().await;
    let begin = in_seconds(-seconds_ago);
    let mut log = log(&[TENANT]);
    for number in 1..=jobs {
        let job = job_id(number);
        for event in [enqueued(job, begin, 0), started(job, 1, 2), completed(job, 1, 2)] {
            log.record(TENANT, None, event);
        }
    }
    for entry in &mut log.entries {
        entry.recorded_at = begin.plus_millis(entry.position as i64).utc().into();
    }
    write(&mut connection, &log.entries).await;
    Some((database, connection, log.entries.len() as u64))
}

async fn number(connection: &mut PgConnection, sql: &str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn of_many_events_the_counts_are_exact_and_the_durations_those_of_a_part() {
    let Some((database, mut connection, end)) = with_completed_jobs(400, 60).await else { return };
    job_statistics::follow(&mut connection, 0, end).await.unwrap();
    assert_eq!(counted(&mut connection).await, in_the_table(&mut connection).await);
    let runs = "select sum(runs)::bigint from job_latency where type = '*' and seconds = 86400";
    let found = number(&mut connection, runs).await;
    assert!((250..550).contains(&found), "{found} of 400");
    database.drop().await;
}

#[tokio::test]
async fn periods_that_are_not_kept_any_more_are_left_out_or_go() {
    let three_days = 3 * 86_400;
    let Some((database, mut connection, end)) = with_completed_jobs(2, three_days).await else { return };
    job_statistics::follow(&mut connection, 0, end).await.unwrap();
    let [minutes, ten_minutes, latencies] = [
        "select count(*) from job_period where seconds = 60",
        "select count(*) from job_period where seconds = 600",
        "select count(*) from job_latency where seconds = 600",
    ];
    assert_eq!(number(&mut connection, minutes).await, 0, "left out");
    job_statistics::expire(&mut connection, 10).await.unwrap();
    assert!(number(&mut connection, latencies).await > 0, "kept");
    sqlx::raw_sql(
        "update job_period set began_at = began_at - interval '15 days';
         update job_latency set began_at = began_at - interval '15 days'",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    job_statistics::expire(&mut connection, 10).await.unwrap();
    assert_eq!(number(&mut connection, ten_minutes).await, 0);
    assert_eq!(number(&mut connection, latencies).await, 0);
    assert!(number(&mut connection, "select count(*) from job_latency where seconds = 3600").await > 0);
    database.drop().await;
}

#[tokio::test]
async fn what_is_erased_is_not_counted() {
    let Some((database, mut connection, end)) = with_completed_jobs(3, 60).await else { return };
    let erase = "set plinth.erasing = 'on';
        update plinth.events
        set aggregate_id = tenant_id || '/' || event_id, subject_tail = 'job.' || event_id || '.erased', metadata = '{}',
            payload = '{\"erased\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}'
        where aggregate_type = 'job' and position > 4";
    sqlx::raw_sql(erase).execute(&mut connection).await.unwrap();
    job_statistics::follow(&mut connection, 0, end).await.unwrap();
    assert_eq!(number(&mut connection, "select sum(completed)::bigint from job_count").await, 1);
    let types = number(&mut connection, "select count(distinct type) from job_period").await;
    assert_eq!(types, 2, "its type, and all types");
    database.drop().await;
}

#[tokio::test]
async fn counted_anew_the_statistics_are_the_same() {
    let Some((database, mut connection, end)) = with_completed_jobs(5, 60).await else { return };
    job_statistics::follow(&mut connection, 0, end).await.unwrap();
    let before = (periods(&mut connection).await, durations(&mut connection).await);
    job_statistics::begin_anew(&mut connection).await.unwrap();
    assert!(periods(&mut connection).await.is_empty() && counted(&mut connection).await.is_empty());
    job_statistics::follow(&mut connection, 0, end).await.unwrap();
    assert_eq!((periods(&mut connection).await, durations(&mut connection).await), before);
    assert_eq!(counted(&mut connection).await, in_the_table(&mut connection).await);
    database.drop().await;
}

#[tokio::test]
async fn what_is_counted_of_a_deleted_tenant_goes_a_part_at_a_time() {
    let Some((database, mut connection, end)) = with_completed_jobs(1, 60).await else { return };
    job_statistics::follow(&mut connection, 0, end).await.unwrap();
    sqlx::query("insert into job_count select $1, 'type_' || n, 0, 0, 1, 0 from generate_series(1, 9) as n")
        .bind(OTHER.0)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("insert into statistics_gone (tenant_id) values ($1)")
        .bind(OTHER.0)
        .execute(&mut connection)
        .await
        .unwrap();
    let mut left = Vec::new();
    while job_statistics::forget(&mut connection, 4).await.unwrap() {
        left.push(number(&mut connection, "select count(*) from job_count").await);
    }
    assert_eq!(left, [6, 2, 1, 1], "the last one finds nothing");
    assert_eq!(counted(&mut connection).await, in_the_table(&mut connection).await);
    assert_eq!(number(&mut connection, "select count(*) from statistics_gone").await, 0);
    database.drop().await;
}

#[tokio::test]
async fn activity_is_told_for_every_period_also_for_those_in_which_nothing_happened() {
    let Some((database, mut connection, end)) = with_completed_jobs(5, 120).await else { return };
    job_statistics::follow(&mut connection, 0, end).await.unwrap();
    let until = in_seconds(60).utc().duration_trunc(TimeDelta::minutes(1)).unwrap();
    let periods = Periods { step: StatisticsStep::Minute, from: until - TimeDelta::minutes(10), until };
    let (whole, series) = job_statistics::activity(&mut connection, TENANT, None, periods).await.unwrap();
    assert_eq!((whole.enqueued, whole.started, whole.completed, whole.failed), (5, 5, 5, 0));
    assert!(whole.wait_p99_ms.is_some_and(|millis| millis <= 20) && whole.run_p50_ms == Some(1), "{whole:?}");
    assert_eq!(series.len(), 10);
    assert_eq!(series.iter().map(|period| period.activity.completed).sum::<u64>(), 5);
    assert_eq!(series[0].activity, JobActivity::default());
    let other = job_statistics::activity(&mut connection, TENANT, Some(&"import".parse().unwrap()), periods).await;
    assert_eq!(other.unwrap().0, JobActivity::default());
    let counts = job_statistics::counts(&mut connection, TENANT, None).await.unwrap();
    assert_eq!((counts.jobs.completed, counts.types.len(), counts.other_types), (5, 1, None));
    assert_eq!(job_statistics::counts(&mut connection, OTHER, None).await.unwrap(), Counts::default());
    database.drop().await;
}

#[tokio::test]
async fn the_types_with_the_fewest_jobs_are_told_together() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut connection = database.connect().await;
    sqlx::query("insert into job_count select $1, 'type_' || n, n, 0, 0, 1 from generate_series(1, 102) as n")
        .bind(TENANT.0)
        .execute(&mut connection)
        .await
        .unwrap();
    let counts = job_statistics::counts(&mut connection, TENANT, None).await.unwrap();
    assert_eq!((counts.types.len(), counts.types[0].jobs.pending), (100, 102));
    assert_eq!(counts.other_types, Some(StatusCounts { pending: 3, failed: 2, ..StatusCounts::default() }));
    assert_eq!(counts.jobs.pending, 102 * 103 / 2);
    database.drop().await;
}
