//! The durable intake: commands that were published to a stream, handled in its order, with receipts.
//!
//! A message is acknowledged only after its outcome was committed (or recorded as refused) and its receipt was stored.
//! One replica works on the intake at a time, and whoever takes it over starts with the oldest message that is not
//! acknowledged. What was handled and not acknowledged comes again and is recognised by its command id. What a replica
//! still has in hand when another one has taken over, the writer does not carry out: it would be out of order.

use std::{collections::BTreeMap, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{Message, message::OutboundMessage},
};
use chrono::Utc;
use plinth_events::{CommandId, envelope::header, subject::Subjects};
use sqlx::types::Json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Submitter,
    answer::{Failure, Verdict},
    arrivals::{ArrivalError, Arrivals},
    batch::{BATCH_WEIGHT, weight},
    parse::{self, Envelope},
    unrecorded::Unrecorded,
};
use crate::{
    duty::wait,
    log::{Database, LogError, lease::Fence, parked},
    measure,
    streams::{StreamError, Streams},
};

/// How often a command that fails through no fault of the caller is tried before it is parked.
pub const TRIES: i32 = 5;
/// How long to wait before trying again.
const PAUSE: Duration = Duration::from_millis(500);

/// Handles durable commands.
pub struct Intake {
    database: Database,
    streams: Streams,
    subjects: Subjects,
    submitter: Submitter,
    unrecorded: Unrecorded,
}

#[derive(Debug, thiserror::Error)]
enum IntakeError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Arrival(#[from] ArrivalError),
    #[error("the broker: {0}")]
    Broker(#[from] async_nats::Error),
    #[error("commands failed and are tried again: {0}")]
    Passing(String),
}

/// A message with what it asks for.
struct Item {
    message: Message,
    command_id: CommandId,
    verdict: Option<Verdict>,
    envelope: Option<Envelope>,
}

impl Intake {
    /// An intake that hands commands to the writer.
    pub fn new(
        database: Database,
        streams: Streams,
        subjects: Subjects,
        submitter: Submitter,
        unrecorded: Unrecorded,
    ) -> Self {
        Self { database, streams, subjects, submitter, unrecorded }
    }

    /// Handles messages in one turn at the duty, until told to stop.
    pub async fn run(&self, fence: Fence, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.follow(fence, &stop).await {
                tracing::warn!(error = %error, "the intake starts over from the oldest message not acknowledged");
                wait(PAUSE, &stop).await;
            }
        }
    }

    async fn follow(&self, fence: Fence, stop: &CancellationToken) -> Result<(), IntakeError> {
        let mut arrivals = self.arrivals().await?;
        while !stop.is_cancelled() {
            let chunk = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                chunk = arrivals.next() => chunk?,
            };
            if !chunk.is_empty() {
                self.handle(fence, chunk).await?;
            }
        }
        Ok(())
    }

    async fn arrivals(&self) -> Result<Arrivals, IntakeError> {
        self.streams.ensure(self.streams.intake()).await?;
        self.streams.ensure(self.streams.receipts()).await?;
        let name = self.subjects.intake_stream();
        let stream = self.streams.jetstream().get_stream(&name).await.map_err(async_nats::Error::from)?;
        Ok(Arrivals::from_oldest(&stream).await?)
    }

    /// Has the commands of a chunk decided in their order, and settles each message.
    async fn handle(&self, fence: Fence, chunk: Vec<Message>) -> Result<(), IntakeError> {
        let mut items = Vec::with_capacity(chunk.len());
        for message in chunk {
            items.push(self.item(fence, message).await?);
        }
        let mut tries = 0;
        loop {
            let failure = self.decide(&mut items).await;
            match failure {
                None => break,
                Some((_, failure)) if failure.is_passing => return Err(IntakeError::Passing(failure.cause)),
                Some((place, failure)) if tries + 1 >= TRIES => {
                    self.park(&items[place], &failure).await?;
                    items[place].verdict = Some(Verdict::Failed(failure));
                    items[place].envelope = None;
                    tries = 0;
                }
                Some(_) => tries += 1,
            }
        }
        self.settle(items).await
    }

    async fn item(&self, fence: Fence, message: Message) -> Result<Item, IntakeError> {
        let minted = minted_id(&message)?;
        let headers = message.headers.as_ref();
        let command_id = parse::command_id(headers).ok().flatten().unwrap_or(CommandId(minted));
        let parsed =
            self.subjects.parse_command(&message.subject).map_err(|error| parse::refuse_subject(&error)).and_then(
                |(tenant, name)| parse::envelope(tenant, name, parse::heading(headers)?, &message.payload, || minted),
            );
        let (verdict, envelope) = match parsed {
            Err(refusal) => (Some(Verdict::Refused(refusal)), None),
            // an id minted from the message comes again with the message
            Ok(envelope) => match self.unrecorded.answer(&envelope).await {
                Some(verdict) => (Some(verdict), None),
                None => (None, Some(Envelope { is_minted: false, fence: Some(fence), ..envelope })),
            },
        };
        Ok(Item { message, command_id, verdict, envelope })
    }

    /// Has what is not settled decided, in order, as much at a time as one transaction holds; tells which one failed, if
    /// one did.
    async fn decide(&self, items: &mut [Item]) -> Option<(usize, Failure)> {
        loop {
            let mut total = 0;
            let mut places = Vec::new();
            let mut envelopes = Vec::new();
            for (place, item) in items.iter().enumerate().filter(|(_, item)| item.verdict.is_none()) {
                let Some(envelope) = &item.envelope else { continue };
                total += weight(envelope);
                if total > BATCH_WEIGHT && !envelopes.is_empty() {
                    break;
                }
                places.push(place);
                envelopes.push(envelope.clone());
            }
            if envelopes.is_empty() {
                return None;
            }
            for (place, verdict) in places.into_iter().zip(self.submitter.submit_all(envelopes).await) {
                match verdict {
                    Verdict::Failed(failure) => return Some((place, failure)),
                    settled => items[place].verdict = Some(settled),
                }
            }
        }
    }

    async fn park(&self, item: &Item, failure: &Failure) -> Result<(), IntakeError> {
        let headers = item.message.headers.as_ref().map(text_headers).unwrap_or_default();
        tracing::error!(command.id = %item.command_id, subject = %item.message.subject, cause = failure.cause,
            "a durable command failed {TRIES} times and is parked");
        let parked = parked::Parked {
            id: minted_id(&item.message)?,
            subject: item.message.subject.to_string(),
            headers: Json(headers),
            body: item.message.payload.to_vec(),
            cause: failure.cause.clone(),
            tries: TRIES,
            parked_at: Utc::now(),
        };
        let mut connection = self.database.pool().acquire().await.map_err(LogError::from)?;
        Ok(parked::park(&mut connection, &parked).await?)
    }

    /// Stores the receipts, then acknowledges the messages.
    async fn settle(&self, items: Vec<Item>) -> Result<(), IntakeError> {
        let mut sent = Vec::with_capacity(items.len());
        for item in &items {
            if let Some(verdict) = &item.verdict {
                sent.push(self.send_receipt(item, verdict).await?);
            }
        }
        for acknowledgement in sent {
            acknowledgement.await.map_err(async_nats::Error::from)?;
        }
        let count = items.len();
        for (place, item) in items.into_iter().enumerate() {
            if place + 1 == count {
                item.message.double_ack().await?
            } else {
                item.message.ack().await?
            }
            if let Some(verdict) = &item.verdict {
                measure::intake_settled(verdict.outcome());
            }
        }
        Ok(())
    }

    async fn send_receipt(
        &self,
        item: &Item,
        verdict: &Verdict,
    ) -> Result<async_nats::jetstream::context::PublishAckFuture, IntakeError> {
        let (mut headers, body) = verdict.message();
        headers.insert(header::OUTCOME, outcome(verdict));
        headers.insert(header::COMMAND_ID, item.command_id.to_string());
        let tenant = self.subjects.tenant_token(&item.message.subject).unwrap_or("unknown");
        let subject = self.subjects.receipt(tenant, item.command_id);
        let message = OutboundMessage { subject: subject.into(), payload: body, headers: Some(headers) };
        Ok(self.streams.send_acknowledged(message).await?)
    }
}

fn outcome(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted(_) => "accepted",
        Verdict::Refused(_) => "refused",
        Verdict::Failed(_) => "parked",
    }
}

/// The id of a command that came without one: the same whenever the message comes again, another one for another
/// message, also in a stream that was made anew.
fn minted_id(message: &Message) -> Result<Uuid, IntakeError> {
    let info = message.info()?;
    let name = format!("{}/{}/{}", info.stream, info.stream_sequence, info.published);
    Ok(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
}

fn text_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers.iter().filter_map(|(name, values)| Some((name.to_string(), values.first()?.to_string()))).collect()
}
