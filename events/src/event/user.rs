//! Events of a user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{erased::ErasedCounts, events};
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

/// What was said of the user is gone from the log, the answers and the streams. That it was there can still be proved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserErased {
    /// Which user.
    pub user_id: UserId,
    /// How much there was.
    #[serde(flatten)]
    pub counts: ErasedCounts,
}

events!(
    /// What happens to a user.
    UserEvent {
        UserRegistered = "registered",
        UserRenamed = "renamed",
        UserDeleted = "deleted",
        UserErased = "erased",
    }
);

impl UserEvent {
    /// Which user it happened to.
    pub fn user_id(&self) -> UserId {
        match self {
            Self::UserRegistered(event) => event.user_id,
            Self::UserRenamed(event) => event.user_id,
            Self::UserDeleted(event) => event.user_id,
            Self::UserErased(event) => event.user_id,
        }
    }
}
