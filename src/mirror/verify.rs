//! Compares a mirror with its source at the same position.
//!
//! The mirror is held at its position meanwhile. The events that the source has beyond it are applied in a transaction
//! that is taken back in the end.

use plinth_projections::mirror::{self, Difference, Progress, TableDigest};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{MirrorError, Place, snapshot::ONE_SNAPSHOT};
use crate::log::{Database, LogError, head, read};

/// Events per read of the log.
const PAGE: u32 = 5_000;
/// Most rows of a table that are named when it differs.
const NAMED_ROWS: usize = 5;

/// One table on both sides.
#[derive(Debug, Clone)]
pub struct TableComparison {
    /// What is in it at the source.
    pub source: TableDigest,
    /// What is in it at the target.
    pub target: TableDigest,
    /// Some of the rows that differ, by id.
    pub differing: Vec<(Uuid, Difference)>,
}

impl TableComparison {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.source == self.target
    }
}

/// What a comparison found.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The position at which both sides were compared: that of the source.
    pub position: u64,
    /// How many events the mirror was behind.
    pub lag_events: u64,
    /// Whose rows were compared.
    pub mirrored: Progress,
    /// The tables.
    pub tables: Vec<TableComparison>,
}

impl Verified {
    /// Whether nothing differs.
    pub fn is_clean(&self) -> bool {
        self.tables.iter().all(TableComparison::is_equal)
    }
}

/// Compares the five tables, or the rows of one tenant in them if the mirror has only those.
pub async fn verify(source: &Database, place: &Place) -> Result<Verified, MirrorError> {
    let mut target = place.connect().await?;
    let mut target = target.begin().await.map_err(MirrorError::Target)?;
    let mirrored = mirror::hold(&mut target, &place.schema).await?;
    let mut source = source.dedicated().await?;
    let mut source = source.begin_with(ONE_SNAPSHOT).await.map_err(LogError::from)?;
    let position = head::position(&mut *source).await?;
    check_history(&mut source, mirrored, position).await?;
    catch_up(&mut source, &mut target, mirrored, position).await?;
    let tables = compare(&mut source, &mut target, mirrored).await.map_err(MirrorError::Target)?;
    target.rollback().await.map_err(MirrorError::Target)?;
    Ok(Verified { position, lag_events: position - mirrored.position, mirrored, tables })
}

/// The log must reach as far as the mirror, and have its last event.
async fn check_history(source: &mut PgConnection, mirrored: Progress, end: u64) -> Result<(), MirrorError> {
    if end < mirrored.position {
        return Err(MirrorError::SourceBehind { end, position: mirrored.position });
    }
    let Some((position, last)) = mirrored.last else { return Ok(()) };
    if read::event_id(source, position).await? == Some(last) {
        return Ok(());
    }
    Err(MirrorError::OtherHistory { position, id: last })
}

async fn catch_up(
    source: &mut PgConnection,
    target: &mut PgConnection,
    mirrored: Progress,
    until: u64,
) -> Result<(), MirrorError> {
    let mut after = mirrored.position;
    loop {
        let mut page = read::entries(&mut *source, after, until, PAGE).await?;
        let Some(position) = page.last().map(|entry| entry.position) else { return Ok(()) };
        page.retain(|entry| mirrored.tenant.is_none_or(|tenant| tenant == entry.tenant));
        let applied = plinth_projections::apply_read_tables(target, &page).await;
        applied.map_err(|source| MirrorError::Apply { position, source })?;
        after = position;
    }
}

async fn compare(
    source: &mut PgConnection,
    target: &mut PgConnection,
    Progress { tenant, .. }: Progress,
) -> Result<Vec<TableComparison>, sqlx::Error> {
    // a mirror of one tenant holds nothing else, so all of it counts
    let (expected, found) = (mirror::digests(source, tenant).await?, mirror::digests(target, None).await?);
    let mut tables = Vec::new();
    for (expected, found) in expected.into_iter().zip(found) {
        let mut table = TableComparison { source: expected, target: found, differing: Vec::new() };
        if !table.is_equal() {
            table.differing = mirror::differing_ids(source, target, tenant, &table.source.name, NAMED_ROWS).await?;
        }
        tables.push(table);
    }
    Ok(tables)
}
