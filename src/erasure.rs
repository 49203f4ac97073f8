//! The duty that erases what deleted tenants and users left behind: in the log, in the answers to commands, in the streams.
//! Then it says so with an event.
//!
//! It begins when the notary and the relay are past the deletion: what is in the tree is provable without its content, and what
//! is in the stream is not published again. It may die anywhere and begins anew; what is erased stays erased.

use std::{collections::HashSet, time::Duration};

use plinth_events::{CommandId, event::erased::ErasedCounts, subject::Subjects};
use plinth_projections::erasure::{self, Due};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    command::{
        Submitter,
        answer::Verdict,
        parse::{Envelope, Task},
    },
    duty::wait,
    log::{
        Database, LogError,
        erase::{self, EraseError},
        notary_block,
    },
    streams::{StreamError, Streams},
};

/// How often to look whether something is to be erased.
const IDLE: Duration = Duration::from_secs(1);
/// The pause between two pages, so that others have the database most of the time.
const PAUSE: Duration = Duration::from_millis(20);
/// Most deletions that are worked off in a round.
const ROUND: u32 = 100;

/// Erases.
pub struct Erasure {
    database: Database,
    streams: Streams,
    subjects: Subjects,
    submitter: Submitter,
}

#[derive(Debug, thiserror::Error)]
enum ErasureError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Erase(#[from] EraseError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("that it is done could not be recorded: {0}")]
    NotRecorded(String),
}

impl From<sqlx::Error> for ErasureError {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl Erasure {
    /// On a log and its streams; that it is done goes through the writer like every command.
    pub fn new(database: Database, streams: Streams, subjects: Subjects, submitter: Submitter) -> Self {
        Self { database, streams, subjects, submitter }
    }

    /// Erases until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.round(&stop).await {
                tracing::warn!(error = %error, "what was deleted could not be erased");
            }
            wait(IDLE, &stop).await;
        }
    }

    async fn round(&self, stop: &CancellationToken) -> Result<(), ErasureError> {
        let all = erasure::due(self.database.pool(), ROUND).await?;
        if all.is_empty() {
            return Ok(());
        }
        let known = self.known().await?;
        for due in all {
            // the oldest come first
            if due.position > known {
                break;
            }
            let Some(counts) = self.erase(&due, stop).await? else { break };
            self.record(&due, counts).await?;
        }
        Ok(())
    }

    /// Up to which place in the log the tree and the stream of events are.
    async fn known(&self) -> Result<u64, ErasureError> {
        let tree = notary_block::last(self.database.pool()).await?.end();
        let stream = self.streams.info(&self.subjects.events_stream()).await?;
        Ok(tree.min(stream.map_or(0, |info| info.state.last_sequence)))
    }

    /// None: it was told to stop.
    async fn erase(&self, due: &Due, stop: &CancellationToken) -> Result<Option<ErasedCounts>, ErasureError> {
        let pool = self.database.pool();
        let mut counts = ErasedCounts::default();
        let (mut before, mut commands) = (due.position, HashSet::new());
        while let Some(page) = erase::events(pool, due, before).await? {
            counts.events += page.positions.len() as u64;
            counts.messages += self.streams.erase_events(&page.positions).await?;
            before = page.positions.last().copied().unwrap_or_default();
            commands.extend(page.commands);
            wait(PAUSE, stop).await;
            if stop.is_cancelled() {
                return Ok(None);
            }
        }
        counts.answers = erase::answers(pool, due, &commands).await?;
        erase::parked(pool, due).await?;
        counts.messages += self.erase_messages(due, &commands).await?;
        Ok(Some(counts))
    }

    /// Erases what lies in the other streams. Durable commands that are not handled yet are left to the intake: whoever waits
    /// for them gets a refusal.
    async fn erase_messages(&self, due: &Due, commands: &HashSet<Uuid>) -> Result<u64, StreamError> {
        let (subjects, tenant) = (&self.subjects, due.tenant);
        let mut erased = 0;
        if due.user.is_none() {
            for filter in [subjects.jobs_of_tenant(tenant), subjects.webhook_jobs_of(tenant)] {
                erased += self.streams.erase(&subjects.jobs_stream(), &filter).await?;
            }
            return Ok(erased + self.streams.erase(&subjects.receipts_stream(), &subjects.receipts_of(tenant)).await?);
        }
        for command in commands {
            let filter = subjects.receipt(&tenant.to_string(), CommandId(*command));
            erased += self.streams.erase(&subjects.receipts_stream(), &filter).await?;
        }
        Ok(erased)
    }

    /// Under an id made of the deletion: recorded twice, it is recorded once.
    async fn record(&self, due: &Due, counts: ErasedCounts) -> Result<(), ErasureError> {
        let name = format!("erased {} {:?} {}", due.tenant, due.user, due.position);
        let command_id = CommandId(Uuid::new_v5(&due.tenant.0, name.as_bytes()));
        let task = Task::RecordErasure(due.user, counts);
        let envelope = Envelope { command_id, is_minted: false, ..Envelope::own(due.tenant, task) };
        match self.submitter.submit(envelope).await {
            Verdict::Accepted(_) => {
                tracing::info!(tenant.id = %due.tenant, events = counts.events, "what was deleted is erased");
                Ok(())
            }
            Verdict::Refused(refusal) => Err(ErasureError::NotRecorded(refusal.detail)),
            Verdict::Failed(failure) => Err(ErasureError::NotRecorded(failure.cause)),
        }
    }
}
