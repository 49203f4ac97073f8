//! The relay: publishes the log to the stream of events, with sequence = position.
//!
//! Each event says which sequence it expects to come after, so the stream itself refuses a gap, a duplicate, and a relay
//! that was paused while another took over. To resume, the relay asks the stream where it ends; it keeps no record.

use std::{collections::VecDeque, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{context::PublishAckFuture, message::PublishMessage},
};
use bytes::Bytes;
use plinth_events::{cloud_event, subject::Subjects};
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

/// Most events sent and not yet acknowledged.
const IN_FLIGHT: usize = 4_000;
/// Events per read of the log.
const PAGE: u32 = 1_000;
/// How often the log is asked while nothing is heard of it: other replicas commit unheard.
const POLL: Duration = Duration::from_millis(100);
/// Shortest time between two looks at the log: what is committed meanwhile goes out together.
const ROUND: Duration = Duration::from_millis(5);
/// How often the stream is asked while there is nothing to publish: it may have been lost.
const CHECK: Duration = Duration::from_secs(5);
/// How long to wait after something went wrong.
const PAUSE: Duration = Duration::from_millis(500);

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
             earlier state? Delete the stream to have it rebuilt"
    )]
    AheadOfLog { stream: String, last: u64, head: u64 },
    #[error(
        "the stream {stream} has another event at {position} than the log: was Postgres restored to an earlier \
             state? Delete the stream to have it rebuilt"
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
        let mut position = self.end_of_stream().await?;
        let mut checked = tokio::time::Instant::now();
        let mut rounds = pace(ROUND);
        while !stop.is_cancelled() {
            rounds.tick().await;
            wake.borrow_and_update();
            let published = self.publish_from(position, stop).await?;
            if published > position {
                position = published;
                continue;
            }
            if checked.elapsed() > CHECK {
                checked = tokio::time::Instant::now();
                if self.end_of_stream().await? != position {
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

    async fn end_of_stream(&self) -> Result<u64, RelayError> {
        let info = self.streams.ensure(self.streams.events()).await?;
        let head = head::position(self.database.pool()).await?;
        let last = info.state.last_sequence;
        if last > head {
            return Err(RelayError::AheadOfLog { stream: info.config.name, last, head });
        }
        self.check_history(&info.config.name, last).await?;
        Ok(last)
    }

    /// A log that was restored to an earlier state may have grown past the end of the stream since.
    async fn check_history(&self, stream: &str, position: u64) -> Result<(), RelayError> {
        let Some(published) = self.streams.event_id_at(position).await? else { return Ok(()) };
        let recorded = read::event_id(self.database.pool(), position).await?;
        if recorded.is_none_or(|recorded| recorded.to_string() != published) {
            return Err(RelayError::OtherHistory { stream: stream.to_owned(), position });
        }
        Ok(())
    }

    /// Publishes what stands behind a position, and tells up to where.
    async fn publish_from(&self, from: u64, stop: &CancellationToken) -> Result<u64, RelayError> {
        let mut position = from;
        let mut sent: VecDeque<(u64, PublishAckFuture)> = VecDeque::new();
        let mut page = self.page(position).await?;
        while let (Some(last), false) = (page.last().map(|published| published.event.position), stop.is_cancelled()) {
            let (published, next) = tokio::join!(self.publish(page, &mut sent), self.page(last));
            published?;
            position = last;
            page = next?;
        }
        settle(&mut sent, 0).await?;
        metrics::gauge!("plinth_relay_position").set(position as f64);
        Ok(position)
    }

    async fn page(&self, after: u64) -> Result<Vec<Published>, LogError> {
        read::after(self.database.pool(), after, PAGE).await
    }

    async fn publish(
        &self,
        page: Vec<Published>,
        sent: &mut VecDeque<(u64, PublishAckFuture)>,
    ) -> Result<(), RelayError> {
        for published in page {
            sent.push_back((published.event.position, self.send(published).await?));
            if sent.len() >= IN_FLIGHT {
                settle(sent, IN_FLIGHT / 2).await?;
            }
        }
        Ok(())
    }

    async fn send(&self, published: Published) -> Result<PublishAckFuture, RelayError> {
        let Published { event, subject_tail } = published;
        let mut headers = HeaderMap::new();
        for (name, value) in cloud_event::headers(&event, &self.source()) {
            headers.insert(name, value);
        }
        let subject = self.subjects.event(event.tenant_id, &subject_tail);
        let message = PublishMessage::build()
            .headers(headers)
            .expected_last_sequence(event.position - 1)
            .payload(Bytes::from(String::from(Box::<str>::from(event.data))));
        let sent = self.streams.jetstream().send_publish(subject, message).await;
        sent.map_err(|error| RelayError::Publish { position: event.position, cause: error.into() })
    }

    fn source(&self) -> String {
        format!("/{}", self.subjects)
    }
}

/// Waits until at most so many are not acknowledged.
async fn settle(sent: &mut VecDeque<(u64, PublishAckFuture)>, remaining: usize) -> Result<(), RelayError> {
    while sent.len() > remaining {
        let Some((position, acknowledgement)) = sent.pop_front() else { return Ok(()) };
        acknowledgement.await.map_err(|error| RelayError::Publish { position, cause: error.into() })?;
    }
    Ok(())
}
