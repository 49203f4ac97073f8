//! Events as their bytes are stored, for proofs: nothing is parsed, nothing is put together anew.

use chrono::{DateTime, Utc};
use futures_util::{Stream, TryStreamExt as _};
use plinth_events::{AggregateKey, TenantId, envelope::erased};
use sqlx::{FromRow, PgExecutor, PgPool, Row, postgres::PgRow};

use super::LogError;
use crate::audit::leaf::{Content, Frame};

/// An event of the log.
#[derive(Debug, Clone)]
pub struct RawEvent {
    /// All but what it says.
    pub frame: Frame,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Which aggregate it happened to.
    pub aggregate_id: String,
    /// Its subject behind the tenant.
    pub subject_tail: String,
    /// What happened.
    pub payload: String,
    /// Who did it, and in which context.
    pub metadata: String,
}

impl FromRow<'_, PgRow> for RawEvent {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let place = |column| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
        let recorded_at: DateTime<Utc> = row.try_get("recorded_at")?;
        let frame = Frame {
            position: place("position")?,
            aggregate_type: row.try_get("aggregate_type")?,
            sequence: place("sequence")?,
            event_type: row.try_get("event_type")?,
            event_version: row.try_get("event_version")?,
            event_id: row.try_get("event_id")?,
            tenant_id: TenantId(row.try_get("tenant_id")?),
            command_id: row.try_get("command_id")?,
            recorded_at_micros: recorded_at.timestamp_micros(),
        };
        Ok(Self {
            frame,
            recorded_at,
            aggregate_id: row.try_get("aggregate_id")?,
            subject_tail: row.try_get("subject_tail")?,
            payload: row.try_get("payload")?,
            metadata: row.try_get("metadata")?,
        })
    }
}

/// A statement that selects events as they are stored: which ones, in which order and how many the rest says.
macro_rules! select_events {
    ($rest:literal) => {
        concat!(
            "select position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text as payload,
                    metadata::text as metadata, event_id, tenant_id, subject_tail, command_id, recorded_at
             from plinth.events
             ",
            $rest
        )
    };
}
pub(super) use select_events;

impl RawEvent {
    /// The digest in the place of what it said, if it is erased.
    pub fn erased(&self) -> Option<&str> {
        erased(&self.payload)
    }

    /// What it says.
    pub fn content(&self) -> Content<'_> {
        Content {
            aggregate_id: &self.aggregate_id,
            subject_tail: &self.subject_tail,
            payload: &self.payload,
            metadata: &self.metadata,
        }
    }
}

/// Events behind a position, in order, one after the other: at most `limit` of them.
pub fn after(pool: &PgPool, position: u64, limit: u64) -> impl Stream<Item = Result<RawEvent, LogError>> {
    sqlx::query_as(select_events!(
        "where position > $1
         order by position
         limit $2"
    ))
    .bind(position.cast_signed())
    .bind(limit.cast_signed())
    .fetch(pool)
    .map_err(LogError::from)
}

/// The place in the log of the last event that was recorded by then: recording times strictly increase with positions.
pub async fn position_at(pool: &PgPool, time: DateTime<Utc>) -> Result<u64, LogError> {
    let (mut known, mut end) = (0, super::head::position(pool).await?);
    while known < end {
        let middle = known + (end - known).div_ceil(2);
        let recorded_at: DateTime<Utc> =
            sqlx::query_scalar("select recorded_at from plinth.events where position = $1")
                .bind(middle.cast_signed())
                .fetch_one(pool)
                .await?;
        if recorded_at <= time {
            known = middle;
        } else {
            end = middle - 1;
        }
    }
    Ok(known)
}

/// Events of a tenant behind a position up to another one, in order: at most `limit` of them.
pub async fn of_tenant(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    after: u64,
    until: u64,
    limit: u32,
) -> Result<Vec<RawEvent>, LogError> {
    let events = sqlx::query_as(select_events!(
        "where (tenant_id, position) > ($1, $2) and (tenant_id, position) <= ($1, $3)
         order by tenant_id, position
         limit $4"
    ))
    .bind(tenant.0)
    .bind(after.cast_signed())
    .bind(until.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    Ok(events)
}

/// Events of a tenant before a position, from there back: at most `limit` of them.
pub async fn of_tenant_before(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    before: u64,
    limit: u32,
) -> Result<Vec<RawEvent>, LogError> {
    let events = sqlx::query_as(select_events!(
        "where (tenant_id, position) < ($1, $2) and tenant_id >= $1
         order by tenant_id desc, position desc
         limit $3"
    ))
    .bind(tenant.0)
    .bind(before.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    Ok(events)
}

/// Events of aggregates before a position, from there back: at most `limit` of them.
pub async fn of_aggregates_before(
    executor: impl PgExecutor<'_>,
    keys: &[AggregateKey],
    before: u64,
    limit: u32,
) -> Result<Vec<RawEvent>, LogError> {
    let events = sqlx::query_as(select_events!(
        "join unnest($1::text[], $2::text[]) as asked (aggregate_type, aggregate_id)
             using (aggregate_type, aggregate_id)
         where position < $3
         order by position desc
         limit $4"
    ))
    .bind(keys.iter().map(|key| key.aggregate().as_str()).collect::<Vec<_>>())
    .bind(keys.iter().map(ToString::to_string).collect::<Vec<_>>())
    .bind(before.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    Ok(events)
}

/// Events of a metric of a tenant behind a position up to another one, in order: at most `limit` of them.
pub async fn of_metric(
    executor: impl PgExecutor<'_>,
    aggregate_id: &str,
    after: u64,
    until: u64,
    limit: u32,
) -> Result<Vec<RawEvent>, LogError> {
    let events = sqlx::query_as(select_events!(
        "where aggregate_type = 'metric' and aggregate_id = $1 and position > $2 and position <= $3
         order by sequence
         limit $4"
    ))
    .bind(aggregate_id)
    .bind(after.cast_signed())
    .bind(until.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    Ok(events)
}
