//! Commands of a user of the tenant in the subject.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ids::UserId, names::Name};

/// Registers a user, or renames one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterUser {
    /// The user's id, chosen by the caller.
    pub user_id: UserId,
    /// What people call the user.
    pub name: Name,
}

/// Deletes a user with the user's widgets; refused while a metric definition names the user as its author.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteUser {
    /// The user to delete.
    pub user_id: UserId,
}
