//! Why there is no next event, and what to do about it.

use plinth_events::{EventId, cloud_event::BadEnvelope};

/// Why there is no next event.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The stream begins later. Ask again later (Plinth fills the stream from its database), or read what is missing with
    /// the query `events.read` and follow from `found`; if all of it was erased, only do the latter.
    #[error("the stream of events begins at position {found}, expected {expected}")]
    Gap {
        /// The position that should come next.
        expected: u64,
        /// The first position that the stream has.
        found: u64,
    },
    /// A message that is no event. The next call goes on behind it.
    #[error("the message at sequence {sequence} is not an event: {source}")]
    BadEvent {
        /// Its sequence in the stream.
        sequence: u64,
        /// What is wrong with it.
        source: BadEnvelope,
    },
    /// An event at another place in the stream than in the log. The next call goes on behind it.
    #[error("the event of position {position} stands at sequence {sequence} of the stream")]
    Misplaced {
        /// Its sequence in the stream.
        sequence: u64,
        /// The position that it names.
        position: u64,
    },
    /// The stream has another event in the place of the last one that was handled.
    #[error(
        "the stream of events does not have event {id} at position {position}: was the log restored to an earlier state?"
    )]
    OtherHistory {
        /// Where the event was.
        position: u64,
        /// The event that was handled.
        id: EventId,
    },
    /// The stream ends before the bookmark, and has not grown for as long as the client's deadline.
    #[error(
        "the stream of events ends at position {end}, before {position}, where it is to be followed from: was the log \
         restored to an earlier state?"
    )]
    Behind {
        /// The last position of the stream.
        end: u64,
        /// The position of the bookmark.
        position: u64,
    },
    /// The stream could not be read for as long as the client's deadline. The next call goes on trying.
    #[error("the stream of events cannot be read: {cause}")]
    Unavailable {
        /// What happened last.
        cause: String,
    },
}
