//! A snapshot of the source: its rows at one position, for a mirror to begin with.

use plinth_events::TenantId;
use plinth_projections::mirror::{self, Progress};
use sqlx::{Connection, PgConnection};

use super::MirrorError;
use crate::log::{Database, LogError, head, read};

/// A transaction that sees one snapshot.
pub const ONE_SNAPSHOT: &str = "begin isolation level repeatable read read only";

/// Copies the rows into the target, whose transaction is open, and says what position they are at.
pub async fn copy(
    source: &Database,
    target: &mut PgConnection,
    tenant: Option<TenantId>,
) -> Result<Progress, MirrorError> {
    let mut connection = source.dedicated().await?;
    let mut snapshot = connection.begin_with(ONE_SNAPSHOT).await.map_err(LogError::from)?;
    let position = head::position(&mut *snapshot).await?;
    let last = read::last(&mut *snapshot, tenant).await?;
    tracing::info!(position, "copying the rows of the source");
    let rows = mirror::copy(&mut snapshot, target, tenant).await.map_err(MirrorError::Target)?;
    tracing::info!(position, rows, "the rows of the source are copied");
    Ok(Progress { tenant, position, last })
}
