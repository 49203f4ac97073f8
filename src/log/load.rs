//! Loads the events of aggregates: many at once, because the writer decides a batch of commands at a time.

use plinth_events::{AggregateKey, Event, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{LogError, read::parse};

/// An event with its place in its aggregate.
#[derive(Debug)]
pub struct Loaded {
    /// Which aggregate it happened to.
    pub key: AggregateKey,
    /// Its place in the aggregate, counted from 1.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
}

type Row = (Uuid, String, i64, String, String, String);

/// All events of the aggregates, each aggregate's in order.
pub async fn aggregates(
    connection: &mut PgConnection,
    keys: impl Iterator<Item = &AggregateKey>,
) -> Result<Vec<Loaded>, LogError> {
    let (types, ids): (Vec<&str>, Vec<String>) = keys.map(|key| (key.aggregate().as_str(), key.to_string())).unzip();
    let rows: Vec<Row> = sqlx::query_as(
        "select tenant_id, aggregate_type, sequence, event_type, event_version, payload::text
         from plinth.events
         join unnest($1::text[], $2::text[]) as asked (aggregate_type, aggregate_id)
             using (aggregate_type, aggregate_id)
         order by aggregate_type, aggregate_id, sequence",
    )
    .bind(types)
    .bind(ids)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(loaded).collect()
}

/// The events behind a position up to another one, in the order of the log.
pub async fn between(connection: &mut PgConnection, after: u64, until: u64) -> Result<Vec<Loaded>, LogError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select tenant_id, aggregate_type, sequence, event_type, event_version, payload::text
         from plinth.events
         where position > $1 and position <= $2
         order by position",
    )
    .bind(after.cast_signed())
    .bind(until.cast_signed())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(loaded).collect()
}

fn loaded((tenant, aggregate_type, sequence, event_type, version, payload): Row) -> Result<Loaded, LogError> {
    let event = parse(&aggregate_type, &event_type, &version, &payload)?;
    let key = AggregateKey::of(TenantId(tenant), &event);
    Ok(Loaded { key, sequence: sequence.cast_unsigned(), event })
}
