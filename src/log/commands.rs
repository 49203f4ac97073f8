//! The first answers to accepted commands, by which the same command is recognised.

use std::collections::HashMap;

use plinth_events::{CommandId, TenantId, reply::Reply};

use super::LogError;

/// The commands that were accepted before, among those asked for.
pub type KnownCommands = HashMap<(TenantId, CommandId), Known>;

/// A command that was accepted before.
#[derive(Debug, Clone)]
pub struct Known {
    /// SHA-256 over its name and body.
    pub body_hash: Vec<u8>,
    /// The reply as JSON.
    pub reply: String,
}

impl Known {
    /// The first answer, marked as a duplicate.
    pub fn duplicate(&self) -> Result<Reply, LogError> {
        let mut reply: Reply = serde_json::from_str(&self.reply)?;
        reply.duplicate = true;
        Ok(reply)
    }
}
