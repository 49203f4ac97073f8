//! The read tables: one file per table, with how events change it and how it is asked.
//!
//! [`apply`] runs inside the transaction that appends the events, so a reply means readable. SQL names no schema: the
//! connection's `search_path` says where the tables are (`public, plinth` for the live ones), which is how a rebuild
//! fills a second set beside them. Nothing here decides, publishes or looks at a clock.

pub mod api_key;
pub mod beside;
pub mod bulk_action;
pub mod dashboard_widget;
pub mod erasure;
pub mod job;
pub mod job_log;
pub mod job_queue;
pub mod job_statistics;
pub mod metric_definition;
pub mod metric_list;
pub mod mirror;
pub mod queue;
pub mod retention;
pub mod schedule;
pub mod tenant;
mod text;
pub mod user;

use chrono::{DateTime, Utc};
use plinth_events::{
    Event, TenantId, UserId,
    event::{tenant::TenantEvent, user::UserEvent},
    time::{Instant, Moment},
};
use sqlx::PgConnection;

/// A projection that could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The database refused or was gone. A violated constraint is the command's fault; see its name.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A remembered state does not parse.
    #[error("the state of {what} in {table} does not parse: {source}")]
    State {
        /// Which table.
        table: &'static str,
        /// Which row.
        what: String,
        /// Where it breaks.
        source: serde_json::Error,
    },
}

/// An event of the log as the projections need it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the log.
    pub position: u64,
    /// Its place in the history of its aggregate.
    pub sequence: u64,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who did it.
    pub actor: Option<UserId>,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What happened.
    pub event: Event,
}

impl Entry {
    /// When it was recorded, as the read tables keep it: cut off to milliseconds.
    pub fn recorded_at_millis(&self) -> DateTime<Utc> {
        Instant::from(self.recorded_at).utc()
    }

    /// Whether a tenant or a user is gone with it.
    fn is_deletion(&self) -> bool {
        matches!(self.event, Event::Tenant(TenantEvent::TenantDeleted(_)) | Event::User(UserEvent::UserDeleted(_)))
    }
}

/// Brings the read tables and the job queue up to date with a batch of consecutive events.
pub async fn apply(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    for part in parts(entries) {
        apply_to_read_tables(connection, part).await?;
        metric_list::apply(connection, part).await?;
        queue::apply(connection, part).await?;
        schedule::apply(connection, part).await?;
        job_queue::apply(connection, part).await?;
        bulk_action::apply(connection, part).await?;
        api_key::apply(connection, part).await?;
        job_log::apply(connection, part).await?;
        erasure::apply(connection, part).await?;
    }
    Ok(())
}

/// Brings the read tables alone up to date with a batch of consecutive events.
pub async fn apply_read_tables(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    for part in parts(entries) {
        apply_to_read_tables(connection, part).await?;
    }
    Ok(())
}

/// A deletion ends its part of a batch: it takes all that came before it along, and frees ids that another tenant may use from
/// the next event on. So within a part every table deletes last.
fn parts(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    entries.split_inclusive(Entry::is_deletion)
}

/// In the order that foreign keys ask for: what exists is created before what refers to it, and deleted after it.
async fn apply_to_read_tables(connection: &mut PgConnection, entries: &[Entry]) -> Result<(), ProjectionError> {
    tenant::register(connection, entries).await?;
    user::register(connection, entries).await?;
    metric_definition::apply(connection, entries).await?;
    dashboard_widget::apply(connection, entries).await?;
    job::apply(connection, entries).await?;
    user::delete(connection, entries).await?;
    tenant::delete(connection, entries).await
}
