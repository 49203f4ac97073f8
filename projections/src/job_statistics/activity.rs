//! What happened to jobs, period by period: one row each, as it was written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use plinth_events::{
    TenantId,
    names::JobType,
    query::job_statistics::{ActivityPeriod, JobActivity, StatisticsStep},
};
use sqlx::{FromRow, PgExecutor};

use super::durations::Durations;

/// All types of a tenant together.
const ALL_TYPES: &str = "*";

/// Periods of the same length, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// How long each is.
    pub step: StatisticsStep,
    /// When the first one begins.
    pub from: DateTime<Utc>,
    /// When the last one ends.
    pub until: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    began_at: DateTime<Utc>,
    enqueued: i64,
    started: i64,
    completed: i64,
    failed_attempts: i64,
    snoozed: i64,
    failed: i64,
    cancelled: i64,
    retried: i64,
    archived: i64,
    buckets: Vec<i16>,
    waits: Vec<i64>,
    runs: Vec<i64>,
}

/// What happened in one period or in many, with all durations.
#[derive(Default)]
struct Sum {
    counts: JobActivity,
    waits: Durations,
    runs: Durations,
}

/// What happened to jobs of a tenant, or of a type of it: in all of the periods together, and in each.
pub async fn activity(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    job_type: Option<&JobType>,
    periods: Periods,
) -> Result<(JobActivity, Vec<ActivityPeriod>), sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(include_str!("activity.sql"))
        .bind(tenant.0)
        .bind(job_type.map_or(ALL_TYPES, JobType::as_str))
        .bind(periods.step.seconds().cast_signed())
        .bind(periods.from)
        .bind(periods.until)
        .fetch_all(executor)
        .await?;
    let mut whole = Sum::default();
    let mut series: BTreeMap<_, _> = periods.times().map(|time| (time, JobActivity::default())).collect();
    for row in &rows {
        whole.add(row);
        let mut period = Sum::default();
        period.add(row);
        series.insert(row.began_at, period.told());
    }
    let period = |(time, activity): (DateTime<Utc>, _)| ActivityPeriod { time: time.into(), activity };
    Ok((whole.told(), series.into_iter().map(period).collect()))
}

impl Periods {
    /// When each of them begins.
    fn times(self) -> impl Iterator<Item = DateTime<Utc>> {
        let seconds = self.from.timestamp()..self.until.timestamp();
        seconds.step_by(self.step.seconds() as usize).filter_map(|second| DateTime::from_timestamp(second, 0))
    }
}

impl Sum {
    fn add(&mut self, row: &Row) {
        let counts = &mut self.counts;
        counts.enqueued += row.enqueued.cast_unsigned();
        counts.started += row.started.cast_unsigned();
        counts.completed += row.completed.cast_unsigned();
        counts.failed_attempts += row.failed_attempts.cast_unsigned();
        counts.snoozed += row.snoozed.cast_unsigned();
        counts.failed += row.failed.cast_unsigned();
        counts.cancelled += row.cancelled.cast_unsigned();
        counts.retried += row.retried.cast_unsigned();
        counts.archived += row.archived.cast_unsigned();
        for ((bucket, waits), runs) in row.buckets.iter().zip(&row.waits).zip(&row.runs) {
            self.waits.add(*bucket, waits.cast_unsigned());
            self.runs.add(*bucket, runs.cast_unsigned());
        }
    }

    fn told(&self) -> JobActivity {
        JobActivity {
            wait_p50_ms: self.waits.percentile(0.5),
            wait_p99_ms: self.waits.percentile(0.99),
            run_p50_ms: self.runs.percentile(0.5),
            run_p99_ms: self.runs.percentile(0.99),
            ..self.counts
        }
    }
}
