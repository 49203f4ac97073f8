//! The first answers to accepted commands, by which the same command is recognised.

use std::{collections::HashMap, sync::Arc};

use plinth_events::{CommandId, TenantId, reply::Reply};

/// The commands that were accepted before, among those asked for.
pub type KnownCommands = HashMap<(TenantId, CommandId), Known>;

/// A command that was accepted before.
#[derive(Debug, Clone)]
pub struct Known {
    /// SHA-256 over its name and body.
    pub body_hash: Vec<u8>,
    /// The first answer.
    pub reply: Arc<Reply>,
}
