//! Reading a stream from a sequence on, so that a lost delivery is repaired and a missing message is noticed.
//!
//! A consumer without acknowledgements reads ahead. Its own numbering shows when a delivery was lost; then another
//! consumer takes its place. The sequence of the stream shows, when nothing is filtered out, that a message is missing.

use std::time::Duration;

use async_nats::jetstream::{
    self, Message,
    consumer::{AckPolicy, DeliverPolicy, pull},
    stream::State,
};
use futures_util::StreamExt;
use tokio::time::timeout;

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
    messages: pull::Stream,
    /// How many messages of it arrived.
    delivered: u64,
}

impl StreamReader {
    /// Reads what the filter lets through, everything without one.
    pub(crate) fn new(jetstream: jetstream::Context, stream: String, filter: Option<String>) -> Self {
        Self { jetstream, stream, filter, consumer: None }
    }

    /// The sequence of the newest message, whatever the filter says.
    pub(crate) async fn last_sequence(&self) -> Result<u64, String> {
        self.state().await.map(|state| state.last_sequence)
    }

    /// Reads the message at `next`, or with a filter the first one from there on.
    pub(crate) async fn read(&mut self, next: u64) -> Read {
        let Some(consumer) = &mut self.consumer else {
            return self.attach(next).await;
        };
        let read = consumer.read(next, self.filter.is_some()).await;
        if !matches!(read, Read::Message(..)) {
            self.consumer = None;
        }
        read
    }

    async fn attach(&mut self, next: u64) -> Read {
        let first = match self.state().await {
            Ok(state) => state.first_sequence,
            Err(cause) => return Read::Failed(cause),
        };
        if first > next {
            return Read::Gap { found: first };
        }
        match timeout(ATTACH_TIMEOUT, self.consume(next)).await {
            Ok(Ok(messages)) => {
                self.consumer = Some(Consumer { messages, delivered: 0 });
                Read::Attached
            }
            Ok(Err(error)) => Read::Failed(error.to_string()),
            Err(_) => Read::Failed("no answer from JetStream".to_owned()),
        }
    }

    async fn state(&self) -> Result<State, String> {
        match timeout(ATTACH_TIMEOUT, self.jetstream.get_stream(&self.stream)).await {
            Ok(Ok(stream)) => Ok(stream.cached_info().state.clone()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer from JetStream".to_owned()),
        }
    }

    async fn consume(&self, next: u64) -> Result<pull::Stream, async_nats::Error> {
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
        let consumer = self.jetstream.create_consumer_on_stream(config, &self.stream).await?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(MESSAGES_AHEAD)
            .expires(PULL_EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await?;
        Ok(messages)
    }
}

impl Consumer {
    async fn read(&mut self, next: u64, filtered: bool) -> Read {
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
            match place(nth, self.delivered, sequence, next, filtered) {
                Place::Next => return Read::Message(Box::new(message), sequence),
                Place::Seen => {}
                Place::Missing => return Read::Gap { found: sequence },
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
    /// Behind what should come next, which the stream does not have.
    Missing,
    /// Behind something that was delivered and did not arrive.
    Lost,
}

fn place(nth: u64, expected_nth: u64, sequence: u64, next: u64, filtered: bool) -> Place {
    if nth != expected_nth {
        return Place::Lost;
    }
    if sequence < next {
        return Place::Seen;
    }
    if sequence > next && !filtered { Place::Missing } else { Place::Next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_should_come_next_comes_next() {
        assert_eq!(place(1, 1, 7, 7, false), Place::Next);
    }

    #[test]
    fn with_a_filter_any_later_message_comes_next() {
        assert_eq!(place(3, 3, 99, 7, true), Place::Next);
    }

    #[test]
    fn without_a_filter_a_later_message_shows_that_one_is_missing() {
        assert_eq!(place(1, 1, 8, 7, false), Place::Missing);
    }

    #[test]
    fn a_message_of_a_rebuilt_stream_was_seen_before() {
        assert_eq!(place(1, 1, 3, 7, false), Place::Seen);
        assert_eq!(place(1, 1, 3, 7, true), Place::Seen);
    }

    #[test]
    fn a_jump_of_the_consumer_is_a_lost_delivery_and_not_a_gap() {
        assert_eq!(place(3, 2, 8, 7, false), Place::Lost);
        assert_eq!(place(3, 2, 8, 7, true), Place::Lost);
    }
}
