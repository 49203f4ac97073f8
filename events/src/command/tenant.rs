//! Commands of a tenant. Its id is in the subject.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::Name;

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
