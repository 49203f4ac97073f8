//! `bulk_action`: what is or was done to many jobs, written with its events; [`work`] lists its jobs and moves it on.

pub mod read;
pub mod work;

use plinth_events::{
    BulkActionId, Event,
    bulk::{BulkCounts, BulkStatus},
    event::bulk::{BulkActionStarted, BulkEvent},
};
use sqlx::PgConnection;

use crate::{Entry, ProjectionError, tenant};

/// Brings the table up to date with a batch. Bulk actions are rare: one statement for each event of one.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    for entry in entries {
        match &entry.event {
            Event::BulkAction(BulkEvent::BulkActionStarted(event)) => start(connection, entry, event).await?,
            Event::BulkAction(BulkEvent::BulkActionCancelled(event)) => {
                end(connection, entry, event.action_id, BulkStatus::Cancelled, None).await?;
            }
            Event::BulkAction(BulkEvent::BulkActionFinished(event)) => {
                end(connection, entry, event.action_id, BulkStatus::Finished, Some(event.counts)).await?;
            }
            _ => {}
        }
    }
    // the actions before their lists: a list that is being written for an action comes to nothing if the action is gone
    let statements =
        ["delete from bulk_action where tenant_id = any($1)", "delete from bulk_action_job where tenant_id = any($1)"];
    tenant::forget(connection, entries, &statements).await
}

async fn start(connection: &mut PgConnection, entry: &Entry, event: &BulkActionStarted) -> Result<(), ProjectionError> {
    let json = |value: serde_json::Result<String>| value.map_err(|source| unreadable(event.action_id, source));
    sqlx::query(
        "insert into bulk_action
             (tenant_id, action_id, position, action, filter, reason, started_by, started_at)
         values ($1, $2, $3, $4::json, $5::json, $6, $7, $8)",
    )
    .bind(entry.tenant.0)
    .bind(event.action_id.0)
    .bind(entry.position.cast_signed())
    .bind(json(serde_json::to_string(&event.action))?)
    .bind(json(serde_json::to_string(&event.filter))?)
    .bind(event.reason.as_str())
    .bind(entry.actor.map(|actor| actor.0))
    .bind(entry.recorded_at_millis())
    .execute(connection)
    .await?;
    Ok(())
}

async fn end(
    connection: &mut PgConnection,
    entry: &Entry,
    action: BulkActionId,
    status: BulkStatus,
    counts: Option<BulkCounts>,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "update bulk_action
         set status = $3, ended_at = $4, matched = coalesce($5, matched), changed = coalesce($6, changed),
             refused = coalesce($7, refused)
         where tenant_id = $1 and action_id = $2",
    )
    .bind(entry.tenant.0)
    .bind(action.0)
    .bind(status.as_str())
    .bind(entry.recorded_at_millis())
    .bind(counts.map(|counts| counts.matched.cast_signed()))
    .bind(counts.map(|counts| counts.changed.cast_signed()))
    .bind(counts.map(|counts| counts.refused.cast_signed()))
    .execute(connection)
    .await?;
    Ok(())
}

fn unreadable(action: BulkActionId, source: serde_json::Error) -> ProjectionError {
    ProjectionError::State { table: "bulk_action", what: action.to_string(), source }
}
