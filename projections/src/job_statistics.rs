//! `job_count`, `job_period`, `job_latency`: how many jobs there are, and how they fared over time. They follow from the log
//! alone, and nothing of them is written with the events: the duty `statistics` calls [`follow`], [`forget`] and [`expire`].

mod activity;
mod counts;
mod durations;

use plinth_events::query::job_statistics::StatisticsStep;
use sqlx::{PgConnection, PgExecutor};

pub use self::{
    activity::{Periods, activity},
    counts::{Counts, counts},
};

/// Of a step with more events than this, durations are looked up for so many.
const SAMPLED_EVENTS: u64 = 500;
const DAY_SECONDS: u32 = 86_400;

/// Up to which position of the log everything is counted.
pub async fn position(executor: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
    let position: i64 = sqlx::query_scalar("select position from statistics_position").fetch_one(executor).await?;
    Ok(position.cast_unsigned())
}

/// Counts the events behind a position up to another one, unless somebody has since the position was asked for.
pub async fn follow(connection: &mut PgConnection, after: u64, until: u64) -> Result<(), sqlx::Error> {
    let one_of = i32::try_from((until - after).div_ceil(SAMPLED_EVENTS)).unwrap_or(i32::MAX);
    let (seconds, kept_seconds) = steps();
    sqlx::query(include_str!("job_statistics/follow.sql"))
        .bind(after.cast_signed())
        .bind(until.cast_signed())
        .bind(one_of)
        .bind(seconds)
        .bind(kept_seconds)
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes some of what is counted of tenants that are gone: at most so many rows of each table. Whether there was such a tenant:
/// then there may be more to delete.
pub async fn forget(executor: impl PgExecutor<'_>, limit: u32) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(include_str!("job_statistics/forget.sql")).bind(i64::from(limit)).fetch_one(executor).await
}

/// Deletes periods that were kept for long enough, so many of each length at most.
pub async fn expire(connection: &mut PgConnection, limit: u32) -> Result<(), sqlx::Error> {
    let (seconds, kept_seconds) = steps();
    sqlx::query(include_str!("job_statistics/expire.sql"))
        .bind(seconds)
        .bind(kept_seconds)
        .bind(i64::from(limit))
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets all of it, to be counted anew from the beginning of the log.
pub async fn begin_anew(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(
        "truncate plinth.job_count, plinth.job_period, plinth.job_latency, plinth.statistics_gone;
         update plinth.statistics_position set position = 0",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How long periods are, and for how long they are kept.
fn steps() -> (Vec<i32>, Vec<i32>) {
    let of = |step: StatisticsStep| (step.seconds().cast_signed(), (step.kept_days() * DAY_SECONDS).cast_signed());
    StatisticsStep::ALL.into_iter().map(of).unzip()
}
