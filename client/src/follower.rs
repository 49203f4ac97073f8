//! Following the log: the events of the stream, in order, none missing, through every kind of disturbance. What was erased
//! is passed over.
//!
//! Nothing is stored here: whoever follows remembers a position, or a bookmark, by which a log that was put back to an
//! earlier state is noticed. How messages are fetched is in `stream_reader`.

mod error;

use std::time::Duration;

use async_nats::{HeaderValue, jetstream::Message};
use plinth_events::{
    TenantId, cloud_event,
    envelope::{RecordedEvent, erased},
};
use tokio::time::{Instant, sleep, timeout};

pub use self::error::FollowError;
use crate::{
    Client,
    backoff::Pauses,
    bookmark::{Bookmark, EventAt, Extent, Shortfall},
    stream_reader::{Read, StreamReader},
};

/// Yields the events of the log in order, of all tenants or of one.
pub struct EventFollower {
    reader: StreamReader,
    patience: Duration,
    /// The lowest position that may still be yielded.
    next: u64,
    bookmark: Bookmark,
    recognition: Recognition,
    shortfall: Option<Shortfall>,
}

/// Whether the stream is known to be that of the bookmark.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Recognition {
    /// Nobody asked: it is followed from a position, not from a bookmark.
    NotAsked,
    /// A consumer was set up, or is to be, on a stream that was not looked at yet.
    Open,
    Done,
}

/// What one step brought.
enum Step {
    Event(Box<RecordedEvent>),
    /// An event of which only its place is left.
    Erased,
    Attached,
    Failed(String),
}

impl EventFollower {
    /// Follows from a position on: the first event to yield, 1 for all of history.
    pub fn from_position(client: &Client, position: u64, tenant: Option<TenantId>) -> Self {
        let bookmark = Bookmark { position: position.max(1) - 1, last: None };
        let filter = tenant.map(|tenant| client.subjects().events_of(tenant));
        let reader = StreamReader::new(client.jetstream().clone(), client.subjects().events_stream(), filter);
        Self {
            reader,
            patience: client.deadline(),
            next: bookmark.position + 1,
            bookmark,
            recognition: Recognition::NotAsked,
            shortfall: None,
        }
    }

    /// Follows from a bookmark on, as long as the stream still has the history that the bookmark was put into.
    pub fn resume(client: &Client, bookmark: Bookmark, tenant: Option<TenantId>) -> Self {
        let mut follower = Self::from_position(client, bookmark.position + 1, tenant);
        if tenant.is_some() {
            // what other tenants did since is passed over once more, in case a late event of this one is among it
            follower.next = bookmark.last.map_or(0, |last| last.position) + 1;
        }
        Self { bookmark, recognition: Recognition::Open, ..follower }
    }

    /// Follows from now on: yields what is published after this call has returned.
    pub async fn live(client: &Client, tenant: Option<TenantId>) -> Result<Self, FollowError> {
        let mut follower = Self::from_position(client, 1, tenant);
        let mut outage = Outage::new(follower.patience);
        loop {
            match follower.reader.extent().await {
                Ok(extent) => {
                    follower.bookmark.position = extent.end;
                    follower.next = extent.end + 1;
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

    /// What to remember for going on with [`resume`](Self::resume) behind what was yielded.
    pub fn bookmark(&self) -> Bookmark {
        self.bookmark
    }

    /// Waits for the next event, however long that takes. Dropping the wait loses nothing.
    pub async fn next(&mut self) -> Result<RecordedEvent, FollowError> {
        loop {
            if let Some(event) = self.next_within(Duration::MAX).await? {
                return Ok(event);
            }
        }
    }

    /// Waits for the next event; none when the stream can be read and has brought none for as long as `idle`.
    pub async fn next_within(&mut self, idle: Duration) -> Result<Option<RecordedEvent>, FollowError> {
        let mut outage = Outage::new(self.patience);
        loop {
            let step = if self.is_reading() {
                let Ok(step) = timeout(idle, self.step()).await else { return Ok(None) };
                step?
            } else {
                self.step().await?
            };
            match step {
                Step::Event(event) => return Ok(Some(*event)),
                Step::Attached | Step::Erased => outage.ended(),
                Step::Failed(cause) => outage.wait(cause).await?,
            }
        }
    }

    /// Looks how far the stream goes. If nothing is left to yield, the bookmark moves there, past what is of other tenants.
    pub async fn survey(&mut self) -> Result<Extent, FollowError> {
        let unavailable = |cause| FollowError::Unavailable { cause };
        // in this order: what the stream has now was delivered by a consumer for which nothing waits later
        let extent = self.reader.extent().await.map_err(unavailable)?;
        let expected = self.bookmark.position + 1;
        if extent.first > expected && extent.end >= expected {
            return Err(FollowError::Gap { expected, found: extent.first });
        }
        if self.reader.is_filtered() && self.is_reading() && self.reader.is_drained().await.map_err(unavailable)? {
            self.bookmark.position = self.bookmark.position.max(extent.end);
        }
        Ok(extent)
    }

    fn is_reading(&self) -> bool {
        self.reader.is_attached() && self.recognition != Recognition::Open
    }

    async fn step(&mut self) -> Result<Step, FollowError> {
        if self.reader.is_attached() && self.recognition == Recognition::Open {
            return self.recognise().await;
        }
        match self.reader.read(self.next, self.bookmark.position + 1).await {
            Read::Message(message, sequence) => {
                self.next = sequence + 1;
                self.bookmark.position = self.bookmark.position.max(sequence);
                let event = event_in(&message, sequence)?;
                self.bookmark.last = Some(EventAt { position: sequence, id: event.id });
                Ok(if erased(event.data.get()).is_some() { Step::Erased } else { Step::Event(Box::new(event)) })
            }
            Read::Gap { found } => Err(FollowError::Gap { expected: self.bookmark.position + 1, found }),
            Read::Attached => {
                if self.recognition == Recognition::Done {
                    self.recognition = Recognition::Open;
                }
                Ok(Step::Attached)
            }
            Read::Failed(cause) => Ok(Step::Failed(cause)),
        }
    }

    /// Looks whether the stream that the consumer was just set up on is the one that the bookmark was put into.
    async fn recognise(&mut self) -> Result<Step, FollowError> {
        let (extent, found) = match self.look_at_last().await {
            Ok(looked) => looked,
            Err(cause) => {
                self.reader.detach();
                return Ok(Step::Failed(cause));
            }
        };
        if extent.end < self.bookmark.position {
            self.reader.detach();
            return self.fall_short(extent.end);
        }
        if let Some(last) = self.bookmark.last
            && !extent.knows(last, found.as_ref().map(|(sequence, id)| (*sequence, id.as_str())))
        {
            self.reader.detach();
            return Err(FollowError::OtherHistory { position: last.position, id: last.id });
        }
        self.recognition = Recognition::Done;
        self.shortfall = None;
        Ok(Step::Attached)
    }

    /// What the stream has, and what of it stands where the last event was, or behind.
    async fn look_at_last(&self) -> Result<(Extent, Option<(u64, String)>), String> {
        let extent = self.reader.extent().await?;
        match self.bookmark.last {
            Some(last) => Ok((extent, self.reader.message_from(last.position).await?)),
            None => Ok((extent, None)),
        }
    }

    /// A stream that ends before the bookmark is being filled again, or is one of an earlier state.
    fn fall_short(&mut self, end: u64) -> Result<Step, FollowError> {
        let position = self.bookmark.position;
        let now = Instant::now();
        let shortfall = self.shortfall.get_or_insert_with(|| Shortfall::new(end, now));
        if shortfall.is_stuck(end, now, self.patience) {
            self.shortfall = None;
            return Err(FollowError::Behind { end, position });
        }
        Ok(Step::Failed(format!("it ends at {end}, before {position}")))
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
