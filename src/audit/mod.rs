//! The proof of the log, as anybody can check it: what a commitment to an event is, signed checkpoints, the file that an
//! auditor gets, and whether it is true. Pure: no database, no broker, no clock.
//!
//! The tree is that of RFC 6962; tiles, checkpoints and notes are those of the C2SP, by crates that others use too.

pub mod checkpoint;
pub mod consistency;
pub mod file;
pub mod key;
pub mod leaf;
pub mod manifest;
pub mod subtrees;
pub mod verify;

pub use key::{KeyError, NotaryKey, PublicKey};
