//! Why a mirror does not get on, and whether waiting helps.

use plinth_client::FollowError;
use plinth_events::{EventId, event::UnknownEvent};
use plinth_projections::{ProjectionError, mirror::MirrorTablesError};
use tokio::task::JoinError;

use crate::log::LogError;

/// Why a mirror does not get on. No message holds a URL or a value of a row.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The stream of events has not what should come next, or another history.
    #[error("{0}; see docs/mirror.md for how to begin again with a snapshot")]
    Follow(FollowError),
    /// The stream of events cannot be read just now.
    #[error(transparent)]
    Unavailable(FollowError),
    /// An event that this version does not know.
    #[error("event {position} cannot be mirrored by this version of plinth: {source}")]
    Event {
        /// Its position.
        position: u64,
        /// What is unknown about it.
        source: UnknownEvent,
    },
    /// The target cannot be a mirror as it is.
    #[error(transparent)]
    Tables(MirrorTablesError),
    /// The target did not take events.
    #[error("the target did not take the events up to {position}: {source}")]
    Apply {
        /// The position of the last one of them.
        position: u64,
        /// Why not.
        source: ProjectionError,
    },
    /// The target could not be reached, or broke off.
    #[error("the target cannot be used: {0}")]
    Target(#[source] sqlx::Error),
    /// The target did not answer in time.
    #[error("the target did not answer within {0} s")]
    Silent(u64),
    /// Somebody else moved the target on.
    #[error("another mirror has moved the target on from position {0}")]
    Overtaken(u64),
    /// The source, the database of the service, could not be read.
    #[error("the source cannot be read: {0}")]
    Source(#[from] LogError),
    /// The log of the source is not the one that was mirrored.
    #[error(
        "the source does not have event {id} at position {position}, which the target has: was it restored to an earlier \
         state? See docs/mirror.md for how to begin again with a snapshot"
    )]
    OtherHistory {
        /// Where the event was.
        position: u64,
        /// The event that was mirrored.
        id: EventId,
    },
    /// The log of the source is shorter than what was mirrored.
    #[error(
        "the source ends at position {end}, before the target, which is at {position}: was it restored to an earlier \
         state? See docs/mirror.md for how to begin again with a snapshot"
    )]
    SourceBehind {
        /// The last position of the source.
        end: u64,
        /// The position of the target.
        position: u64,
    },
    /// The task that reads ahead was lost.
    #[error("reading the events ended: {0}")]
    Reading(#[from] JoinError),
}

impl From<FollowError> for MirrorError {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Unavailable { .. } => Self::Unavailable(error),
            _ => Self::Follow(error),
        }
    }
}

impl From<MirrorTablesError> for MirrorError {
    fn from(error: MirrorTablesError) -> Self {
        match error {
            MirrorTablesError::Database(error) => Self::Target(error),
            _ => Self::Tables(error),
        }
    }
}

impl MirrorError {
    /// Whether it may pass by itself: a server is away, or has no time.
    pub fn can_pass(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Silent(_) | Self::Overtaken(_) => true,
            Self::Target(error) | Self::Apply { source: ProjectionError::Database(error), .. } => is_passing(error),
            Self::Source(error) => error.database().is_some_and(is_passing),
            _ => false,
        }
    }
}

/// Broken connections, and what Postgres says while it stops, starts, fails over or is short of something.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_passing_code(&code)),
        _ => false,
    }
}

fn is_passing_code(code: &str) -> bool {
    const READ_ONLY: &str = "25006";
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class))
        || [READ_ONLY, LOCK_NOT_AVAILABLE].contains(&code)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_server_that_is_away_or_stops_is_waited_for() {
        assert!(MirrorError::Target(io::Error::from(io::ErrorKind::ConnectionRefused).into()).can_pass());
        assert!(MirrorError::from(FollowError::Unavailable { cause: "no answer".to_owned() }).can_pass());
        for code in ["57P01", "57P03", "08006", "40P01", "53300", "25006"] {
            assert!(is_passing_code(code), "{code}");
        }
    }

    #[test]
    fn what_only_a_person_can_put_right_ends_the_mirror() {
        assert!(!MirrorError::from(FollowError::Behind { end: 4, position: 7 }).can_pass());
        assert!(!MirrorError::from(MirrorTablesError::IsSource).can_pass());
        // a foreign key of the application, a wrong password, a missing privilege
        for code in ["23503", "28P01", "42501"] {
            assert!(!is_passing_code(code), "{code}");
        }
    }
}
