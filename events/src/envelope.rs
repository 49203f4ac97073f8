//! What travels beside a body: headers of commands, and the envelope of a recorded event.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    event::{Aggregate, Event, UnknownEvent},
    ids::{CommandId, EventId, TenantId, UserId},
    time::Moment,
};

/// Names of headers.
pub mod header {
    /// The idempotency key of a command.
    pub const COMMAND_ID: &str = "Plinth-Command-Id";
    /// Who does it.
    pub const ACTOR: &str = "Plinth-Actor";
    /// What it belongs to.
    pub const CORRELATION_ID: &str = "Plinth-Correlation-Id";
    /// What caused it.
    pub const CAUSATION_ID: &str = "Plinth-Causation-Id";
    /// W3C trace context.
    pub const TRACEPARENT: &str = "traceparent";
    /// NATS: the idempotency key of a message.
    pub const MESSAGE_ID: &str = "Nats-Msg-Id";
    /// NATS micro: the status of a refusal.
    pub const ERROR_CODE: &str = "Nats-Service-Error-Code";
    /// NATS micro: the text of a refusal.
    pub const ERROR: &str = "Nats-Service-Error";
    /// After how many milliseconds to try again.
    pub const RETRY_AFTER_MS: &str = "Retry-After-Ms";
    /// The type of the body.
    pub const CONTENT_TYPE: &str = "Content-Type";
    /// On a receipt: [`super::ACCEPTED`] when the body is a reply, [`super::REFUSED`] when it is a problem.
    pub const OUTCOME: &str = "Plinth-Outcome";
}

/// The outcome of a command that was accepted.
pub const ACCEPTED: &str = "accepted";
/// The outcome of a command that was refused.
pub const REFUSED: &str = "refused";

/// The content type of every body but a refusal's.
pub const JSON: &str = "application/json";

/// The content type of a refusal's body.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Longest correlation id, causation id or traceparent, in bytes.
pub const ID_HEADER_BYTES: usize = 200;

/// Whether a text can be a correlation id, causation id or traceparent: 1 to [`ID_HEADER_BYTES`] visible ASCII
/// characters other than `"` and `%`. Such text goes into any header, CloudEvents headers included, as it is.
pub fn is_id_header(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'%';
    (1..=ID_HEADER_BYTES).contains(&text.len()) && text.bytes().all(allowed)
}

/// Who sent a command, and in which context: from its headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// What it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// What caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<String>,
    /// W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

impl Origin {
    /// What it belongs to, and in which trace, and nothing else; none when it says neither.
    pub fn context(&self) -> Option<Self> {
        let says_something = self.correlation_id.is_some() || self.traceparent.is_some();
        says_something.then(|| Self { actor: None, causation_id: None, ..self.clone() })
    }

    /// The same origin of something that belongs to what began in a context: it has the correlation id of the beginning,
    /// so that one correlation id finds all of it, and the beginning's trace unless it has one itself.
    #[must_use]
    pub fn within(&self, beginning: &Self) -> Self {
        Self {
            correlation_id: beginning.correlation_id.clone().or_else(|| self.correlation_id.clone()),
            traceparent: self.traceparent.clone().or_else(|| beginning.traceparent.clone()),
            ..self.clone()
        }
    }
}

/// The digest in the place of the data of an event that was erased; none: it was not.
pub fn erased(data: &str) -> Option<&str> {
    data.strip_prefix(r#"{"erased":""#)?.strip_suffix(r#""}"#)
}

/// An event as it stands in the log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordedEvent {
    /// Its place in the log: 1, 2, 3 … without gaps. Also its sequence number in the stream of events.
    pub position: u64,
    /// Its id.
    pub id: EventId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The kind of aggregate that it happened to.
    #[schemars(with = "String")]
    pub aggregate_type: Aggregate,
    /// Which aggregate: the tenant's id, and for all but the tenant itself a slash and a key.
    pub aggregate_id: String,
    /// Its place in the aggregate: 1, 2, 3 …
    pub sequence: u64,
    /// Its type, such as `MetricDefined`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The version of its type.
    pub version: String,
    /// When it was recorded; strictly increasing in the whole log.
    pub recorded_at: Moment,
    /// The command that it came from.
    pub command_id: CommandId,
    /// Who, and in which context.
    pub origin: Origin,
    /// What happened.
    #[schemars(with = "serde_json::Value")]
    pub data: Box<RawValue>,
}

impl RecordedEvent {
    /// The event, parsed.
    pub fn event(&self) -> Result<Event, UnknownEvent> {
        Event::from_recorded(self.aggregate_type, &self.event_type, &self.version, self.data.get())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn what_belongs_to_a_beginning_has_its_correlation_and_its_trace() {
        let text = |text: &str| Some(text.to_owned());
        let beginning = Origin { correlation_id: text("order-7"), traceparent: text("t1"), ..Origin::default() };
        let bare = Origin { causation_id: text("c"), ..Origin::default() };
        let own = Origin { correlation_id: text("batch-1"), traceparent: text("t2"), ..bare.clone() };
        let expected = |traceparent| Origin { causation_id: text("c"), traceparent, ..beginning.clone() };
        assert_eq!(bare.within(&beginning), expected(text("t1")));
        assert_eq!(own.within(&beginning), expected(text("t2")));
        assert_eq!(bare.context(), None);
        assert_eq!(own.within(&beginning).context().unwrap().correlation_id, text("order-7"));
    }

    #[test]
    fn what_goes_into_headers_is_visible_ascii_of_limited_length() {
        let longest = "a".repeat(ID_HEADER_BYTES);
        for text in ["order-4711", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a/b:c=d", &longest] {
            assert!(is_id_header(text), "{text}");
        }
        let too_long = "a".repeat(ID_HEADER_BYTES + 1);
        for text in ["", " ", "a b", "a\r\nb", "a\0", "ä", "100%", "\"a\"", "\u{7f}", &too_long] {
            assert!(!is_id_header(text), "{text}");
        }
    }
}
