//! Commands of a tenant. Its id is in the subject.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    names::{Name, Reason},
    time::Instant,
};

/// Registers the tenant of the subject, or renames it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterTenant {
    /// What people call the tenant.
    pub name: Name,
}

/// Deletes the tenant of the subject with its users, metrics, widgets and jobs. Its id is never used again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteTenant {}

/// Closes the books of the tenant until a time: what its metrics meant before then does not change any more. That time
/// only moves forward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockTenantPeriod {
    /// The end of the period, which must be over; nothing takes effect before it any more.
    pub until: Instant,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}
