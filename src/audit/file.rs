//! The file that an auditor gets: one JSON object a line. A header, the events in the order of the log, an end, and a manifest
//! that the notary signed. What stands in it is described in docs/audit.md.

use std::borrow::Cow;

use plinth_events::{TenantId, names::Code, time::Moment};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::leaf::{Content, Frame};

/// What the first line says that the file is.
pub const FORMAT: &str = "plinth audit export 1";

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Line<'a> {
    /// The first.
    Header(Header),
    /// An event.
    #[serde(borrow)]
    Event(Box<EventLine<'a>>),
    /// The last but one.
    End(End),
    /// The last: a signed note.
    Manifest(String),
}

/// What the file is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// The log.
    pub origin: String,
    /// Whose events.
    pub tenant: TenantId,
    /// Those of one metric; none: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// Up to this place in the log.
    pub as_known_at: u64,
    /// The signed checkpoint that all is proved against.
    pub checkpoint: String,
}

/// An event, and what it takes to prove it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventLine<'a> {
    /// Its place in the log.
    pub position: u64,
    /// The kind of aggregate that it happened to.
    #[serde(borrow)]
    pub aggregate_type: Cow<'a, str>,
    /// Its place in the aggregate.
    pub sequence: u64,
    /// Its type.
    #[serde(borrow)]
    pub event_type: Cow<'a, str>,
    /// The version of its type.
    #[serde(borrow)]
    pub event_version: Cow<'a, str>,
    /// Its id.
    pub event_id: Uuid,
    /// The command that it came from.
    pub command_id: Uuid,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What it says; none: it is erased.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentLine<'a>>,
    /// The digest in the place of what it said.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Cow<'a, str>>,
    /// Which event of its tenant it is.
    pub tenant_sequence: u64,
    /// The commitment to the event of its tenant before it, unless that stands in the line before.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Cow<'a, str>>,
    /// The commitment to it.
    #[serde(borrow)]
    pub commitment: Cow<'a, str>,
    /// The hashes of the subtrees between the event in the line before and this one.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub between: Vec<Cow<'a, str>>,
}

/// What an event says, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContentLine<'a> {
    /// Which aggregate it happened to.
    #[serde(borrow)]
    pub aggregate_id: Cow<'a, str>,
    /// Its subject behind the tenant.
    #[serde(borrow)]
    pub subject_tail: Cow<'a, str>,
    /// What happened.
    #[serde(borrow)]
    pub payload: Cow<'a, str>,
    /// Who did it, and in which context.
    #[serde(borrow)]
    pub metadata: Cow<'a, str>,
    /// In Base64.
    #[serde(borrow)]
    pub salt: Cow<'a, str>,
}

/// What is behind the last event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct End {
    /// How many events the file has.
    pub events: u64,
    /// The hashes of the subtrees up to the end of the tree.
    pub between: Vec<String>,
}

impl EventLine<'_> {
    /// The event without its content.
    pub fn frame(&self, tenant: TenantId) -> Frame {
        Frame {
            position: self.position,
            aggregate_type: self.aggregate_type.clone().into_owned(),
            sequence: self.sequence,
            event_type: self.event_type.clone().into_owned(),
            event_version: self.event_version.clone().into_owned(),
            event_id: self.event_id,
            tenant_id: tenant,
            command_id: self.command_id,
            recorded_at_micros: self.recorded_at.utc().timestamp_micros(),
        }
    }
}

impl ContentLine<'_> {
    /// What the digest is made of.
    pub fn content(&self) -> Content<'_> {
        Content {
            aggregate_id: &self.aggregate_id,
            subject_tail: &self.subject_tail,
            payload: &self.payload,
            metadata: &self.metadata,
        }
    }
}
