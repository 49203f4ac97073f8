//! Events of a user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{ids::UserId, names::Name};

/// The user exists from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRegistered {
    /// Which user.
    pub user_id: UserId,
    /// What people call the user.
    pub name: Name,
}

/// The user has another name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRenamed {
    /// Which user.
    pub user_id: UserId,
    /// What people call the user now.
    pub name: Name,
}

/// The user is gone, with the user's widgets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserDeleted {
    /// Which user.
    pub user_id: UserId,
}

events!(
    /// What happens to a user.
    UserEvent { UserRegistered = "registered", UserRenamed = "renamed", UserDeleted = "deleted" }
);

impl UserEvent {
    /// Which user it happened to.
    pub fn user_id(&self) -> UserId {
        match self {
            Self::UserRegistered(event) => event.user_id,
            Self::UserRenamed(event) => event.user_id,
            Self::UserDeleted(event) => event.user_id,
        }
    }
}
