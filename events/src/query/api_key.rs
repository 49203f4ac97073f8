//! What can be asked about API keys. Neither a secret nor its digest is in an answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApiKeyId, UserId},
    names::{Name, Reason},
    scope::Scope,
    time::Instant,
};

/// The API keys of the tenant, newest first. Those of deleted users are gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListApiKeys {
    /// How many at most; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Only keys that were created before this position of the log: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyRow {
    /// Its id.
    pub key_id: ApiKeyId,
    /// The position of the event that created it.
    pub position: u64,
    /// What people call it.
    pub name: Name,
    /// The user as whom its holder acts.
    pub user_id: Option<UserId>,
    /// What its holder may do.
    pub scopes: Vec<Scope>,
    /// Whether it can be used.
    pub status: ApiKeyStatus,
    /// Who created it.
    pub created_by_id: Option<UserId>,
    /// When.
    pub created_at: Instant,
    /// From when on it is of no use any more; null: never.
    pub expires_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// Why.
    pub revoke_reason: Option<Reason>,
}

/// Whether an API key can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ApiKeyStatus {
    Active,
    Expired,
    Revoked,
}

impl ApiKeyStatus {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// API keys, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyPage {
    /// The keys.
    pub keys: Vec<ApiKeyRow>,
    /// The position to read on before; null at the end.
    pub next: Option<u64>,
}
