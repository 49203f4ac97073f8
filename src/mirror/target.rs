//! The database that holds the mirror: one connection, which alone may write while it lives.

use std::time::Duration;

use plinth_client::{Bookmark, EventAt};
use plinth_events::TenantId;
use plinth_projections::{
    ProjectionError,
    mirror::{self, Progress},
};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{MirrorError, batches::Batch, snapshot};
use crate::{
    duty::wait,
    log::{Database, LogError},
};

/// Longest wait for a batch; Postgres itself gives up earlier, unless it cannot be reached any more.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// How often a mirror that waits for its turn tries.
const RETRY: Duration = Duration::from_secs(1);
/// Where the tables are when the URL does not say.
const DEFAULT_SCHEMA: &str = "public";

/// Where the tables of a mirror are.
#[derive(Debug, Clone)]
pub struct Place {
    /// The database.
    pub database: Database,
    /// The schema of the tables in it.
    pub schema: String,
}

impl Place {
    /// A place by the URL that the application has, of which Prisma's `schema` is understood. The URL is in no error.
    pub fn new(url: &str) -> Result<Self, LogError> {
        let (url, schema) = without_schema(url);
        Ok(Self { database: Database::new(&url, "plinth-mirror")?, schema })
    }

    /// A connection for long work.
    pub(super) async fn connect(&self) -> Result<PgConnection, MirrorError> {
        self.database.dedicated().await.map_err(cannot_connect)
    }
}

/// The URL without the parameter that only Prisma knows, and what it says.
fn without_schema(url: &str) -> (String, String) {
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), DEFAULT_SCHEMA.to_owned()) };
    let (schema, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(|pair| pair.starts_with("schema="));
    let schema = schema.first().and_then(|pair| pair.split_once('=')).map_or(DEFAULT_SCHEMA, |(_, name)| name);
    (format!("{base}?{}", others.join("&")), schema.to_owned())
}

/// The mirror in its database.
pub struct Target {
    connection: PgConnection,
    progress: Progress,
}

impl Target {
    /// Connects, waits until no other mirror writes, and looks how far the tables are; none when told to stop meanwhile.
    pub async fn open(
        place: &Place,
        tenant: Option<TenantId>,
        replaces: bool,
        stop: &CancellationToken,
    ) -> Result<Option<Self>, MirrorError> {
        let mut connection = place.database.follower().await.map_err(cannot_connect)?;
        let mut waits = false;
        while !mirror::lock(&mut connection).await.map_err(MirrorError::Target)? {
            if !waits {
                tracing::info!("another mirror writes to the target; this one waits until it ends");
                waits = true;
            }
            wait(RETRY, stop).await;
            if stop.is_cancelled() {
                return Ok(None);
            }
        }
        let progress = mirror::open(&mut connection, &place.schema, tenant, replaces).await?;
        Ok(Some(Self { connection, progress }))
    }

    /// Where to go on.
    pub fn bookmark(&self) -> Bookmark {
        let last = self.progress.last.map(|(position, id)| EventAt { position, id });
        Bookmark { position: self.progress.position, last }
    }

    /// Applies a batch: rows and position in one transaction.
    pub async fn apply(&mut self, batch: &Batch) -> Result<(), MirrorError> {
        if batch.bookmark == self.bookmark() {
            return Ok(());
        }
        let Ok(applied) = timeout(ANSWER_LIMIT, self.commit(batch)).await else {
            return Err(MirrorError::Silent(ANSWER_LIMIT.as_secs()));
        };
        applied
    }

    async fn commit(&mut self, batch: &Batch) -> Result<(), MirrorError> {
        let last = batch.bookmark.last.map(|last| (last.position, last.id));
        let progress = Progress { position: batch.bookmark.position, last, ..self.progress };
        let refused = |source: ProjectionError| MirrorError::Apply { position: progress.position, source };
        let mut transaction = self.connection.begin().await.map_err(MirrorError::Target)?;
        plinth_projections::apply_read_tables(&mut transaction, &batch.entries).await.map_err(refused)?;
        advance(&mut transaction, self.progress.position, progress).await?;
        transaction.commit().await.map_err(|error| refused(error.into()))?;
        self.progress = progress;
        Ok(())
    }

    /// Replaces the rows by those of the source, and goes on from its position.
    pub async fn fill(&mut self, source: &Database, tenant: Option<TenantId>) -> Result<(), MirrorError> {
        let mut transaction = self.connection.begin().await.map_err(MirrorError::Target)?;
        let progress = snapshot::copy(source, &mut transaction, tenant).await?;
        advance(&mut transaction, self.progress.position, progress).await?;
        transaction.commit().await.map_err(MirrorError::Target)?;
        self.progress = progress;
        Ok(())
    }
}

async fn advance(connection: &mut PgConnection, from: u64, to: Progress) -> Result<(), MirrorError> {
    let is_moved = mirror::advance(connection, from, to).await.map_err(MirrorError::Target)?;
    if is_moved { Ok(()) } else { Err(MirrorError::Overtaken(from)) }
}

fn cannot_connect(error: LogError) -> MirrorError {
    match error {
        LogError::Database(error) => MirrorError::Target(error),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> (String, String) {
        without_schema(url)
    }

    #[test]
    fn the_schema_of_a_url_for_prisma_is_taken_out_of_it() {
        let expected = ("postgres://a:b@c/d?sslmode=require".to_owned(), "crm".to_owned());
        assert_eq!(read("postgres://a:b@c/d?schema=crm&sslmode=require"), expected);
    }

    #[test]
    fn a_url_without_a_schema_means_public() {
        assert_eq!(read("postgres://a@c/d"), ("postgres://a@c/d".to_owned(), "public".to_owned()));
    }
}
