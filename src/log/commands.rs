//! The first answers to accepted commands, by which the same command is recognised.

use std::{collections::HashMap, sync::Arc};

use plinth_events::{CommandId, TenantId, reply::Reply};
use sqlx::PgExecutor;

use super::LogError;

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

/// What a command answered beside its events, as JSON; none: no such command was accepted.
pub async fn result(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    command: CommandId,
) -> Result<Option<String>, LogError> {
    let result =
        sqlx::query_scalar("select result::text from plinth.commands where tenant_id = $1 and command_id = $2");
    Ok(result.bind(tenant.0).bind(command.0).fetch_optional(executor).await?)
}
