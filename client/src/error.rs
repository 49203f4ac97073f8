//! What can go wrong between sending a command or a query and knowing its outcome.

use std::time::Duration;

use plinth_events::refusal::Problem;

/// A command or a query without the answer that was hoped for.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Plinth said no, and nothing was written. Sending it again unchanged helps only when the state has changed.
    #[error("{what} was refused: {problem}")]
    Refused {
        /// What was sent.
        what: String,
        /// Why it was refused.
        problem: Box<Problem>,
    },
    /// No answer in time, or only "not now". A command may have been carried out all the same: send it again under
    /// the same command id to find out; it has one effect however often it is sent.
    #[error("no answer to {what} within {} ms; the last attempt failed with: {last}", waited.as_millis())]
    Unanswered {
        /// What was sent.
        what: String,
        /// How long it was tried.
        waited: Duration,
        /// What happened to the last attempt.
        last: String,
    },
    /// It cannot be sent as it is: too large for the server, a header with line breaks, a body that is no JSON.
    #[error("{what} cannot be sent: {reason}")]
    NotSent {
        /// What was to be sent.
        what: String,
        /// Why not.
        reason: String,
    },
    /// The answer is none that this version of the contract knows.
    #[error("the answer to {what} was not understood: {source}")]
    BadAnswer {
        /// What was sent.
        what: String,
        /// Where the answer breaks.
        source: serde_json::Error,
    },
}

impl SendError {
    /// The stable code of the refusal, if it is one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { problem, .. } => Some(&problem.code),
            _ => None,
        }
    }
}
