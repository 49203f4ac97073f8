//! What a command comes to: accepted, refused, or not carried out through no fault of the caller.

use std::sync::Arc;

use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use plinth_events::{
    Refusal, RefusalCode,
    envelope::{PROBLEM_JSON, header},
    reply::Reply,
};

use crate::measure::Outcome;

/// The verdict on one command.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Carried out and committed, now or before.
    Accepted(Arc<Reply>),
    /// The caller's mistake: nothing was written.
    Refused(Refusal),
    /// Ours: nothing is known to have been written, and the same command may be sent again.
    Failed(Failure),
}

/// Why a command could not be carried out, through no fault of the caller.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Whether it can be expected to pass: the database or the broker was away.
    pub is_passing: bool,
    /// For the log and the parked command, never for the caller.
    pub cause: String,
}

impl Verdict {
    /// Headers and body to answer with. A failure shows no cause: that stands in the log.
    pub fn message(&self) -> (HeaderMap, Bytes) {
        match self {
            Self::Accepted(reply) => (HeaderMap::new(), json(&**reply)),
            Self::Refused(refusal) => problem(refusal),
            Self::Failed(_) => problem(&unavailable()),
        }
    }

    /// What it came to, for those who count.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Accepted(reply) if reply.duplicate => Outcome::Duplicate,
            Self::Accepted(_) => Outcome::Accepted,
            Self::Refused(refusal) => Outcome::Refused(refusal.code),
            Self::Failed(_) => Outcome::Failed,
        }
    }
}

/// The refusal that callers see when Plinth could not do its part.
pub fn unavailable() -> Refusal {
    let detail = "the command was not carried out; send it again with the same command id";
    Refusal::new(RefusalCode::Unavailable, detail)
}

/// Headers and body of a refusal.
pub fn problem(refusal: &Refusal) -> (HeaderMap, Bytes) {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
    headers.insert(header::ERROR_CODE, HeaderValue::from(u64::from(refusal.status)));
    headers.insert(header::ERROR, refusal.code.as_str());
    match refusal.code {
        RefusalCode::Overloaded => headers.insert(header::RETRY_AFTER_MS, "100"),
        RefusalCode::Unavailable => headers.insert(header::RETRY_AFTER_MS, "500"),
        _ => {}
    }
    (headers, json(&refusal.problem()))
}

/// JSON of a type of the contract, which always has one.
pub fn json(value: &impl serde::Serialize) -> Bytes {
    serde_json::to_vec(value).map(Bytes::from).unwrap_or_default()
}
