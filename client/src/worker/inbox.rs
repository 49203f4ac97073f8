//! Invitations from the work queue: never more than there are free slots, collected for a moment.
//!
//! Binds to the consumer that the service keeps, and makes none. Does not look into the messages.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{
    self, AckKind, Message,
    consumer::{Consumer, pull},
};
use futures_util::{FutureExt, StreamExt};
use plinth_events::limits;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::Client;

/// How long invitations are collected before they are passed on.
const LINGER: Duration = Duration::from_millis(2);
/// How long the server keeps a request for invitations open.
const PULL_EXPIRES: Duration = Duration::from_secs(3);
/// After which silence a request counts as lost, as it is when the connection was.
const PULL_TIMEOUT: Duration = Duration::from_secs(4);
/// How long to wait before binding to the consumer again.
const BIND_PAUSE: Duration = Duration::from_secs(1);
/// How long one look for the consumer may take.
const BIND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long handing back invitations may take.
const HAND_BACK_TIMEOUT: Duration = Duration::from_secs(1);
/// After how long an invitation that was handed back is delivered again: not before our own request for it is gone.
const HAND_BACK_DELAY: Duration = Duration::from_millis(100);

/// An invitation, unread, and the slot in which its job can run.
pub(super) struct Invited {
    pub(super) message: Message,
    pub(super) slot: OwnedSemaphorePermit,
}

/// Fetches the invitations of one type of job.
pub(super) struct Inbox {
    jetstream: jetstream::Context,
    stream: String,
    consumer: String,
    slots: Arc<Semaphore>,
    bound: Option<Consumer<pull::Config>>,
    pull: Option<Pull>,
    /// What came and was not passed on yet.
    collected: Vec<Invited>,
}

/// A request for invitations, and a slot for each that may still come.
struct Pull {
    messages: pull::Batch,
    slots: OwnedSemaphorePermit,
}

impl Inbox {
    /// An inbox for as many jobs at a time as there are slots.
    pub(super) fn new(client: &Client, consumer: String, slots: usize) -> Self {
        Self {
            jetstream: client.jetstream().clone(),
            stream: client.subjects().jobs_stream(),
            consumer,
            slots: Arc::new(Semaphore::new(slots)),
            bound: None,
            pull: None,
            collected: Vec::new(),
        }
    }

    /// Waits for invitations. Dropping the wait loses none.
    pub(super) async fn next(&mut self) -> Vec<Invited> {
        while self.collected.is_empty() {
            if let Err(error) = self.collect().await {
                tracing::warn!(consumer = self.consumer, %error, "invitations could not be fetched");
                self.pull = None;
                self.bound = None;
                sleep(BIND_PAUSE).await;
            }
        }
        std::mem::take(&mut self.collected)
    }

    /// Hands back what came and was not passed on, so that another worker gets it.
    pub(super) async fn close(mut self) {
        let mut unused: Vec<Message> = self.collected.drain(..).map(|invited| invited.message).collect();
        if let Some(mut pull) = self.pull.take() {
            while let Some(Some(Ok(message))) = pull.messages.next().now_or_never() {
                unused.push(message);
            }
        }
        let hand_back = async {
            for message in unused {
                // if this is lost, the message is delivered again all the same, only later
                let _ = message.ack_with(AckKind::Nak(Some(HAND_BACK_DELAY))).await;
            }
        };
        let _ = timeout(HAND_BACK_TIMEOUT, hand_back).await;
    }

    /// Waits for one invitation; where several came at once, a moment longer for more.
    async fn collect(&mut self) -> Result<(), async_nats::Error> {
        if self.pull.is_none() {
            self.pull = Some(self.request().await?);
        }
        let Some(pull) = &mut self.pull else { return Ok(()) };
        let mut next = timeout(PULL_TIMEOUT, pull.messages.next()).await.unwrap_or(None);
        if next.is_none() {
            self.pull = None;
            return Ok(());
        }
        let until = Instant::now() + LINGER;
        while let Some(message) = next {
            let slot = pull.slots.split(1).ok_or("more invitations than were asked for")?;
            self.collected.push(Invited { message: message?, slot });
            next = match pull.messages.next().now_or_never() {
                Some(more) => more,
                None if self.collected.len() == 1 => None,
                None => timeout_at(until, pull.messages.next()).await.unwrap_or(None),
            };
        }
        Ok(())
    }

    /// Asks for as many invitations as there are free slots, once there is one.
    async fn request(&mut self) -> Result<Pull, async_nats::Error> {
        let mut slots = self.slots.clone().acquire_owned().await?;
        let more = self.slots.available_permits().min(limits::BATCH_JOBS - 1);
        slots.merge(self.slots.clone().try_acquire_many_owned(u32::try_from(more)?)?);
        let consumer = self.bind().await;
        let request = consumer.batch().max_messages(more + 1).expires(PULL_EXPIRES).messages();
        Ok(Pull { messages: timeout(BIND_TIMEOUT, request).await??, slots })
    }

    /// The consumer. Waits for it: the service makes it when it first meets a job of the type.
    async fn bind(&mut self) -> Consumer<pull::Config> {
        if let Some(consumer) = &self.bound {
            return consumer.clone();
        }
        let mut told = false;
        loop {
            let lookup = self.jetstream.get_consumer_from_stream(&self.consumer, &self.stream);
            let cause = match timeout(BIND_TIMEOUT, lookup).await {
                Ok(Ok(consumer)) => return self.bound.insert(consumer).clone(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer from JetStream".to_owned(),
            };
            if !told {
                tracing::info!(consumer = self.consumer, cause, "waiting for the consumer of the work queue");
                told = true;
            }
            sleep(BIND_PAUSE).await;
        }
    }
}
