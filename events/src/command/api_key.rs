//! Commands of an API key: one aggregate each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApiKeyId, UserId},
    names::{Name, Reason},
    scope::Scope,
    secret_digest::SecretDigest,
    time::Instant,
};

/// Lets whoever holds a secret do something over HTTP. The secret itself stays with the sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateApiKey {
    /// The key's id, chosen by the caller.
    pub key_id: ApiKeyId,
    /// What people call the key.
    pub name: Name,
    /// The SHA-256 of the secret. No two keys have the same.
    pub digest: SecretDigest,
    /// The user as whom its holder acts; nobody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// What its holder may do, each once.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub scopes: Vec<Scope>,
    /// From when on the key is of no use any more; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Instant>,
}

/// Makes an API key useless for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeApiKey {
    /// Which key.
    pub key_id: ApiKeyId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}
