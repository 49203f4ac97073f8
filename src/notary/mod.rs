//! The notary: follows the log, builds the tree over it, and signs and publishes checkpoints. A duty; nobody waits for it.
//!
//! To resume, it looks how far the tree is. Two at once cannot harm: the size that a block had before decides, or its key.
//! Without a key it builds the tree all the same, and signs nothing.

mod export;
mod page;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use self::export::{Export, ExportError, Wanted, export};
use crate::{
    audit::{
        NotaryKey,
        checkpoint::{CheckpointError, TreeHead},
    },
    duty::wait,
    log::{
        Database, LogError,
        checkpoint::{self, Signed},
        notary_block::{self, WriteError},
        tree::{self, TreeError},
    },
    streams::{StreamError, Streams},
};

/// How often the log is looked at, and most often that a checkpoint is signed.
const ROUND: Duration = Duration::from_secs(1);
/// The pause between two full pages, so that a long backlog leaves the database to others most of the time.
const PAUSE: Duration = Duration::from_millis(10);

/// Builds the tree and signs.
pub struct Notary {
    database: Database,
    streams: Streams,
    key: Option<NotaryKey>,
}

/// Why a round came to nothing.
#[derive(Debug, thiserror::Error)]
enum NotaryError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(
        "the stream of checkpoints has one of {published} events that the log does not lead to, which has {size}: was \
         Postgres restored to an earlier state? Nothing is signed until that stream is deleted, see docs/operations.md"
    )]
    OtherHistory { published: u64, size: u64 },
}

impl From<sqlx::Error> for NotaryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl Notary {
    /// On a log; signs if it has a key.
    pub fn new(database: Database, streams: Streams, key: Option<NotaryKey>) -> Self {
        Self { database, streams, key }
    }

    /// Follows the log until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        let mut is_known = false;
        while !stop.is_cancelled() {
            if let Err(error) = self.round(&mut is_known, &stop).await {
                tracing::warn!(error = %error, "the notary could not go on");
                is_known = false;
            }
            wait(ROUND, &stop).await;
        }
    }

    /// Takes in what the log has, and signs for it. `is_known`: the stream of checkpoints is known to be that of this log.
    async fn round(&self, is_known: &mut bool, stop: &CancellationToken) -> Result<(), NotaryError> {
        let size = self.take_in(stop).await?;
        let Some(key) = &self.key else { return Ok(()) };
        let latest = checkpoint::latest(self.database.pool()).await?;
        if !*is_known {
            self.recognise(key, latest.as_ref(), size).await?;
            *is_known = true;
        }
        if latest.as_ref().map_or(0, |latest| latest.size.cast_unsigned()) < size {
            self.sign(key, latest.map_or(1, |latest| latest.number + 1), size).await?;
        }
        Ok(())
    }

    /// Puts all events into the tree that the log has; tells how many those are.
    async fn take_in(&self, stop: &CancellationToken) -> Result<u64, NotaryError> {
        let pool = self.database.pool();
        loop {
            let block = notary_block::last(pool).await?;
            let size = block.end();
            let page = page::read(pool, block).await?;
            if page.blocks.is_empty() {
                return Ok(size);
            }
            let mut connection = pool.acquire().await?;
            notary_block::write(&mut connection, size, &page.blocks, &page.tenants).await?;
            if !page.is_full || stop.is_cancelled() {
                return Ok(page.end());
            }
            wait(PAUSE, stop).await;
        }
    }

    /// Fails when what was published last is not of this log. Publishes what was signed and may not have been.
    async fn recognise(&self, key: &NotaryKey, latest: Option<&Signed>, size: u64) -> Result<(), NotaryError> {
        let Some(note) = self.streams.last_checkpoint().await? else {
            return self.publish_again(latest).await;
        };
        let published = match TreeHead::read(&note, key.origin()) {
            Ok(published) => published,
            // of another key: the log has got another name, and begins to speak under it
            Err(CheckpointError::Origin { .. }) => return self.publish_again(latest).await,
            Err(error) => return Err(error.into()),
        };
        if published.size > size || tree::root(self.database.pool(), published.size).await? != published.root {
            return Err(NotaryError::OtherHistory { published: published.size, size });
        }
        match latest {
            Some(latest) if latest.note != note => self.publish_again(Some(latest)).await,
            _ => Ok(()),
        }
    }

    async fn publish_again(&self, latest: Option<&Signed>) -> Result<(), NotaryError> {
        match latest {
            Some(latest) => Ok(self.streams.publish_checkpoint(latest.note.clone()).await?),
            None => Ok(()),
        }
    }

    async fn sign(&self, key: &NotaryKey, number: i64, size: u64) -> Result<(), NotaryError> {
        let root = tree::root(self.database.pool(), size).await?;
        let note = TreeHead { size, root }.sign(key)?;
        let signed = Signed { number, size: size.cast_signed(), note };
        let mut connection = self.database.pool().acquire().await?;
        checkpoint::keep(&mut connection, &signed).await?;
        Ok(self.streams.publish_checkpoint(signed.note).await?)
    }
}
