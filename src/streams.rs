//! The streams of JetStream: what each promises, and how it is made.
//!
//! Events and jobs can be rebuilt from Postgres, so a single replica of them may acknowledge before it syncs. The intake
//! and the receipts hold what stands nowhere else, and never do.

use std::time::{Duration, SystemTime};

use async_nats::{
    Client,
    jetstream::{
        Context, ErrorCode, consumer,
        context::{GetStreamErrorKind, PublishAckFuture},
        message::{OutboundMessage, PublishMessage},
        stream::{
            Config, DeleteMessageError, DeleteMessageErrorKind, DiscardPolicy, Info, LastRawMessageErrorKind,
            PersistenceMode, RawMessageErrorKind, RetentionPolicy, StorageType, Stream,
        },
    },
};
use futures_util::{TryStreamExt, future::try_join_all};
use plinth_events::{envelope::header, limits, subject::Subjects};

/// Window in which a stream recognises a message id: the least there is, because Postgres recognises commands.
const DUPLICATE_WINDOW: Duration = Duration::from_millis(100);
/// How long outcomes of durable commands are kept.
const RECEIPTS_AGE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Most bytes of durable commands that are not handled yet, a million or so; then publishers are refused. The server
/// sets as much of its disk aside when the stream is made, so a small machine must have it.
const INTAKE_BYTES: i64 = 1024 * 1024 * 1024;
/// Events that are erased at the same time.
const ERASED_AT_ONCE: usize = 64;
/// Most checkpoints that are kept, twelve days of one a second.
const CHECKPOINTS: i64 = 1_000_000;
/// Room for headers beside the largest message.
const HEADER_BYTES: usize = 16 * 1024;

/// A stream that could not be made or asked.
#[derive(Debug, thiserror::Error)]
#[error("stream {stream}: {cause}")]
pub struct StreamError {
    /// Which stream.
    pub stream: String,
    /// What the server said, or that it did not answer.
    pub cause: async_nats::Error,
}

/// The configurations of the streams of one installation.
#[derive(Debug, Clone)]
pub struct Streams {
    jetstream: Context,
    client: Client,
    subjects: Subjects,
    replicas: usize,
}

impl Streams {
    /// Streams with so many replicas each.
    pub fn new(jetstream: Context, subjects: Subjects, replicas: usize) -> Self {
        let client = jetstream.client();
        Self { jetstream, client, subjects, replicas }
    }

    /// The broker's side of it all.
    pub fn jetstream(&self) -> &Context {
        &self.jetstream
    }

    /// All of them, as they should be.
    pub fn configs(&self) -> [Config; 5] {
        [self.events(), self.jobs(), self.intake(), self.receipts(), self.checkpoints()]
    }

    /// All events, with sequence = position.
    pub fn events(&self) -> Config {
        Config {
            name: self.subjects.events_stream(),
            subjects: vec![self.subjects.all("evt")],
            allow_direct: true,
            persist_mode: self.rebuildable(),
            ..self.base()
        }
    }

    /// The work queue of due jobs.
    pub fn jobs(&self) -> Config {
        Config {
            name: self.subjects.jobs_stream(),
            subjects: vec![self.subjects.all("job"), self.subjects.all("webhook")],
            retention: RetentionPolicy::WorkQueue,
            persist_mode: self.rebuildable(),
            ..self.base()
        }
    }

    /// Durable commands that are not handled yet. When it is full, its publishers are told.
    pub fn intake(&self) -> Config {
        Config {
            name: self.subjects.intake_stream(),
            subjects: vec![self.subjects.all("intake")],
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            max_bytes: INTAKE_BYTES,
            max_message_size: i32::try_from(limits::MESSAGE_BYTES + HEADER_BYTES).unwrap_or(i32::MAX),
            ..self.base()
        }
    }

    /// Outcomes of durable commands.
    pub fn receipts(&self) -> Config {
        Config {
            name: self.subjects.receipts_stream(),
            subjects: vec![self.subjects.all("receipt")],
            max_age: RECEIPTS_AGE,
            allow_direct: true,
            ..self.base()
        }
    }

    /// Signed checkpoints of the log, for whoever wants to keep them where the log's owner cannot change them.
    pub fn checkpoints(&self) -> Config {
        Config {
            name: self.subjects.checkpoints_stream(),
            subjects: vec![self.subjects.checkpoint()],
            max_messages: CHECKPOINTS,
            allow_direct: true,
            ..self.base()
        }
    }

    /// Publishes a signed checkpoint and waits until the stream has it.
    pub async fn publish_checkpoint(&self, note: String) -> Result<(), StreamError> {
        let name = self.subjects.checkpoints_stream();
        self.ensure(self.checkpoints()).await?;
        let sent = self.jetstream.publish(self.subjects.checkpoint(), note.into()).await;
        sent.map_err(|error| failed(&name, error))?.await.map(drop).map_err(|error| failed(&name, error))
    }

    /// The checkpoint that was published last; none when there is none.
    pub async fn last_checkpoint(&self) -> Result<Option<String>, StreamError> {
        let name = self.subjects.checkpoints_stream();
        self.ensure(self.checkpoints()).await?;
        let stream = self.jetstream.get_stream_no_info(&name).await.map_err(|error| failed(&name, error))?;
        match stream.get_last_raw_message_by_subject(&self.subjects.checkpoint()).await {
            Ok(message) => Ok(Some(String::from_utf8_lossy(&message.payload).into_owned())),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(failed(&name, error)),
        }
    }

    /// Sends a message without asking whether a stream took it: one behind it will.
    pub async fn send(&self, message: OutboundMessage) -> Result<(), async_nats::Error> {
        let OutboundMessage { subject, payload, headers } = message;
        let sent = self.client.publish_with_headers(subject, headers.unwrap_or_default(), payload).await;
        sent.map_err(Into::into)
    }

    /// Sends a message, to hear from the stream that it took it.
    pub async fn send_acknowledged(&self, message: OutboundMessage) -> Result<PublishAckFuture, async_nats::Error> {
        let OutboundMessage { subject, payload, headers } = message;
        let message = PublishMessage::build().headers(headers.unwrap_or_default()).payload(payload);
        self.jetstream.send_publish(subject, message).await.map_err(Into::into)
    }

    /// Makes a stream if it is not there, changes what may be changed if it differs, and tells its state.
    pub async fn ensure(&self, config: Config) -> Result<Info, StreamError> {
        let name = config.name.clone();
        match self.jetstream.get_stream(&name).await {
            Ok(stream) => self.reconcile(stream.cached_info().clone(), config).await,
            Err(error) if is_not_found(&error.kind()) => {
                tracing::info!(stream = %name, "the stream is missing and is created");
                let created = self.jetstream.create_stream(config).await;
                created.map(|stream| stream.cached_info().clone()).map_err(|error| failed(&name, error))
            }
            Err(error) => Err(failed(&name, error)),
        }
    }

    /// The state of a stream; none when it is not there.
    pub async fn info(&self, name: &str) -> Result<Option<Info>, StreamError> {
        match self.jetstream.get_stream(name).await {
            Ok(stream) => Ok(Some(stream.cached_info().clone())),
            Err(error) if is_not_found(&error.kind()) => Ok(None),
            Err(error) => Err(failed(name, error)),
        }
    }

    /// The id of the event at a sequence of the stream of events; none when the stream does not hold it.
    pub async fn event_id_at(&self, sequence: u64) -> Result<Option<String>, StreamError> {
        if sequence == 0 {
            return Ok(None);
        }
        let name = self.subjects.events_stream();
        let stream = self.jetstream.get_stream_no_info(&name).await.map_err(|error| failed(&name, error))?;
        match stream.get_raw_message(sequence).await {
            Ok(message) => Ok(message.headers.get(header::MESSAGE_ID).map(ToString::to_string)),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(failed(&name, error)),
        }
    }

    /// When the oldest message for a consumer of a work queue was published that is not acknowledged; none when there is
    /// none. Behind the consumer's floor there may be others: a server that is killed can forget that it removed them.
    pub async fn oldest(&self, name: &str, consumer: &str, filter: &str) -> Result<Option<SystemTime>, StreamError> {
        let stream = self.jetstream.get_stream_no_info(name).await.map_err(|error| failed(name, error))?;
        let info = stream.consumer_info(consumer).await.map_err(|error| failed(name, error))?;
        match stream.get_first_raw_message_by_subject(filter, info.ack_floor.stream_sequence + 1).await {
            Ok(message) => Ok(Some(message.time.into())),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(failed(name, error)),
        }
    }

    /// How many messages a consumer of a work queue has before it, waiting or with somebody who fetched them.
    pub async fn held(&self, name: &str, consumer: &str) -> Result<u64, StreamError> {
        let stream = self.jetstream.get_stream_no_info(name).await.map_err(|error| failed(name, error))?;
        let info = stream.consumer_info(consumer).await.map_err(|error| failed(name, error))?;
        Ok(held(&info))
    }

    /// Takes the messages of a subject out of a stream; how many there were.
    pub async fn purge(&self, name: &str, subject: &str) -> Result<u64, StreamError> {
        let stream = self.jetstream.get_stream_no_info(name).await.map_err(|error| failed(name, error))?;
        let purged = stream.purge().filter(subject).await.map_err(|error| failed(name, error))?;
        Ok(purged.purged)
    }

    /// Takes events out of their stream and overwrites them on its disk; how many there were.
    pub async fn erase_events(&self, positions: &[u64]) -> Result<u64, StreamError> {
        let name = self.subjects.events_stream();
        let stream = self.jetstream.get_stream_no_info(&name).await.map_err(|error| failed(&name, error))?;
        let mut erased = 0;
        for positions in positions.chunks(ERASED_AT_ONCE) {
            let asked = try_join_all(positions.iter().map(|position| erase(&stream, *position)));
            let were_there = asked.await.map_err(|error| failed(&name, error))?;
            erased += were_there.into_iter().map(u64::from).sum::<u64>();
        }
        Ok(erased)
    }

    /// Takes the messages of a subject out of a stream and overwrites them on its disk; how many there were.
    pub async fn erase(&self, name: &str, subject: &str) -> Result<u64, StreamError> {
        let stream = self.jetstream.get_stream_no_info(name).await.map_err(|error| failed(name, error))?;
        let (mut from, mut erased) = (1, 0);
        loop {
            match stream.get_first_raw_message_by_subject(subject, from).await {
                Ok(message) => {
                    from = message.sequence + 1;
                    erased += u64::from(erase(&stream, message.sequence).await.map_err(|error| failed(name, error))?);
                }
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => return Ok(erased),
                Err(error) => return Err(failed(name, error)),
            }
        }
    }

    /// The names of the consumers of a stream.
    pub async fn consumers(&self, name: &str) -> Result<Vec<String>, StreamError> {
        let stream = self.jetstream.get_stream_no_info(name).await.map_err(|error| failed(name, error))?;
        stream.consumer_names().try_collect().await.map_err(|error| failed(name, error))
    }

    /// Removes a consumer.
    pub async fn remove_consumer(&self, name: &str, consumer: &str) -> Result<(), StreamError> {
        let stream = self.jetstream.get_stream_no_info(name).await.map_err(|error| failed(name, error))?;
        stream.delete_consumer(consumer).await.map(drop).map_err(|error| failed(name, error))
    }

    /// Limits and replicas follow the configuration; what the server does not let change stays as it is.
    async fn reconcile(&self, info: Info, config: Config) -> Result<Info, StreamError> {
        let present = &info.config;
        let is_same = present.subjects == config.subjects
            && present.num_replicas == config.num_replicas
            && present.max_age == config.max_age
            && present.max_bytes == config.max_bytes
            && present.duplicate_window == config.duplicate_window;
        if is_same {
            return Ok(info);
        }
        let name = config.name.clone();
        tracing::info!(stream = %name, "the stream's configuration is updated");
        self.jetstream.update_stream(config).await.map_err(|error| failed(&name, error))
    }

    fn base(&self) -> Config {
        Config {
            storage: StorageType::File,
            num_replicas: self.replicas,
            duplicate_window: DUPLICATE_WINDOW,
            max_bytes: -1,
            max_messages: -1,
            ..Config::default()
        }
    }

    fn rebuildable(&self) -> Option<PersistenceMode> {
        (self.replicas == 1).then_some(PersistenceMode::Async)
    }
}

/// Whether there was such a message.
async fn erase(stream: &Stream<()>, sequence: u64) -> Result<bool, DeleteMessageError> {
    match stream.delete_message(sequence).await {
        Ok(was_there) => Ok(was_there),
        Err(error) if is_no_message(&error.kind()) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The server has a code for it, and a text for it under a code for all that can go wrong.
fn is_no_message(kind: &DeleteMessageErrorKind) -> bool {
    let DeleteMessageErrorKind::JetStream(error) = kind else { return false };
    error.error_code() == ErrorCode::SEQUENCE_NOT_FOUND
        || error.error_code() == ErrorCode::STREAM_MESSAGE_DELETE_FAILED && error.to_string().contains("not found")
}

fn is_not_found(kind: &GetStreamErrorKind) -> bool {
    matches!(kind, GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// How many messages a consumer has before it, waiting or with somebody who fetched them.
pub fn held(info: &consumer::Info) -> u64 {
    info.num_pending + info.num_ack_pending as u64
}

fn failed(stream: &str, error: impl Into<async_nats::Error>) -> StreamError {
    StreamError { stream: stream.to_owned(), cause: error.into() }
}
