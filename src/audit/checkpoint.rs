//! A signed checkpoint: how many events the log has and the root of the tree over them. Who holds one can be shown no other
//! past.

use tlog_tiles::{Checkpoint, Hash};

use super::key::{NotaryKey, NoteError, PublicKey};

/// A checkpoint that cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// As a note.
    #[error("the checkpoint cannot be relied on: {0}")]
    Note(#[from] NoteError),
    /// Signed, and no checkpoint.
    #[error("the signed note is not a checkpoint")]
    Malformed,
    /// Of another log.
    #[error("the checkpoint is of {found}, the key is of {expected}")]
    Origin {
        /// Which log it says it is of.
        found: String,
        /// Which log the key is of.
        expected: String,
    },
}

/// The state of a log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TreeHead {
    /// How many events it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl TreeHead {
    /// The signed checkpoint that says it.
    pub fn sign(&self, key: &NotaryKey) -> Result<String, CheckpointError> {
        let checkpoint =
            Checkpoint::new(key.origin(), self.size, self.root, "").map_err(|_| CheckpointError::Malformed)?;
        let text = String::from_utf8(checkpoint.to_bytes()).map_err(|_| CheckpointError::Malformed)?;
        Ok(key.sign(&text)?)
    }

    /// What a checkpoint says, if the key signed it.
    pub fn open(note: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        let text = key.open(note)?;
        Self::parse(&text, key.origin())
    }

    /// What a checkpoint of a log says, whoever signed it: for the log itself.
    pub fn read(note: &str, origin: &str) -> Result<Self, CheckpointError> {
        let (text, _) = note.rsplit_once("\n\n").ok_or(CheckpointError::Malformed)?;
        Self::parse(&format!("{text}\n"), origin)
    }

    fn parse(text: &str, origin: &str) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::from_bytes(text.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        if checkpoint.origin() != origin {
            let (found, expected) = (checkpoint.origin().to_owned(), origin.to_owned());
            return Err(CheckpointError::Origin { found, expected });
        }
        Ok(Self { size: checkpoint.size(), root: *checkpoint.hash() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{super::key::tests::key, *};

    #[test]
    fn a_checkpoint_says_what_was_signed() {
        let (notary, public) = key("example.com/log");
        let head = TreeHead { size: 7, root: Hash([3; 32]) };
        let note = head.sign(&notary).unwrap();
        assert!(note.starts_with("example.com/log\n7\nAwMD"), "{note}");
        assert_eq!(TreeHead::open(&note, &public), Ok(head));
        assert_eq!(TreeHead::open(&note.replace("\n7\n", "\n8\n"), &public), Err(NoteError::NotSigned.into()));
    }

    #[test]
    fn a_note_that_is_no_checkpoint_is_none() {
        let (notary, public) = key("example.com/log");
        let note = notary.sign("something else\n").unwrap();
        assert_eq!(TreeHead::open(&note, &public), Err(CheckpointError::Malformed));
        let other = Checkpoint::new("example.com/other", 7, Hash([3; 32]), "").unwrap();
        let note = notary.sign(&String::from_utf8(other.to_bytes()).unwrap()).unwrap();
        assert!(matches!(TreeHead::open(&note, &public), Err(CheckpointError::Origin { .. })));
    }
}
