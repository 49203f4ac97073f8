//! Carries out commands that callers wait for, wherever they came from: the one way from an envelope to its verdict.

use std::time::Duration;

use plinth_events::Refusal;

use super::{
    Submitter,
    answer::{Failure, Verdict},
    parse::Envelope,
    rehearsal,
    unrecorded::Unrecorded,
};
use crate::log::Database;

/// Longest wait for a verdict, shorter than what clients wait by default.
const VERDICT_LIMIT: Duration = Duration::from_secs(20);

/// Where commands are handed in.
#[derive(Clone)]
pub struct Commands {
    submitter: Submitter,
    unrecorded: Unrecorded,
    database: Database,
}

impl Commands {
    /// Commands go to the writer, and what is not recorded straight to where it is kept.
    pub fn new(submitter: Submitter, database: Database) -> Self {
        Self { submitter, unrecorded: Unrecorded::new(database.clone()), database }
    }

    /// The verdict on a command, or on what does not parse as one.
    pub async fn carry_out(&self, envelope: Result<Envelope, Refusal>) -> Verdict {
        let envelope = match envelope {
            Ok(envelope) => envelope,
            Err(refusal) => return Verdict::Refused(refusal),
        };
        if let Some(verdict) = self.unrecorded.answer(&envelope).await {
            return verdict;
        }
        let verdict = tokio::time::timeout(VERDICT_LIMIT, self.submitter.submit(envelope)).await;
        verdict.unwrap_or_else(|_| {
            let cause = format!("no verdict within {} s", VERDICT_LIMIT.as_secs());
            Verdict::Failed(Failure { is_passing: true, cause })
        })
    }

    /// What the verdict would be just now. Nothing is written.
    pub async fn rehearse(&self, envelope: Result<Envelope, Refusal>) -> Verdict {
        match envelope {
            Ok(envelope) => rehearsal::verdict(&self.database, &envelope).await,
            Err(refusal) => Verdict::Refused(refusal),
        }
    }
}
