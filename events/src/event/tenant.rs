//! Events of a tenant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::names::Name;

/// The tenant exists from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantRegistered {
    /// What people call it.
    pub name: Name,
}

/// The tenant has another name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantRenamed {
    /// What people call it now.
    pub name: Name,
}

/// The tenant is gone, with everything that it had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantDeleted {}

events!(
    /// What happens to a tenant.
    TenantEvent { TenantRegistered = "registered", TenantRenamed = "renamed", TenantDeleted = "deleted" }
);
