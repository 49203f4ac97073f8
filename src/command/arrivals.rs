//! The messages of the intake as they arrive: in the order of the stream, none missing. Knows nothing of commands.
//!
//! The broker counts what it delivers. What was delivered and did not arrive, because a connection broke or because a
//! frozen replica had asked for it, would come again after a long time only, and behind later messages. So a message
//! that is missed is an error, and whoever meets it starts over.

use std::time::Duration;

use async_nats::jetstream::{
    Message,
    consumer::{AckPolicy, Consumer, pull},
    stream::Stream,
};
use futures_util::{FutureExt, StreamExt};
use tokio::time::timeout;

use crate::measure;

/// The durable consumer of the intake.
const CONSUMER: &str = "executor";
/// Most messages at a time.
const CHUNK: usize = 500;
/// How long the broker waits for an acknowledgement before it sends a message again.
const ACK_WAIT: Duration = Duration::from_secs(300);
/// How long the broker keeps a request for messages open. What a frozen replica asked for is given to it for so long, so
/// this is shorter than the time in which another one takes over.
const REQUEST: Duration = Duration::from_secs(3);
/// After how long without a message the broker is asked whether one should have arrived.
const IDLE: Duration = Duration::from_secs(2);

/// What arrives from the intake.
pub struct Arrivals {
    consumer: Consumer<pull::Config>,
    messages: pull::Stream,
    /// The broker's number of the last delivery that arrived.
    delivered: u64,
    /// The place in the stream up to which messages were delivered before.
    delivered_before: u64,
}

/// Why messages have to be asked for anew.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    /// It refused, or did not answer.
    #[error("the broker: {0}")]
    Broker(#[from] async_nats::Error),
    /// Somewhere between the broker and here.
    #[error("a message was delivered and did not arrive")]
    Lost,
    /// The connection is closed.
    #[error("no more messages arrive")]
    Ended,
}

impl Arrivals {
    /// From the oldest message on that is not acknowledged, whoever it was delivered to before.
    pub async fn from_oldest(stream: &Stream) -> Result<Self, ArrivalError> {
        let config = pull::Config {
            durable_name: Some(CONSUMER.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: 4 * CHUNK as i64,
            ..pull::Config::default()
        };
        let consumer = stream.get_or_create_consumer(CONSUMER, config).await.map_err(async_nats::Error::from)?;
        let delivered_before = consumer.cached_info().delivered.stream_sequence;
        let reset = stream.reset_consumer(CONSUMER, None).await.map_err(async_nats::Error::from)?;
        let messages = consumer.stream().max_messages_per_batch(CHUNK).expires(REQUEST).messages().await;
        let messages = messages.map_err(async_nats::Error::from)?;
        Ok(Self { consumer, messages, delivered: reset.info.delivered.consumer_sequence, delivered_before })
    }

    /// The next messages, all that are here and no more than a chunk; none when none came for a while.
    pub async fn next(&mut self) -> Result<Vec<Message>, ArrivalError> {
        let Ok(first) = timeout(IDLE, self.messages.next()).await else {
            self.check_idle().await?;
            return Ok(Vec::new());
        };
        let mut chunk = vec![self.arrived(first)?];
        while chunk.len() < CHUNK
            && let Some(next) = self.messages.next().now_or_never()
        {
            chunk.push(self.arrived(next)?);
        }
        Ok(chunk)
    }

    fn arrived(&mut self, message: Option<Result<Message, pull::MessagesError>>) -> Result<Message, ArrivalError> {
        let message = message.ok_or(ArrivalError::Ended)?.map_err(async_nats::Error::from)?;
        self.delivered += 1;
        let info = message.info()?;
        if info.consumer_sequence != self.delivered {
            return Err(ArrivalError::Lost);
        }
        measure::intake_taken(info.stream_sequence <= self.delivered_before);
        Ok(message)
    }

    /// While nothing arrives, and all that did is acknowledged, nothing should be on its way. Fails too when the stream
    /// is not there any more.
    async fn check_idle(&self) -> Result<(), ArrivalError> {
        let info = self.consumer.get_info().await.map_err(async_nats::Error::from)?;
        if info.num_ack_pending > 0 { Err(ArrivalError::Lost) } else { Ok(()) }
    }
}
