//! What can be asked about dashboards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ids::UserId, layout::EffectiveWidget};

/// The effective layout of a user, or with null the tenant's default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetDashboard {
    /// Whose layout; the default when null or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// An effective layout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardLayout {
    /// Whose layout; null for the tenant's default.
    pub user_id: Option<UserId>,
    /// Whether the user changed anything, so that the layout differs from the default.
    pub personal: bool,
    /// The widgets, in order.
    pub widgets: Vec<EffectiveWidget>,
}
