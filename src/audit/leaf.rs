//! A commitment to an event: the entry of the tree. It can be shown to everybody.
//!
//! What the tenant wrote, the payload and the names that it chose, goes into a digest with a salt of its own, so that
//! nobody can guess it from the commitment. When the event is erased, the digest stays in its place: the commitment can
//! still be computed, and what it was made of is gone.

use plinth_events::TenantId;
use sha2::{Digest, Sha256};
use tlog_tiles::{Hash, record_hash};
use uuid::Uuid;

/// What every commitment begins with; another version of it is another kind of tree.
const DOMAIN: &[u8] = b"plinth.event.v1\n";
/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;

/// Random bytes that belong to one event.
pub type Salt = [u8; SALT_BYTES];

/// What the tenant said with an event, as the log stores it, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content<'a> {
    /// Which aggregate it happened to.
    pub aggregate_id: &'a str,
    /// The subject behind the tenant, which names the aggregate too.
    pub subject_tail: &'a str,
    /// What happened.
    pub payload: &'a str,
    /// Who did it, and in which context.
    pub metadata: &'a str,
}

/// All else that is known of an event, and stays when its content is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its place in the log.
    pub position: u64,
    /// The kind of aggregate that it happened to.
    pub aggregate_type: String,
    /// Its place in the aggregate.
    pub sequence: u64,
    /// Its type.
    pub event_type: String,
    /// The version of its type.
    pub event_version: String,
    /// Its id.
    pub event_id: Uuid,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The command that it came from.
    pub command_id: Uuid,
    /// When it was recorded, in microseconds since 1970.
    pub recorded_at_micros: i64,
}

/// What chains the events of one tenant: which of them it is, and the one before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// 1, 2, 3 … among the events of the tenant.
    pub tenant_sequence: u64,
    /// The commitment to the event before it; zeros for the first.
    pub previous: Hash,
}

/// Before the first event of a tenant.
pub const NOTHING: Hash = Hash([0; 32]);

impl Content<'_> {
    /// The digest that stands for the content.
    pub fn digest(&self, salt: &Salt) -> Hash {
        let mut sha = Sha256::new_with_prefix(salt);
        for field in [self.aggregate_id, self.subject_tail, self.payload, self.metadata] {
            text(&mut sha, field);
        }
        Hash(sha.finalize().into())
    }
}

impl Frame {
    /// The commitment to the event with this content.
    pub fn commitment(&self, link: &Link, content: &Hash) -> Hash {
        let mut sha = Sha256::new_with_prefix(DOMAIN);
        sha.update(self.position.to_be_bytes());
        text(&mut sha, &self.aggregate_type);
        sha.update(self.sequence.to_be_bytes());
        text(&mut sha, &self.event_type);
        text(&mut sha, &self.event_version);
        for id in [self.event_id, self.tenant_id.0, self.command_id] {
            sha.update(id.as_bytes());
        }
        sha.update(self.recorded_at_micros.to_be_bytes());
        sha.update(link.tenant_sequence.to_be_bytes());
        sha.update(link.previous.0);
        sha.update(content.0);
        Hash(sha.finalize().into())
    }
}

/// The hash of a leaf of the tree: of the commitment as RFC 6962 hashes an entry.
pub fn leaf_hash(commitment: &Hash) -> Hash {
    record_hash(&commitment.0)
}

/// A text with its length before it, so that no two lists of texts come to the same bytes.
fn text(sha: &mut Sha256, text: &str) {
    sha.update((text.len() as u64).to_be_bytes());
    sha.update(text);
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    pub const CONTENT: Content<'static> =
        Content { aggregate_id: "t/a", subject_tail: "metric.a.defined", payload: "{\"n\": 1}", metadata: "{}" };

    pub fn frame(position: u64) -> Frame {
        Frame {
            position,
            aggregate_type: "metric".to_owned(),
            sequence: position,
            event_type: "MetricDefined".to_owned(),
            event_version: "1".to_owned(),
            event_id: Uuid::from_u128(u128::from(position)),
            tenant_id: TenantId(Uuid::from_u128(7)),
            command_id: Uuid::from_u128(9),
            recorded_at_micros: 1_784_000_000_000_000,
        }
    }

    const LINK: Link = Link { tenant_sequence: 1, previous: NOTHING };

    #[test]
    fn a_commitment_is_for_ever() {
        let content = CONTENT.digest(&[1; SALT_BYTES]);
        let commitment = frame(5).commitment(&LINK, &content);
        assert_eq!(content.to_string(), "+bq1wRFAdvSNf8VYrGzKIfklX/OYdQw8ajEsuE9yfKs=");
        assert_eq!(commitment.to_string(), "osgy94t8RATYWuK1FxUZnQsiB0kp+1PJFiOxAFOG77k=");
    }

    #[test]
    fn every_part_of_an_event_changes_its_commitment() {
        let (content, whole) = (CONTENT.digest(&[1; 16]), frame(5));
        let commitment = whole.commitment(&LINK, &content);
        let others = [
            Frame { position: 6, ..whole.clone() },
            Frame { aggregate_type: "job".to_owned(), ..whole.clone() },
            Frame { sequence: 6, ..whole.clone() },
            Frame { event_type: "MetricDeprecated".to_owned(), ..whole.clone() },
            Frame { event_version: "2".to_owned(), ..whole.clone() },
            Frame { event_id: Uuid::nil(), ..whole.clone() },
            Frame { tenant_id: TenantId(Uuid::nil()), ..whole.clone() },
            Frame { command_id: Uuid::nil(), ..whole.clone() },
            Frame { recorded_at_micros: 0, ..whole.clone() },
        ];
        assert!(others.iter().all(|other| other.commitment(&LINK, &content) != commitment));
        assert_ne!(whole.commitment(&Link { tenant_sequence: 2, ..LINK }, &content), commitment);
        assert_ne!(whole.commitment(&Link { previous: content, ..LINK }, &content), commitment);
        assert_ne!(whole.commitment(&LINK, &NOTHING), commitment);
    }

    #[test]
    fn every_part_of_a_content_and_its_salt_change_the_digest() {
        let digest = CONTENT.digest(&[1; 16]);
        let others = [
            Content { aggregate_id: "x", ..CONTENT },
            Content { subject_tail: "x", ..CONTENT },
            Content { payload: "x", ..CONTENT },
            Content { metadata: "x", ..CONTENT },
            Content { payload: "{\"n\": 1}{", metadata: "}", ..CONTENT },
        ];
        assert!(others.iter().all(|other| other.digest(&[1; 16]) != digest));
        assert_ne!(CONTENT.digest(&[2; 16]), digest);
    }
}
