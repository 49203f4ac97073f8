//! Following the log: the events of the stream, in order, none missing, through every kind of disturbance.
//!
//! Nothing is stored here: whoever follows remembers a position. How messages are fetched is in `stream_reader`.

use std::time::Duration;

use async_nats::{HeaderValue, jetstream::Message};
use plinth_events::{
    TenantId,
    cloud_event::{self, BadEnvelope},
    envelope::RecordedEvent,
};
use tokio::time::{Instant, sleep};

use crate::{
    Client,
    backoff::Pauses,
    stream_reader::{Read, StreamReader},
};

/// Why there is no next event.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The stream lacks events that the log has. Ask again later (Plinth fills the stream from its database), or read
    /// them with the query `events.read` and follow from `found`.
    #[error("the stream of events goes on at position {found}, expected {expected}")]
    Gap {
        /// The position that should come next.
        expected: u64,
        /// The first position behind it that the stream has.
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
    /// The stream could not be read for as long as the client's deadline. The next call goes on trying.
    #[error("the stream of events cannot be read: {cause}")]
    Unavailable {
        /// What happened last.
        cause: String,
    },
}

/// Yields the events of the log in order, of all tenants or of one.
pub struct EventFollower {
    reader: StreamReader,
    patience: Duration,
    /// The lowest position that was not looked at yet.
    next: u64,
}

impl EventFollower {
    /// Follows from a position on: the first event to yield, 1 for all of history.
    pub fn from_position(client: &Client, position: u64, tenant: Option<TenantId>) -> Self {
        let filter = tenant.map(|tenant| client.subjects().events_of(tenant));
        let reader = StreamReader::new(client.jetstream().clone(), client.subjects().events_stream(), filter);
        Self { reader, patience: client.deadline(), next: position.max(1) }
    }

    /// Follows from now on: yields what is published after this call has returned.
    pub async fn live(client: &Client, tenant: Option<TenantId>) -> Result<Self, FollowError> {
        let mut follower = Self::from_position(client, 1, tenant);
        let mut outage = Outage::new(follower.patience);
        loop {
            match follower.reader.last_sequence().await {
                Ok(last) => {
                    follower.next = last + 1;
                    return Ok(follower);
                }
                Err(cause) => outage.wait(cause).await?,
            }
        }
    }

    /// The position from which the next call of [`next`](Self::next) looks: what to remember for going on there after
    /// a restart.
    pub fn next_position(&self) -> u64 {
        self.next
    }

    /// Waits for the next event, however long that takes. Dropping the wait loses nothing.
    pub async fn next(&mut self) -> Result<RecordedEvent, FollowError> {
        let mut outage = Outage::new(self.patience);
        loop {
            match self.reader.read(self.next).await {
                Read::Message(message, sequence) => {
                    self.next = sequence + 1;
                    return event_in(&message, sequence);
                }
                Read::Gap { found } => {
                    return Err(FollowError::Gap { expected: self.next, found });
                }
                Read::Attached => outage.ended(),
                Read::Failed(cause) => outage.wait(cause).await?,
            }
        }
    }
}

fn event_in(message: &Message, sequence: u64) -> Result<RecordedEvent, FollowError> {
    let header = |name: &str| message.headers.as_ref()?.get(name).map(HeaderValue::as_str);
    let event = cloud_event::from_headers(header, &message.payload)
        .map_err(|source| FollowError::BadEvent { sequence, source })?;
    if event.position != sequence {
        return Err(FollowError::Misplaced { sequence, position: event.position });
    }
    Ok(event)
}

/// A time in which the stream cannot be read: waited through with growing pauses, up to a limit.
struct Outage {
    patience: Duration,
    began: Option<Instant>,
    pauses: Pauses,
}

impl Outage {
    fn new(patience: Duration) -> Self {
        Self { patience, began: None, pauses: Pauses::new() }
    }

    fn ended(&mut self) {
        self.began = None;
    }

    async fn wait(&mut self, cause: String) -> Result<(), FollowError> {
        if self.began.is_none() {
            tracing::debug!(cause, "the stream of events cannot be read just now");
        }
        let began = *self.began.get_or_insert_with(Instant::now);
        if began.elapsed() >= self.patience {
            return Err(FollowError::Unavailable { cause });
        }
        sleep(self.pauses.next()).await;
        Ok(())
    }
}
