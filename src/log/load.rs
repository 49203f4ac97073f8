//! Loads the events of aggregates: many at once, because the writer decides a batch of commands at a time.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use plinth_events::{
    AggregateKey, Event, TenantId,
    envelope::{Origin, erased},
    time::Moment,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{LogError, read::parse};

/// An event with its place in its aggregate.
#[derive(Debug)]
pub struct Loaded {
    /// Which aggregate it happened to.
    pub key: AggregateKey,
    /// Its place in the aggregate, counted from 1.
    pub sequence: u64,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// The context that it began in: of the first event of a job alone, the others belong to it.
    pub began_in: Option<Arc<Origin>>,
    /// What happened.
    pub event: Event,
}

type Row = (Uuid, String, i64, String, String, String, DateTime<Utc>, Option<Json<Origin>>);

/// All events of the aggregates, each aggregate's in order.
pub async fn aggregates(
    connection: &mut PgConnection,
    keys: impl Iterator<Item = &AggregateKey>,
) -> Result<Vec<Loaded>, LogError> {
    let (types, ids): (Vec<&str>, Vec<String>) = keys.map(|key| (key.aggregate().as_str(), key.to_string())).unzip();
    let rows: Vec<Row> = sqlx::query_as(
        "select tenant_id, aggregate_type, sequence, event_type, event_version, payload::text, recorded_at,
                case when aggregate_type = 'job' and sequence = 1 then metadata end
         from plinth.events
         join unnest($1::text[], $2::text[]) as asked (aggregate_type, aggregate_id)
             using (aggregate_type, aggregate_id)
         order by aggregate_type, aggregate_id, sequence",
    )
    .bind(types)
    .bind(ids)
    .fetch_all(connection)
    .await?;
    known(rows)
}

/// The events behind a position up to another one, in the order of the log.
pub async fn between(connection: &mut PgConnection, after: u64, until: u64) -> Result<Vec<Loaded>, LogError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select tenant_id, aggregate_type, sequence, event_type, event_version, payload::text, recorded_at,
                case when aggregate_type = 'job' and sequence = 1 then metadata end
         from plinth.events
         where position > $1 and position <= $2
         order by position",
    )
    .bind(after.cast_signed())
    .bind(until.cast_signed())
    .fetch_all(connection)
    .await?;
    known(rows)
}

/// What is not erased: of those whose events are, nothing is decided any more.
fn known(rows: Vec<Row>) -> Result<Vec<Loaded>, LogError> {
    rows.into_iter().filter(|(_, _, _, _, _, payload, ..)| erased(payload).is_none()).map(loaded).collect()
}

fn loaded(
    (tenant, aggregate_type, sequence, event_type, version, payload, recorded_at, origin): Row,
) -> Result<Loaded, LogError> {
    let event = parse(&aggregate_type, &event_type, &version, &payload)?;
    let key = AggregateKey::of(TenantId(tenant), &event);
    let began_in = origin.and_then(|Json(origin)| origin.context()).map(Arc::new);
    Ok(Loaded { key, sequence: sequence.cast_unsigned(), recorded_at: recorded_at.into(), began_in, event })
}
