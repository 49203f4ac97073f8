//! Appends a batch: events with the next positions, the answers to the commands, the read tables. One
//! transaction, which the caller has begun and which holds the lock of the head.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use plinth_events::{
    AggregateKey, CommandId, Event, EventId, JobId, TenantId, envelope::Origin, reply::Reply, subject::event_tail,
    time::Moment,
};
use plinth_projections::{
    Entry,
    job_queue::dispatch,
    queue::{self, Bucket},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    LogError,
    head::Head,
    unique_keys::{self, Hold, UniqueKey},
};

/// An event that has a place in the log, not yet written.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Its id.
    pub id: EventId,
    /// Which aggregate it happened to.
    pub key: AggregateKey,
    /// Its place in the aggregate, counted from 1.
    pub sequence: u64,
    /// The command that it came from.
    pub command_id: CommandId,
    /// Which of the batch's origins it has.
    pub origin: usize,
    /// What happened.
    pub event: Event,
}

/// The answer to a command, to be kept.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whose command.
    pub tenant: TenantId,
    /// Which command.
    pub command_id: CommandId,
    /// SHA-256 over its name and body.
    pub body_hash: [u8; 32],
    /// The reply.
    pub reply: Arc<Reply>,
}

/// Everything that one transaction writes.
#[derive(Debug, Default)]
pub struct Batch {
    /// The events, in order.
    pub events: Vec<Pending>,
    /// Who sent the commands, one entry per command.
    pub origins: Vec<Origin>,
    /// The answers to the accepted commands.
    pub answers: Vec<Answer>,
    /// Who holds which unique keys from now on.
    pub holds: HashMap<UniqueKey, Hold>,
    /// Buckets from which tokens were taken.
    pub buckets: Vec<Bucket>,
    /// Jobs that may not start yet although their invitations went out.
    pub put_back: Vec<JobId>,
}

impl Batch {
    /// When the event at an index is recorded.
    pub fn recorded_at(head: &Head, index: usize) -> DateTime<Utc> {
        head.now + TimeDelta::microseconds(i64::try_from(index).unwrap_or(i64::MAX))
    }
}

/// Writes the batch behind the head; gives the answers back, which callers get once it is committed.
pub async fn append(connection: &mut PgConnection, head: &Head, batch: Batch) -> Result<Vec<Answer>, LogError> {
    insert(connection, head, &batch).await?;
    let Batch { events, origins, answers, holds, buckets, put_back } = batch;
    unique_keys::keep(connection, &holds, head.now).await?;
    queue::keep_buckets(connection, &buckets).await?;
    dispatch::put_back(connection, &put_back).await?;
    if events.is_empty() {
        return Ok(answers);
    }
    let entries: Vec<Entry> = events
        .into_iter()
        .enumerate()
        .map(|(index, pending)| Entry {
            position: head.position + index as u64 + 1,
            sequence: pending.sequence,
            tenant: pending.key.tenant(),
            actor: origins[pending.origin].actor,
            recorded_at: Moment::from(Batch::recorded_at(head, index)),
            event: pending.event,
        })
        .collect();
    plinth_projections::apply(connection, &entries).await?;
    Ok(answers)
}

/// The columns of the events, one vector each, for `unnest`.
#[derive(Default)]
struct Columns<'a> {
    aggregate_types: Vec<&'static str>,
    aggregate_ids: Vec<String>,
    sequences: Vec<i64>,
    event_types: Vec<&'static str>,
    payloads: Vec<String>,
    origins: Vec<&'a str>,
    event_ids: Vec<Uuid>,
    tenant_ids: Vec<Uuid>,
    subject_tails: Vec<String>,
    command_ids: Vec<Uuid>,
}

impl<'a> Columns<'a> {
    fn of(events: &[Pending], origins: &'a [String]) -> Result<Self, LogError> {
        let mut columns = Self::default();
        for pending in events {
            let tenant = pending.key.tenant();
            columns.aggregate_types.push(pending.key.aggregate().as_str());
            columns.aggregate_ids.push(pending.key.to_string());
            columns.sequences.push(pending.sequence.cast_signed());
            columns.event_types.push(pending.event.event_type());
            columns.payloads.push(pending.event.data()?);
            columns.origins.push(&origins[pending.origin]);
            columns.event_ids.push(pending.id.0);
            columns.tenant_ids.push(tenant.0);
            columns.subject_tails.push(event_tail(tenant, &pending.event));
            columns.command_ids.push(pending.command_id.0);
        }
        Ok(columns)
    }
}

async fn insert(connection: &mut PgConnection, head: &Head, batch: &Batch) -> Result<(), LogError> {
    let origins = batch.origins.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let columns = Columns::of(&batch.events, &origins)?;
    let tenants: Vec<Uuid> = batch.answers.iter().map(|answer| answer.tenant.0).collect();
    let commands: Vec<Uuid> = batch.answers.iter().map(|answer| answer.command_id.0).collect();
    let hashes: Vec<&[u8]> = batch.answers.iter().map(|answer| answer.body_hash.as_slice()).collect();
    let replies = || batch.answers.iter().map(|answer| &answer.reply);
    sqlx::query(include_str!("append.sql"))
        .bind(head.position.cast_signed())
        .bind(head.now)
        .bind(columns.aggregate_types)
        .bind(columns.aggregate_ids)
        .bind(columns.sequences)
        .bind(columns.event_types)
        .bind(columns.payloads)
        .bind(columns.origins)
        .bind(columns.event_ids)
        .bind(columns.tenant_ids)
        .bind(columns.subject_tails)
        .bind(columns.command_ids)
        .bind(Event::VERSION)
        .bind(tenants)
        .bind(commands)
        .bind(hashes)
        .bind(replies().map(|reply| reply.position.cast_signed()).collect::<Vec<_>>())
        .bind(replies().map(|reply| i32::try_from(reply.events.len()).unwrap_or(i32::MAX)).collect::<Vec<_>>())
        .bind(replies().map(|reply| reply.result.get()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
