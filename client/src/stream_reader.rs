//! Reading a stream from a sequence on, so that a lost delivery is repaired and a missing message is noticed.
//!
//! A consumer without acknowledgements reads ahead. Its own numbering shows when a delivery was lost; then another
//! consumer takes its place. The sequences of the stream may jump all the same: over what a filter leaves out, and over
//! what was erased. That nothing is left before the end of the stream is shown by the consumer, which tells how many
//! messages wait for it and how many it has delivered; that nothing is missing at its beginning, by the stream.

use std::time::Duration;

use async_nats::jetstream::{
    self, Message,
    consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull},
    stream::RawMessageErrorKind,
};
use futures_util::StreamExt;
use plinth_events::envelope::header;
use tokio::time::timeout;

use crate::bookmark::Extent;

/// How many messages are asked for at a time.
const MESSAGES_AHEAD: usize = 500;
/// How long the server keeps a request for messages open.
const PULL_EXPIRES: Duration = Duration::from_secs(30);
/// A server that is silent for longer than two of these has lost the consumer.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long the server remembers a consumer that nobody reads from.
const INACTIVE: Duration = Duration::from_secs(30);
/// How long the set-up of a consumer may take.
const ATTACH_TIMEOUT: Duration = Duration::from_secs(10);

/// What one look at the stream brought.
pub(crate) enum Read {
    /// The next message, with its sequence.
    Message(Box<Message>, u64),
    /// The stream does not have what should come next.
    Gap {
        /// What it has instead.
        found: u64,
    },
    /// A consumer was set up; messages follow.
    Attached,
    /// The stream cannot be read just now.
    Failed(String),
}

/// Reads one stream.
pub(crate) struct StreamReader {
    jetstream: jetstream::Context,
    stream: String,
    filter: Option<String>,
    consumer: Option<Consumer>,
}

struct Consumer {
    handle: PullConsumer,
    messages: pull::Stream,
    /// How many messages of it arrived.
    delivered: u64,
}

impl StreamReader {
    /// Reads what the filter lets through, everything without one.
    pub(crate) fn new(jetstream: jetstream::Context, stream: String, filter: Option<String>) -> Self {
        Self { jetstream, stream, filter, consumer: None }
    }

    /// Reads the message at `next`, or the first one from there on. The stream must not have lost anything
    /// from `needed` on.
    pub(crate) async fn read(&mut self, next: u64, needed: u64) -> Read {
        let Some(consumer) = &mut self.consumer else {
            return self.attach(next, needed).await;
        };
        let read = consumer.read(next).await;
        if !matches!(read, Read::Message(..)) {
            self.consumer = None;
        }
        read
    }

    /// Whether something is left out.
    pub(crate) fn is_filtered(&self) -> bool {
        self.filter.is_some()
    }

    /// Whether a consumer is set up.
    pub(crate) fn is_attached(&self) -> bool {
        self.consumer.is_some()
    }

    /// Has the next read set up another consumer.
    pub(crate) fn detach(&mut self) {
        self.consumer = None;
    }

    /// Whether the consumer has nothing left to deliver, and all that it delivered was read.
    pub(crate) async fn is_drained(&self) -> Result<bool, String> {
        let Some(consumer) = &self.consumer else { return Ok(false) };
        match timeout(ATTACH_TIMEOUT, consumer.handle.get_info()).await {
            Ok(Ok(info)) => Ok(info.num_pending == 0 && info.delivered.consumer_sequence == consumer.delivered),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer from JetStream".to_owned()),
        }
    }

    /// Sequence and id of the message at a sequence, or with a filter of the first one from there on, if there is one.
    pub(crate) async fn message_from(&self, sequence: u64) -> Result<Option<(u64, String)>, String> {
        let found = timeout(ATTACH_TIMEOUT, async {
            let stream = self.jetstream.get_stream_no_info(&self.stream).await.map_err(|error| error.to_string())?;
            let found = match &self.filter {
                None => stream.get_raw_message(sequence).await,
                Some(filter) => stream.get_first_raw_message_by_subject(filter, sequence).await,
            };
            match found {
                Ok(message) => {
                    let id = message.headers.get(header::MESSAGE_ID).map(ToString::to_string);
                    Ok(Some((message.sequence, id.unwrap_or_default())))
                }
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(error.to_string()),
            }
        });
        found.await.unwrap_or_else(|_| Err("no answer from JetStream".to_owned()))
    }

    async fn attach(&mut self, next: u64, needed: u64) -> Read {
        let first = match self.extent().await {
            Ok(extent) => extent.first,
            Err(cause) => return Read::Failed(cause),
        };
        if first > needed {
            return Read::Gap { found: first };
        }
        match timeout(ATTACH_TIMEOUT, self.consume(next)).await {
            Ok(Ok(consumer)) => {
                self.consumer = Some(consumer);
                Read::Attached
            }
            Ok(Err(error)) => Read::Failed(error.to_string()),
            Err(_) => Read::Failed("no answer from JetStream".to_owned()),
        }
    }

    /// What the stream has, whatever the filter says.
    pub(crate) async fn extent(&self) -> Result<Extent, String> {
        match timeout(ATTACH_TIMEOUT, self.jetstream.get_stream(&self.stream)).await {
            Ok(Ok(stream)) => Ok(Extent::from(&stream.cached_info().state)),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer from JetStream".to_owned()),
        }
    }

    async fn consume(&self, next: u64) -> Result<Consumer, async_nats::Error> {
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: next },
            ack_policy: AckPolicy::None,
            max_deliver: 1,
            filter_subject: self.filter.clone().unwrap_or_default(),
            inactive_threshold: INACTIVE,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let handle = self.jetstream.create_consumer_on_stream(config, &self.stream).await?;
        let messages = handle
            .stream()
            .max_messages_per_batch(MESSAGES_AHEAD)
            .expires(PULL_EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await?;
        Ok(Consumer { handle, messages, delivered: 0 })
    }
}

impl Consumer {
    async fn read(&mut self, next: u64) -> Read {
        loop {
            let message = match self.messages.next().await {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Read::Failed(error.to_string()),
                None => return Read::Failed("the connection is closed".to_owned()),
            };
            let (nth, sequence) = match message.info() {
                Ok(info) => (info.consumer_sequence, info.stream_sequence),
                Err(error) => return Read::Failed(error.to_string()),
            };
            self.delivered += 1;
            match place(nth, self.delivered, sequence, next) {
                Place::Next => return Read::Message(Box::new(message), sequence),
                Place::Seen => {}
                Place::Lost => return Read::Failed("a delivery was lost".to_owned()),
            }
        }
    }
}

/// Where a message stands.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Next,
    /// Before what should come next: the stream was rebuilt and is being filled again.
    Seen,
    /// Behind something that was delivered and did not arrive.
    Lost,
}

fn place(nth: u64, expected_nth: u64, sequence: u64, next: u64) -> Place {
    if nth != expected_nth {
        return Place::Lost;
    }
    if sequence < next { Place::Seen } else { Place::Next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_should_come_next_comes_next() {
        assert_eq!(place(1, 1, 7, 7), Place::Next);
    }

    #[test]
    fn behind_what_was_left_out_or_erased_comes_the_next_one_that_is_there() {
        assert_eq!(place(3, 3, 99, 7), Place::Next);
    }

    #[test]
    fn a_message_of_a_rebuilt_stream_was_seen_before() {
        assert_eq!(place(1, 1, 3, 7), Place::Seen);
    }

    #[test]
    fn a_jump_of_the_consumer_is_a_lost_delivery() {
        assert_eq!(place(3, 2, 8, 7), Place::Lost);
    }
}
