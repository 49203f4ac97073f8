//! Sends answers to requests.

use async_nats::{Client, HeaderMap, service::Request};
use bytes::Bytes;
use tokio_util::sync::CancellationToken;

/// Sends answers: on the connection of the request, which counts them for the statistics of the micro service, and on
/// another one once that connection is being drained and may be gone when the answer is known.
#[derive(Debug, Clone)]
pub struct Responder {
    other: Client,
    draining: CancellationToken,
}

impl Responder {
    /// With the connection that stays.
    pub fn new(other: Client, draining: CancellationToken) -> Self {
        Self { other, draining }
    }

    /// Sends an answer. One that cannot be sent is asked for again by its caller.
    pub async fn respond(&self, request: &Request, (headers, body): (HeaderMap, Bytes)) {
        let subject = &request.message.subject;
        let sent = match &request.message.reply {
            Some(reply) if self.draining.is_cancelled() => {
                self.other.publish_with_headers(reply.clone(), headers, body).await
            }
            _ => request.respond_with_headers(Ok(body), headers).await,
        };
        if let Err(error) = sent {
            tracing::warn!(subject = %subject, error = %error, "an answer could not be sent");
        }
    }
}
