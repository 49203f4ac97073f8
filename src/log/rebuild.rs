//! Replays the log into a second set of tables: to put them in the place of the live ones, or to compare the two.

use plinth_projections::{Entry, ProjectionError, beside, job_statistics};
use sqlx::{Connection, PgConnection};

use super::{Database, LogError, head, read};

/// Events per transaction of a replay.
const PAGE: u32 = 5_000;

/// What a rebuild did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// The position up to which the tables were rebuilt and put in place.
    pub position: u64,
    /// How many events were replayed while the lock of the log head was held.
    pub under_lock: u64,
}

/// One table, live and replayed.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Which table.
    pub table: &'static str,
    /// What is in the live one.
    pub live: beside::Digest,
    /// What the log says should be in it.
    pub replayed: beside::Digest,
}

/// What a verification found.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The position at which live tables and log were compared.
    pub position: u64,
    /// Whether positions are 1, 2, 3 … without gaps.
    pub is_gapless: bool,
    /// The tables.
    pub tables: Vec<Comparison>,
}

impl Verified {
    /// Whether nothing differs.
    pub fn is_clean(&self) -> bool {
        self.is_gapless && self.tables.iter().all(|table| table.live == table.replayed)
    }
}

/// Why a replay did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// One at a time.
    #[error("another rebuild or verification is running on this database")]
    Busy,
    /// The database, or an event.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<sqlx::Error> for RebuildError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl From<ProjectionError> for RebuildError {
    fn from(error: ProjectionError) -> Self {
        Self::Log(error.into())
    }
}

/// Recreates the read tables from the log, online: commands go on while it replays, and wait while it swaps. The statistics of
/// jobs are counted anew afterwards, by whoever has that duty.
pub async fn rebuild(database: &Database, progress: impl Fn(u64)) -> Result<Rebuilt, RebuildError> {
    let mut connection = opened(database).await?;
    let mut replayed = 0;
    loop {
        let end = head::position(database.pool()).await?;
        if end - replayed <= u64::from(PAGE) {
            break;
        }
        replayed = replay(database, &mut connection, replayed, end, &progress).await?;
    }
    let mut transaction = connection.begin().await?;
    let (head, _) = head::lock(&mut transaction, &[]).await?;
    let under_lock = head.position - replayed;
    let rest = read::entries(&mut *transaction, replayed, head.position, u32::MAX).await?;
    plinth_projections::apply_read_tables(&mut transaction, &rest).await?;
    beside::swap(&mut transaction).await?;
    transaction.commit().await?;
    progress(head.position);
    beside::close(&mut connection).await?;
    job_statistics::begin_anew(&mut connection).await?;
    Ok(Rebuilt { position: head.position, under_lock })
}

/// Compares the live tables, as of one position, with what the log up to there says.
pub async fn verify(database: &Database, progress: impl Fn(u64)) -> Result<Verified, RebuildError> {
    let (position, live) = live(database).await?;
    let mut connection = opened(database).await?;
    replay(database, &mut connection, 0, position, &progress).await?;
    let replayed = beside::digests(&mut connection).await?;
    beside::close(&mut connection).await?;
    let is_gapless = read::is_gapless(database.pool(), position).await?;
    let tables = beside::TABLES
        .into_iter()
        .zip(live.into_iter().zip(replayed))
        .map(|(table, (live, replayed))| Comparison { table, live, replayed })
        .collect();
    Ok(Verified { position, is_gapless, tables })
}

/// What is in the live tables, and the position that they are at: in one snapshot.
async fn live(database: &Database) -> Result<(u64, Vec<beside::Digest>), RebuildError> {
    let mut connection = database.dedicated().await?;
    let mut transaction = connection.begin_with("begin isolation level repeatable read read only").await?;
    let position = head::position(&mut *transaction).await?;
    let digests = beside::digests(&mut transaction).await?;
    transaction.commit().await?;
    Ok((position, digests))
}

async fn opened(database: &Database) -> Result<PgConnection, RebuildError> {
    let mut connection = database.dedicated().await?;
    if beside::open(&mut connection).await? { Ok(connection) } else { Err(RebuildError::Busy) }
}

/// Replays the events behind a position up to another one, reading the next page while one is applied.
async fn replay(
    database: &Database,
    connection: &mut PgConnection,
    after: u64,
    until: u64,
    progress: &impl Fn(u64),
) -> Result<u64, RebuildError> {
    let mut page = read::entries(database.pool(), after, until, PAGE).await?;
    while let Some(last) = page.last().map(|entry| entry.position) {
        let (applied, next) = tokio::join!(apply(connection, &page), read::entries(database.pool(), last, until, PAGE));
        applied?;
        page = next?;
        progress(last);
    }
    Ok(until)
}

async fn apply(connection: &mut PgConnection, page: &[Entry]) -> Result<(), RebuildError> {
    let mut transaction = connection.begin().await?;
    plinth_projections::apply_read_tables(&mut transaction, page).await?;
    Ok(transaction.commit().await?)
}
