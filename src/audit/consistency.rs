//! That a log only grew between two checkpoints. The text is what witnesses of the C2SP are sent: the size that is known, the
//! hashes of the proof, and the newer checkpoint.

use tlog_tiles::{Hash, check_tree};

use super::{
    checkpoint::{CheckpointError, TreeHead},
    key::PublicKey,
};

/// Most hashes of a proof.
const HASHES: usize = 63;

/// A proof with the checkpoint that it leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Consistency {
    /// How many events the log had.
    pub old_size: u64,
    /// The proof.
    pub hashes: Vec<Hash>,
    /// The newer checkpoint, signed.
    pub note: String,
}

/// Why one state of the log does not lead to the other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// The text.
    #[error("it is neither a checkpoint nor a proof of consistency, which begins with: old <size>")]
    Malformed,
    /// The newer checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A proof for something else.
    #[error("the proof is for {proof} events, the checkpoint before it is of {known}: see plinth audit consistency")]
    OtherSize {
        /// The size that the proof begins with.
        proof: u64,
        /// The size that is known.
        known: u64,
    },
    /// The log does not have the past that it had.
    #[error("the log of {new} events does not begin with the {old} events that it had before: its past was changed")]
    Contradiction {
        /// How many it had.
        old: u64,
        /// How many it has.
        new: u64,
    },
}

impl Consistency {
    /// The text of the proof.
    pub fn to_text(&self) -> String {
        let hashes: String = self.hashes.iter().map(|hash| format!("{hash}\n")).collect();
        format!("old {}\n{hashes}\n{}", self.old_size, self.note)
    }

    /// From its text; a checkpoint alone is the proof of itself, for the size that is `known`.
    pub fn parse(text: &str, known: u64) -> Result<Self, ConsistencyError> {
        if !text.starts_with("old ") {
            return Ok(Self { old_size: known, hashes: Vec::new(), note: text.to_owned() });
        }
        let (proof, note) = text.split_once("\n\n").ok_or(ConsistencyError::Malformed)?;
        let mut lines = proof.lines();
        let old_size = lines.next().and_then(|line| line.strip_prefix("old ")?.parse().ok());
        let hashes: Option<Vec<Hash>> = lines.take(HASHES).map(|line| Hash::parse_hash(line).ok()).collect();
        match (old_size, hashes) {
            (Some(old_size), Some(hashes)) => Ok(Self { old_size, hashes, note: note.to_owned() }),
            _ => Err(ConsistencyError::Malformed),
        }
    }

    /// The newer state of the log, if the older one leads to it.
    pub fn check(&self, old: &TreeHead, key: &PublicKey) -> Result<TreeHead, ConsistencyError> {
        let new = TreeHead::open(&self.note, key)?;
        if self.old_size != old.size {
            return Err(ConsistencyError::OtherSize { proof: self.old_size, known: old.size });
        }
        let leads = if old.size == 0 {
            self.hashes.is_empty()
        } else {
            check_tree(&self.hashes, new.size, new.root, old.size, old.root).is_ok()
        };
        if !leads {
            return Err(ConsistencyError::Contradiction { old: old.size, new: new.size });
        }
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{
        super::{key::tests::key, subtrees::Frontier},
        *,
    };

    fn head(entries: &[&[u8]]) -> TreeHead {
        let mut frontier = Frontier::default();
        entries.iter().for_each(|entry| frontier.push(tlog_tiles::record_hash(entry)));
        TreeHead { size: frontier.size(), root: frontier.root() }
    }

    fn proof(from: &TreeHead, to: &TreeHead, hashes: Vec<Hash>) -> (Consistency, PublicKey) {
        let (notary, public) = key("example.com/log");
        (Consistency { old_size: from.size, hashes, note: to.sign(&notary).unwrap() }, public)
    }

    #[test]
    fn a_log_that_grew_is_proved_to_have_grown() {
        let (one, two) = (head(&[b"a"]), head(&[b"a", b"b"]));
        let (consistency, public) = proof(&one, &two, vec![tlog_tiles::record_hash(b"b")]);
        let text = consistency.to_text();
        assert!(text.starts_with("old 1\n"), "{text}");
        assert_eq!(Consistency::parse(&text, 0).unwrap(), consistency);
        assert_eq!(consistency.check(&one, &public), Ok(two));
    }

    #[test]
    fn a_log_with_another_past_is_found_out() {
        let (one, two) = (head(&[b"x"]), head(&[b"a", b"b"]));
        let (consistency, public) = proof(&one, &two, vec![tlog_tiles::record_hash(b"b")]);
        assert_eq!(consistency.check(&one, &public), Err(ConsistencyError::Contradiction { old: 1, new: 2 }));
        let other = TreeHead { size: 2, ..one };
        assert_eq!(consistency.check(&other, &public), Err(ConsistencyError::OtherSize { proof: 1, known: 2 }));
    }

    #[test]
    fn a_checkpoint_alone_proves_itself_and_no_other() {
        let (one, two) = (head(&[b"a"]), head(&[b"a", b"b"]));
        let (consistency, public) = proof(&two, &two, Vec::new());
        let alone = Consistency::parse(&consistency.note, 2).unwrap();
        assert_eq!(alone.check(&two, &public), Ok(two));
        let alone = Consistency::parse(&consistency.note, 1).unwrap();
        assert_eq!(alone.check(&one, &public), Err(ConsistencyError::Contradiction { old: 1, new: 2 }));
        assert_eq!(Consistency::parse("old x\n\n", 1), Err(ConsistencyError::Malformed));
    }
}
