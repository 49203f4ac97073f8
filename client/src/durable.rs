//! Durable commands: published to the intake, carried out later, their outcome fetched by command id.

use std::{error::Error, time::Duration};

use async_nats::jetstream::{
    self, ErrorCode,
    context::{PublishError, PublishErrorKind},
    message::PublishMessage,
    publish::PublishAck,
};
use bytes::Bytes;
use futures_util::StreamExt;
use plinth_events::{Command, CommandId, CommandName, TenantId, reply::Reply};
use tokio::time::{sleep, timeout};

use crate::{
    answer::Answer,
    attempts::{Attempt, repeat},
    client::{Client, SendOptions, body_of, describe},
    error::SendError,
};

/// How often the stream of receipts is looked at, in case a live receipt was missed.
const RECEIPT_POLL: Duration = Duration::from_secs(1);

impl Client {
    /// Stores a command in the intake. It will be carried out even if nobody of Plinth is there now; ask for its
    /// outcome with [`receipt`](Self::receipt).
    pub async fn publish_durable(
        &self,
        tenant: TenantId,
        command: &Command,
        options: &SendOptions,
    ) -> Result<PublishAck, SendError> {
        let body = body_of(command, options)?;
        self.publish_durable_raw(tenant, command.name(), body, options).await
    }

    /// Like [`publish_durable`](Self::publish_durable), with any body, good or bad.
    pub async fn publish_durable_raw(
        &self,
        tenant: TenantId,
        command: CommandName,
        body: Bytes,
        options: &SendOptions,
    ) -> Result<PublishAck, SendError> {
        let what = describe(command, options);
        // no Nats-Msg-Id: JetStream would take the same id of two tenants for one command
        let message = PublishMessage::build().payload(body).headers(self.headers_of(&what, options)?);
        let subject = self.subjects().intake(tenant, command);
        repeat(&what, self.deadline(), async || match self.publish_once(&subject, message.clone()).await {
            Ok(ack) => Attempt::Done(ack),
            Err(error) if is_too_large(&error) => {
                Attempt::Hopeless(SendError::NotSent { what: what.clone(), reason: error.to_string() })
            }
            Err(error) => Attempt::failed(error),
        })
        .await
    }

    /// Waits for the latest outcome of a durable command. Outcomes are kept for 7 days.
    ///
    /// A command that was refused and then published again under the same id has two outcomes, and until the second
    /// is there, this returns the first.
    pub async fn receipt(&self, tenant: TenantId, command: CommandId, within: Duration) -> Result<Reply, SendError> {
        let what = format!("command {command}");
        match timeout(within, self.await_receipt(&what, tenant, command)).await {
            Ok(receipt) => receipt,
            Err(_) => Err(SendError::Unanswered { what, waited: within, last: "no receipt yet".to_owned() }),
        }
    }

    async fn publish_once(&self, subject: &str, message: PublishMessage) -> Result<PublishAck, PublishError> {
        self.jetstream().send_publish(subject.to_owned(), message).await?.await
    }

    /// Listens before it looks, so that no receipt falls between the two.
    async fn await_receipt(&self, what: &str, tenant: TenantId, command: CommandId) -> Result<Reply, SendError> {
        let subject = self.subjects().receipt(&tenant.to_string(), command);
        let not_sent = |reason: String| SendError::NotSent { what: what.to_owned(), reason };
        let mut live = self.nats().subscribe(subject.clone()).await.map_err(|error| not_sent(error.to_string()))?;
        loop {
            if let Some(answer) = self.stored_receipt(&subject).await {
                return read_receipt(what, answer);
            }
            tokio::select! {
                Some(message) = live.next() => {
                    return read_receipt(what, Answer::read(message.headers.as_ref(), message.payload));
                }
                () = sleep(RECEIPT_POLL) => {}
            }
        }
    }

    /// The receipt in the stream, if it is there and the stream can be reached.
    async fn stored_receipt(&self, subject: &str) -> Option<Answer> {
        let stream = self.jetstream().get_stream_no_info(self.subjects().receipts_stream()).await.ok()?;
        let message = stream.get_last_raw_message_by_subject(subject).await.ok()?;
        Some(Answer::read(Some(&message.headers), message.payload))
    }
}

/// Whether the server, or the stream, takes no message of this size.
fn is_too_large(error: &PublishError) -> bool {
    let refused_by_stream = || {
        let refusal = error.source()?.downcast_ref::<jetstream::Error>()?;
        Some(refusal.error_code() == ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM)
    };
    error.kind() == PublishErrorKind::MaxPayloadExceeded || refused_by_stream().unwrap_or(false)
}

fn read_receipt(what: &str, answer: Answer) -> Result<Reply, SendError> {
    match answer {
        Answer::Done(body) => {
            serde_json::from_slice(&body).map_err(|source| SendError::BadAnswer { what: what.to_owned(), source })
        }
        Answer::Refused(problem) | Answer::NotNow(problem) => {
            Err(SendError::Refused { what: what.to_owned(), problem })
        }
    }
}
