//! Events of an API key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{
    ids::{ApiKeyId, UserId},
    names::{Name, Reason},
    scope::Scope,
    secret_digest::SecretDigest,
    time::Instant,
};

/// Whoever holds the secret may do something over HTTP from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyCreated {
    /// Which key.
    pub key_id: ApiKeyId,
    /// What people call the key.
    pub name: Name,
    /// The SHA-256 of the secret.
    pub digest: SecretDigest,
    /// The user as whom its holder acts; absent: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// What its holder may do.
    pub scopes: Vec<Scope>,
    /// From when on the key is of no use any more; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Instant>,
}

/// The key is of no use any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyRevoked {
    /// Which key.
    pub key_id: ApiKeyId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

events!(
    /// What happens to an API key.
    ApiKeyEvent { ApiKeyCreated = "created", ApiKeyRevoked = "revoked" }
);

impl ApiKeyEvent {
    /// Which key it happened to.
    pub fn key_id(&self) -> ApiKeyId {
        match self {
            Self::ApiKeyCreated(event) => event.key_id,
            Self::ApiKeyRevoked(event) => event.key_id,
        }
    }
}
