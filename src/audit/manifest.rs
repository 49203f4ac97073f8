//! What the notary signs under an auditor's file: what it is an answer to, how much it holds, and the digest of all of it. So a
//! tail that was cut off is noticed, which no tree and no chain would show.

use std::{collections::BTreeMap, str::FromStr};

use plinth_events::{TenantId, names::Code};
use tlog_tiles::Hash;

/// What the text begins with, so that it can never be taken for a checkpoint: no log has an origin with spaces.
const TITLE: &str = "plinth audit manifest 1";
/// In the place of a value that there is none of.
const NONE: &str = "-";

/// The signed text, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The log.
    pub origin: String,
    /// Whose events.
    pub tenant: TenantId,
    /// Those of one metric; none: all.
    pub code: Option<Code>,
    /// Up to this place in the log.
    pub as_known_at: u64,
    /// How many there are.
    pub events: u64,
    /// The commitment to the last of them.
    pub last: Option<Hash>,
    /// SHA-256 over all lines before the manifest.
    pub digest: Hash,
}

/// A text that is no manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signed note is not a manifest")]
pub struct NotAManifest;

impl Manifest {
    /// The text to be signed.
    pub fn to_text(&self) -> String {
        let Self { origin, tenant, code, as_known_at, events, last, digest } = self;
        let code = code.as_ref().map_or(NONE, |code| code.as_str());
        let last = last.map_or_else(|| NONE.to_owned(), |last| last.to_string());
        format!(
            "{TITLE}\norigin {origin}\ntenant {tenant}\ncode {code}\nas-known-at {as_known_at}\nevents {events}\n\
             last {last}\nsha256 {digest}\n"
        )
    }
}

impl FromStr for Manifest {
    type Err = NotAManifest;

    fn from_str(text: &str) -> Result<Self, NotAManifest> {
        let lines = text.strip_prefix(TITLE).and_then(|rest| rest.strip_prefix('\n')).ok_or(NotAManifest)?;
        let fields: BTreeMap<&str, &str> = lines.lines().filter_map(|line| line.split_once(' ')).collect();
        let field = |name| fields.get(name).copied().ok_or(NotAManifest);
        let known = |name| Ok(Some(field(name)?).filter(|value| *value != NONE));
        Ok(Self {
            origin: field("origin")?.to_owned(),
            tenant: parsed(field("tenant")?)?,
            code: known("code")?.map(parsed).transpose()?,
            as_known_at: parsed(field("as-known-at")?)?,
            events: parsed(field("events")?)?,
            last: known("last")?.map(hash).transpose()?,
            digest: hash(field("sha256")?)?,
        })
    }
}

fn parsed<T: FromStr>(text: &str) -> Result<T, NotAManifest> {
    text.parse().map_err(|_| NotAManifest)
}

fn hash(text: &str) -> Result<Hash, NotAManifest> {
    Hash::parse_hash(text).map_err(|_| NotAManifest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let full = Manifest {
            origin: "example.com/log".to_owned(),
            tenant: TenantId(Uuid::from_u128(1)),
            code: Some("churn".parse().unwrap()),
            as_known_at: 12,
            events: 3,
            last: Some(Hash([1; 32])),
            digest: Hash([2; 32]),
        };
        let empty = Manifest { code: None, events: 0, last: None, ..full.clone() };
        for manifest in [full, empty] {
            assert_eq!(manifest.to_text().parse(), Ok(manifest));
        }
    }

    #[test]
    fn another_text_is_no_manifest() {
        for text in ["", "example.com/log\n7\nAA==\n", "plinth audit manifest 1\n"] {
            assert_eq!(text.parse::<Manifest>(), Err(NotAManifest));
        }
    }
}
