//! One request, sent again until it is answered or its time is over. Does not know what it asks for.

use std::time::Duration;

use async_nats::{HeaderMap, RequestErrorKind};
use bytes::Bytes;
use plinth_events::envelope::header;

use crate::{
    answer::Answer,
    attempts::{Attempt, repeat},
    error::SendError,
};

/// A request. Its command id is among its headers, so that every attempt is the same command.
pub(crate) struct Request {
    /// What it is, for messages.
    pub(crate) what: String,
    /// Where it goes.
    pub(crate) subject: String,
    /// What goes with it.
    pub(crate) headers: HeaderMap,
    /// What it says.
    pub(crate) body: Bytes,
}

impl Request {
    /// Sends it until there is an answer or a refusal; "not now", silence and lost connections are tried again.
    pub(crate) async fn send(&self, nats: &async_nats::Client, deadline: Duration) -> Result<Bytes, SendError> {
        repeat(&self.what, deadline, || self.attempt(nats)).await
    }

    async fn attempt(&self, nats: &async_nats::Client) -> Attempt<Bytes> {
        // no timeout of its own: an attempt is limited as a whole, the wait for a free place in the queue included
        let request = async_nats::Request::new().headers(self.headers.clone()).payload(self.body.clone()).timeout(None);
        match nats.send_request(self.subject.clone(), request).await {
            Ok(message) => self.answered(message),
            Err(error) => self.failed(&error),
        }
    }

    fn answered(&self, message: async_nats::Message) -> Attempt<Bytes> {
        let retry_after = retry_after(message.headers.as_ref());
        match Answer::read(message.headers.as_ref(), message.payload) {
            Answer::Done(body) => Attempt::Done(body),
            Answer::Refused(problem) => Attempt::Hopeless(SendError::Refused { what: self.what.clone(), problem }),
            Answer::NotNow(problem) => Attempt::Failed { cause: problem.to_string(), retry_after },
        }
    }

    fn failed(&self, error: &async_nats::RequestError) -> Attempt<Bytes> {
        match error.kind() {
            RequestErrorKind::InvalidSubject | RequestErrorKind::MaxPayloadExceeded => {
                Attempt::Hopeless(SendError::NotSent { what: self.what.clone(), reason: error.to_string() })
            }
            RequestErrorKind::NoResponders => Attempt::failed("no service is listening"),
            _ => Attempt::failed(error),
        }
    }
}

fn retry_after(headers: Option<&HeaderMap>) -> Duration {
    let millis = headers.and_then(|headers| headers.get(header::RETRY_AFTER_MS));
    Duration::from_millis(millis.and_then(|millis| millis.as_str().parse().ok()).unwrap_or(0))
}
