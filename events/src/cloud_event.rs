//! A recorded event as a message: CloudEvents 1.0 in binary mode. The attributes are headers, the body is the data.
//!
//! Header values are ids, numbers, times and text that [`crate::envelope::is_id_header`] allows, so none is escaped.

use std::str::FromStr;

use serde_json::value::RawValue;

use crate::{
    envelope::{JSON, Origin, RecordedEvent, header},
    event::Aggregate,
};

/// Names of the headers that carry attributes of CloudEvents.
pub mod attribute {
    /// The version of CloudEvents: `1.0`.
    pub const SPEC_VERSION: &str = "ce-specversion";
    /// The event's id.
    pub const ID: &str = "ce-id";
    /// Its type and the version of its type, such as `plinth.MetricDefined.v1`.
    pub const TYPE: &str = "ce-type";
    /// The installation of Plinth that it comes from.
    pub const SOURCE: &str = "ce-source";
    /// What it happened to: `<aggregate type>/<aggregate id>`.
    pub const SUBJECT: &str = "ce-subject";
    /// When it was recorded.
    pub const TIME: &str = "ce-time";
    /// Extension: the tenant's id.
    pub const TENANT: &str = "ce-tenant";
    /// Extension: its position in the log.
    pub const SEQUENCE: &str = "ce-sequence";
    /// Extension: its place in its aggregate.
    pub const AGGREGATE_SEQUENCE: &str = "ce-aggregatesequence";
    /// Extension: the command that it came from.
    pub const COMMAND_ID: &str = "ce-commandid";
    /// Extension: what it belongs to.
    pub const CORRELATION_ID: &str = "ce-correlationid";
    /// Extension: what caused it.
    pub const CAUSATION_ID: &str = "ce-causationid";
    /// Extension: who did it.
    pub const ACTOR: &str = "ce-actor";
}

/// The version of CloudEvents.
pub const SPEC_VERSION: &str = "1.0";

/// A message whose headers or body are not those of an event.
#[derive(Debug, thiserror::Error)]
pub enum BadEnvelope {
    /// A header that every event has is not there.
    #[error("header {0} is missing")]
    Missing(&'static str),
    /// A header has a value that cannot be read.
    #[error("header {name} has the unreadable value {value}")]
    Value {
        /// Which header.
        name: &'static str,
        /// What it says.
        value: String,
    },
    /// The body is not JSON.
    #[error("the event's data is not JSON: {0}")]
    Body(#[from] serde_json::Error),
}

/// The type of an event, such as `plinth.MetricDefined.v1`.
pub fn cloud_event_type(event_type: &str, version: &str) -> String {
    format!("plinth.{event_type}.v{version}")
}

/// The headers of an event; `source` says which installation of Plinth it comes from.
pub fn headers(event: &RecordedEvent, source: &str) -> Vec<(&'static str, String)> {
    let id = event.id.to_string();
    let mut headers = Vec::with_capacity(16);
    headers.extend([
        (header::MESSAGE_ID, id.clone()),
        (header::CONTENT_TYPE, JSON.to_owned()),
        (attribute::SPEC_VERSION, SPEC_VERSION.to_owned()),
        (attribute::ID, id),
        (attribute::TYPE, cloud_event_type(&event.event_type, &event.version)),
        (attribute::SOURCE, source.to_owned()),
        (attribute::SUBJECT, format!("{}/{}", event.aggregate_type, event.aggregate_id)),
        (attribute::TIME, event.recorded_at.to_string()),
        (attribute::TENANT, event.tenant_id.to_string()),
        (attribute::SEQUENCE, event.position.to_string()),
        (attribute::AGGREGATE_SEQUENCE, event.sequence.to_string()),
        (attribute::COMMAND_ID, event.command_id.to_string()),
    ]);
    let Origin { actor, correlation_id, causation_id, traceparent } = &event.origin;
    let optional = [
        (attribute::ACTOR, actor.map(|actor| actor.to_string())),
        (attribute::CORRELATION_ID, correlation_id.clone()),
        (attribute::CAUSATION_ID, causation_id.clone()),
        (header::TRACEPARENT, traceparent.clone()),
    ];
    headers.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    headers
}

/// The event in a message. Its data is kept as it came; [`RecordedEvent::event`] parses it.
pub fn from_headers<'a>(get: impl Fn(&str) -> Option<&'a str>, body: &[u8]) -> Result<RecordedEvent, BadEnvelope> {
    let required = |name: &'static str| get(name).ok_or(BadEnvelope::Missing(name));
    let (event_type, version) =
        split(attribute::TYPE, required(attribute::TYPE)?, |value| value.strip_prefix("plinth.")?.rsplit_once(".v"))?;
    let (aggregate_type, aggregate_id) =
        split(attribute::SUBJECT, required(attribute::SUBJECT)?, |value| value.split_once('/'))?;
    Ok(RecordedEvent {
        position: parse(attribute::SEQUENCE, required(attribute::SEQUENCE)?)?,
        id: parse(attribute::ID, required(attribute::ID)?)?,
        tenant_id: parse(attribute::TENANT, required(attribute::TENANT)?)?,
        aggregate_type: parse::<Aggregate>(attribute::SUBJECT, aggregate_type)?,
        aggregate_id: aggregate_id.to_owned(),
        sequence: parse(attribute::AGGREGATE_SEQUENCE, required(attribute::AGGREGATE_SEQUENCE)?)?,
        event_type: event_type.to_owned(),
        version: version.to_owned(),
        recorded_at: parse(attribute::TIME, required(attribute::TIME)?)?,
        command_id: parse(attribute::COMMAND_ID, required(attribute::COMMAND_ID)?)?,
        origin: Origin {
            actor: get(attribute::ACTOR).map(|actor| parse(attribute::ACTOR, actor)).transpose()?,
            correlation_id: get(attribute::CORRELATION_ID).map(str::to_owned),
            causation_id: get(attribute::CAUSATION_ID).map(str::to_owned),
            traceparent: get(header::TRACEPARENT).map(str::to_owned),
        },
        data: serde_json::from_slice::<Box<RawValue>>(body)?,
    })
}

fn parse<T: FromStr>(name: &'static str, value: &str) -> Result<T, BadEnvelope> {
    value.parse().map_err(|_| BadEnvelope::Value { name, value: value.to_owned() })
}

fn split<'a>(
    name: &'static str,
    value: &'a str,
    split: impl Fn(&'a str) -> Option<(&'a str, &'a str)>,
) -> Result<(&'a str, &'a str), BadEnvelope> {
    split(value).ok_or_else(|| BadEnvelope::Value { name, value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::{option, prelude::*, sample::select};
    use uuid::Uuid;

    use super::*;
    use crate::ids::{CommandId, EventId, TenantId, UserId};

    const AGGREGATES: &[Aggregate] =
        &[Aggregate::Tenant, Aggregate::User, Aggregate::Metric, Aggregate::Dashboard, Aggregate::Job];

    fn ids() -> impl Strategy<Value = Uuid> {
        any::<u128>().prop_map(Uuid::from_u128)
    }

    fn origins() -> impl Strategy<Value = Origin> {
        let text = || option::of("[!#$&-~]{1,200}");
        (option::of(ids()), text(), text(), text()).prop_map(|(actor, correlation_id, causation_id, traceparent)| {
            Origin { actor: actor.map(UserId), correlation_id, causation_id, traceparent }
        })
    }

    fn events() -> impl Strategy<Value = RecordedEvent> {
        let aggregate = (select(AGGREGATES), "[a-z0-9/-]{0,80}", any::<u64>());
        let kind = ("[A-Z][a-zA-Z]{0,30}", "[1-9][0-9]{0,2}", r#"\{"a":("[a-zä]{0,9}"|[1-9]{1,30})\}"#);
        let place = (any::<u64>(), -62_135_596_800_i64..253_402_300_799, 0_u32..1_000_000);
        (ids(), ids(), ids(), aggregate, kind, place, origins()).prop_map(
            |(
                id,
                tenant,
                command,
                (aggregate_type, aggregate_id, sequence),
                (event_type, version, data),
                place,
                origin,
            )| {
                let (position, seconds, micros) = place;
                RecordedEvent {
                    position,
                    id: EventId(id),
                    tenant_id: TenantId(tenant),
                    aggregate_type,
                    aggregate_id,
                    sequence,
                    event_type,
                    version,
                    recorded_at: chrono::DateTime::from_timestamp(seconds, micros * 1_000).unwrap().into(),
                    command_id: CommandId(command),
                    origin,
                    data: RawValue::from_string(data).unwrap(),
                }
            },
        )
    }

    fn read(headers: &[(&'static str, String)], body: &[u8]) -> Result<RecordedEvent, BadEnvelope> {
        let get = |name: &str| headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_str());
        from_headers(get, body)
    }

    proptest! {
        #[test]
        fn an_event_passes_through_a_message_unchanged(event in events()) {
            let again = read(&headers(&event, "plinth"), event.data.get().as_bytes()).unwrap();
            prop_assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&event).unwrap());
        }

        #[test]
        fn headers_need_no_escaping(event in events()) {
            for (name, value) in headers(&event, "plinth") {
                prop_assert!(value.bytes().all(|byte| byte.is_ascii_graphic()), "{}: {}", name, value);
            }
        }

        #[test]
        fn a_header_that_is_missing_or_unreadable_is_named(event in events(), index in 0_usize..12) {
            let mut headers = headers(&event, "plinth");
            let (name, value) = &mut headers[index];
            let name = *name;
            *value = "?".to_owned();
            let unread = [header::MESSAGE_ID, header::CONTENT_TYPE, attribute::SPEC_VERSION, attribute::SOURCE];
            prop_assume!(!unread.contains(&name));
            let error = read(&headers, b"{}").unwrap_err().to_string();
            prop_assert_eq!(error, format!("header {name} has the unreadable value ?"));
            headers.remove(index);
            prop_assert_eq!(read(&headers, b"{}").unwrap_err().to_string(), format!("header {name} is missing"));
        }

        #[test]
        fn a_body_that_is_not_json_is_refused(event in events()) {
            let refused = matches!(read(&headers(&event, "plinth"), b"{"), Err(BadEnvelope::Body(_)));
            prop_assert!(refused);
        }
    }
}
