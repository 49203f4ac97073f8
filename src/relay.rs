//! The relay: publishes the log to the stream of events, with sequence = position.
//!
//! Each event says which sequence it expects to come after, so the stream itself refuses a gap, a duplicate, and a relay
//! that was paused while another took over. So only the last event of a page asks for an acknowledgement: the stream takes
//! it at its position only if it took all before it. To resume, the relay asks the stream where it ends; it keeps no record.

use std::{collections::VecDeque, time::Duration};

use async_nats::{
    HeaderMap, HeaderName,
    header::NATS_EXPECTED_LAST_SEQUENCE,
    jetstream::{context::PublishAckFuture, message::OutboundMessage},
};
use bytes::Bytes;
use plinth_events::{EventId, cloud_event, subject::Subjects};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    duty::{pace, wait},
    log::{
        Database, LogError, head,
        read::{self, Published},
    },
    streams::{StreamError, Streams},
};

/// Events per read of the log, of which the last one is acknowledged.
const PAGE: u32 = 1_000;
/// Most pages sent and not yet acknowledged.
const IN_FLIGHT: usize = 4;
/// How often the log is asked while nothing is heard of it: other replicas commit unheard.
const POLL: Duration = Duration::from_millis(100);
/// Shortest time between two looks at the log: what is committed meanwhile goes out together.
const ROUND: Duration = Duration::from_millis(5);
/// How often the stream is asked while there is nothing to publish: it may have been lost.
const CHECK: Duration = Duration::from_secs(5);
/// How long to wait after something went wrong.
const PAUSE: Duration = Duration::from_millis(500);

/// The last event that the stream has: at position 0, without an id, when it has none.
#[derive(Clone, Copy)]
struct Last {
    position: u64,
    id: Option<EventId>,
}

impl From<&Published> for Last {
    fn from(published: &Published) -> Self {
        Self { position: published.event.position, id: Some(published.event.id) }
    }
}

/// Publishes events.
pub struct Relay {
    database: Database,
    streams: Streams,
    subjects: Subjects,
    head: watch::Receiver<u64>,
}

/// Why the relay has to look again where the stream ends.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("event {position} was not taken by the stream: {cause}")]
    Publish { position: u64, cause: async_nats::Error },
    #[error(
        "the stream {stream} ends at {last}, ahead of the log, which ends at {head}: was Postgres restored to an \
             earlier state? Delete the stream to have it rebuilt, see docs/operations.md"
    )]
    AheadOfLog { stream: String, last: u64, head: u64 },
    #[error(
        "the stream {stream} has another event at {position} than the log: was Postgres restored to an earlier \
             state? Delete the stream to have it rebuilt, see docs/operations.md"
    )]
    OtherHistory { stream: String, position: u64 },
}

impl Relay {
    /// A relay from a database to the stream of events.
    pub fn new(database: Database, streams: Streams, subjects: Subjects, head: watch::Receiver<u64>) -> Self {
        Self { database, streams, subjects, head }
    }

    /// Publishes until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.follow(&stop).await {
                tracing::warn!(error = %error, "the relay starts over from the end of the stream");
                wait(PAUSE, &stop).await;
            }
        }
    }

    /// Publishes from the end of the stream on, until told to stop or the stream is not what it was.
    async fn follow(&self, stop: &CancellationToken) -> Result<(), RelayError> {
        let mut wake = self.head.clone();
        let mut last = self.end_of_stream().await?;
        let mut checked = tokio::time::Instant::now();
        let mut rounds = pace(ROUND);
        while !stop.is_cancelled() {
            rounds.tick().await;
            wake.borrow_and_update();
            let published = self.publish_from(last, stop).await?;
            if published.position > last.position {
                last = published;
                continue;
            }
            if checked.elapsed() > CHECK {
                checked = tokio::time::Instant::now();
                if self.end_of_stream().await?.position != last.position {
                    return Ok(());
                }
            }
            tokio::select! {
                // the sender goes with the writer, at the very end
                _ = wake.changed() => {}
                () = wait(POLL, stop) => {}
            }
        }
        Ok(())
    }

    /// Fails when the stream does not end with an event of the log: a log that was restored to an earlier state may
    /// have grown past the end of the stream since.
    async fn end_of_stream(&self) -> Result<Last, RelayError> {
        let info = self.streams.ensure(self.streams.events()).await?;
        let head = head::position(self.database.pool()).await?;
        let (stream, position) = (info.config.name, info.state.last_sequence);
        if position > head {
            return Err(RelayError::AheadOfLog { stream, last: position, head });
        }
        let id = read::event_id(self.database.pool(), position).await?;
        let published = self.streams.event_id_at(position).await?;
        if published.is_some() && published != id.map(|id| id.to_string()) {
            return Err(RelayError::OtherHistory { stream, position });
        }
        Ok(Last { position, id })
    }

    /// Publishes what stands behind an event, and tells up to where.
    async fn publish_from(&self, mut last: Last, stop: &CancellationToken) -> Result<Last, RelayError> {
        let mut sent = VecDeque::new();
        let mut page = self.page(last).await?;
        while let (Some(end), false) = (page.last().map(Last::from), stop.is_cancelled()) {
            let is_full = page.len() == PAGE as usize;
            let next = async { if is_full { self.page(end).await } else { Ok(Vec::new()) } };
            let (published, next) = tokio::join!(self.publish(page), next);
            sent.extend(published?);
            settle(&mut sent, IN_FLIGHT - 1).await?;
            last = end;
            page = next?;
        }
        settle(&mut sent, 0).await?;
        Ok(last)
    }

    /// What the log has behind an event, if it still has that one: Postgres may have been put back while this runs.
    async fn page(&self, last: Last) -> Result<Vec<Published>, RelayError> {
        let Some(last_id) = last.id else {
            return Ok(read::after(self.database.pool(), last.position, PAGE).await?);
        };
        let mut page = read::after(self.database.pool(), last.position - 1, PAGE + 1).await?;
        if !page.is_empty() && page.remove(0).event.id != last_id {
            let stream = self.subjects.events_stream();
            return Err(RelayError::OtherHistory { stream, position: last.position });
        }
        Ok(page)
    }

    /// Publishes a page; that its last event was taken is still to be heard.
    async fn publish(&self, mut page: Vec<Published>) -> Result<Option<(u64, PublishAckFuture)>, RelayError> {
        let Some(end) = page.pop() else { return Ok(None) };
        for published in page {
            let (position, message) = (published.event.position, self.message(published));
            self.streams.send(message).await.map_err(|cause| RelayError::Publish { position, cause })?;
        }
        let (position, message) = (end.event.position, self.message(end));
        let sent = self.streams.send_acknowledged(message).await;
        Ok(Some((position, sent.map_err(|cause| RelayError::Publish { position, cause })?)))
    }

    fn message(&self, published: Published) -> OutboundMessage {
        let Published { event, subject_tail } = published;
        let mut headers = HeaderMap::new();
        for (name, value) in cloud_event::headers(&event, &self.source()) {
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(NATS_EXPECTED_LAST_SEQUENCE, (event.position - 1).to_string());
        OutboundMessage {
            subject: self.subjects.event(event.tenant_id, &subject_tail).into(),
            payload: Bytes::from(String::from(Box::<str>::from(event.data))),
            headers: Some(headers),
        }
    }

    fn source(&self) -> String {
        format!("/{}", self.subjects)
    }
}

/// Waits until at most so many pages are not acknowledged.
async fn settle(sent: &mut VecDeque<(u64, PublishAckFuture)>, remaining: usize) -> Result<(), RelayError> {
    while sent.len() > remaining {
        let Some((position, acknowledgement)) = sent.pop_front() else { return Ok(()) };
        acknowledgement.await.map_err(|error| RelayError::Publish { position, cause: error.into() })?;
    }
    Ok(())
}
