//! Reads the log in order: for followers, for auditors, for one aggregate's history.

use chrono::{DateTime, Utc};
use plinth_events::{
    AggregateKey, CommandId, Event, EventId, TenantId,
    envelope::{Origin, RecordedEvent},
    event::{Aggregate, UnknownEvent},
};
use plinth_projections::Entry;
use serde_json::value::RawValue;
use sqlx::{FromRow, PgExecutor, types::Json};
use uuid::Uuid;

use super::{
    LogError,
    raw::{RawEvent, select_events},
};

/// What the projections need of a row.
#[derive(FromRow)]
struct EntryRow {
    position: i64,
    sequence: i64,
    aggregate_type: String,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: Json<Origin>,
    tenant_id: Uuid,
    recorded_at: DateTime<Utc>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = LogError;

    fn try_from(row: EntryRow) -> Result<Self, LogError> {
        Ok(Self {
            position: row.position.cast_unsigned(),
            sequence: row.sequence.cast_unsigned(),
            tenant: TenantId(row.tenant_id),
            actor: row.metadata.0.actor,
            recorded_at: row.recorded_at.into(),
            event: parse(&row.aggregate_type, &row.event_type, &row.event_version, &row.payload)?,
        })
    }
}

/// An event of the log with the part of its subject behind the tenant.
#[derive(Debug, Clone)]
pub struct Published {
    /// The event.
    pub event: RecordedEvent,
    /// `<aggregate>.<key>.<event>`.
    pub subject_tail: String,
}

impl TryFrom<RawEvent> for Published {
    type Error = LogError;

    fn try_from(raw: RawEvent) -> Result<Self, LogError> {
        let RawEvent { frame, recorded_at, aggregate_id, subject_tail, payload, metadata } = raw;
        let event = RecordedEvent {
            position: frame.position,
            id: EventId(frame.event_id),
            tenant_id: frame.tenant_id,
            aggregate_type: aggregate(&frame.aggregate_type, &frame.event_type, &frame.event_version)?,
            aggregate_id,
            sequence: frame.sequence,
            event_type: frame.event_type,
            version: frame.event_version,
            recorded_at: recorded_at.into(),
            command_id: CommandId(frame.command_id),
            origin: serde_json::from_str(&metadata)?,
            data: RawValue::from_string(payload)?,
        };
        Ok(Self { event, subject_tail })
    }
}

/// Events behind a position, in order.
pub async fn after(executor: impl PgExecutor<'_>, position: u64, limit: u32) -> Result<Vec<Published>, LogError> {
    let events: Vec<RawEvent> = sqlx::query_as(select_events!(
        "where position > $1
         order by position
         limit $2"
    ))
    .bind(position.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    events.into_iter().map(Published::try_from).collect()
}

/// The id of the event at a position; none when the log does not reach it.
pub async fn event_id(executor: impl PgExecutor<'_>, position: u64) -> Result<Option<EventId>, LogError> {
    let id: Option<Uuid> = sqlx::query_scalar("select event_id from plinth.events where position = $1")
        .bind(position.cast_signed())
        .fetch_optional(executor)
        .await?;
    Ok(id.map(EventId))
}

/// Position and id of the last event, of one tenant or of all; none when there is none.
pub async fn last(executor: impl PgExecutor<'_>, tenant: Option<TenantId>) -> Result<Option<(u64, EventId)>, LogError> {
    let last: Option<(i64, Uuid)> = match tenant {
        None => {
            sqlx::query_as("select position, event_id from plinth.events order by position desc limit 1")
                .fetch_optional(executor)
                .await?
        }
        Some(tenant) => {
            sqlx::query_as(
                "select position, event_id from plinth.events
                 where (tenant_id, position) >= ($1, 0) and tenant_id <= $1
                 order by tenant_id desc, position desc
                 limit 1",
            )
            .bind(tenant.0)
            .fetch_optional(executor)
            .await?
        }
    };
    Ok(last.map(|(position, id)| (position.cast_unsigned(), EventId(id))))
}

/// Events of a tenant from a position on, in order. They are asked for in the order of the tenant's index: by position, as the
/// planner may prefer, all others would be gone through.
pub async fn of_tenant(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    from: u64,
    limit: u32,
) -> Result<Vec<RecordedEvent>, LogError> {
    let events: Vec<RawEvent> = sqlx::query_as(select_events!(
        "where (tenant_id, position) >= ($1, $2) and tenant_id <= $1
         order by tenant_id, position
         limit $3"
    ))
    .bind(tenant.0)
    .bind(from.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    recorded(events)
}

/// Events of some tenants behind a position up to another one, in order.
pub async fn of_tenants(
    executor: impl PgExecutor<'_>,
    tenants: &[TenantId],
    after: u64,
    until: u64,
    limit: u32,
) -> Result<Vec<RecordedEvent>, LogError> {
    let events: Vec<RawEvent> = sqlx::query_as(select_events!(
        "where position > $1 and position <= $2 and tenant_id = any ($3)
         order by position
         limit $4"
    ))
    .bind(after.cast_signed())
    .bind(until.cast_signed())
    .bind(tenants.iter().map(|tenant| tenant.0).collect::<Vec<_>>())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    recorded(events)
}

/// All events of an aggregate, in order.
pub async fn of_aggregate(executor: impl PgExecutor<'_>, key: &AggregateKey) -> Result<Vec<RecordedEvent>, LogError> {
    let events: Vec<RawEvent> = sqlx::query_as(select_events!(
        "where aggregate_type = $1 and aggregate_id = $2
         order by sequence"
    ))
    .bind(key.aggregate().as_str())
    .bind(key.to_string())
    .fetch_all(executor)
    .await?;
    recorded(events)
}

/// The newest events of an aggregate, at most `limit`, the newest first.
pub async fn newest_of_aggregate(
    executor: impl PgExecutor<'_>,
    key: &AggregateKey,
    limit: u32,
) -> Result<Vec<RecordedEvent>, LogError> {
    let events: Vec<RawEvent> = sqlx::query_as(select_events!(
        "where aggregate_type = $1 and aggregate_id = $2
         order by sequence desc
         limit $3"
    ))
    .bind(key.aggregate().as_str())
    .bind(key.to_string())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    recorded(events)
}

fn recorded(events: Vec<RawEvent>) -> Result<Vec<RecordedEvent>, LogError> {
    events.into_iter().map(|event| Ok(Published::try_from(event)?.event)).collect()
}

/// Events behind a position up to another one as the projections need them, at most `limit`, in order; without those that
/// are erased: whoever they were of was deleted later.
pub async fn entries(
    executor: impl PgExecutor<'_>,
    after: u64,
    until: u64,
    limit: u32,
) -> Result<Vec<Entry>, LogError> {
    let rows: Vec<EntryRow> = sqlx::query_as(
        "select position, sequence, aggregate_type, event_type, event_version, payload::text as payload, metadata,
                tenant_id, recorded_at
         from plinth.events
         where position > $1 and position <= $2 and payload::text not like '{\"erased\":\"%'
         order by position
         limit $3",
    )
    .bind(after.cast_signed())
    .bind(until.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Whether positions are 1, 2, 3 … up to the head, each once.
pub async fn is_gapless(executor: impl PgExecutor<'_>, head: u64) -> Result<bool, LogError> {
    let (count, first, last): (i64, Option<i64>, Option<i64>) =
        sqlx::query_as("select count(*), min(position), max(position) from plinth.events where position <= $1")
            .bind(head.cast_signed())
            .fetch_one(executor)
            .await?;
    let head = head.cast_signed();
    Ok(count == head && (head == 0 || (first == Some(1) && last == Some(head))))
}

/// The event that the columns of a row are.
pub fn parse(aggregate_type: &str, event_type: &str, version: &str, payload: &str) -> Result<Event, LogError> {
    Ok(Event::from_recorded(aggregate(aggregate_type, event_type, version)?, event_type, version, payload)?)
}

fn aggregate(aggregate_type: &str, event_type: &str, version: &str) -> Result<Aggregate, UnknownEvent> {
    aggregate_type
        .parse()
        .map_err(|_| UnknownEvent::Type { event_type: event_type.to_owned(), version: version.to_owned() })
}
