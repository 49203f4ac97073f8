//! Commands of bulk actions: one aggregate each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    bulk::{BulkAction, JobFilter},
    ids::BulkActionId,
    names::Reason,
    object,
};

/// Does the same to all jobs that a filter matches, in the background.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartBulkAction {
    /// The action's id; minted when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_id: Option<BulkActionId>,
    /// What.
    #[serde(deserialize_with = "object::object")]
    pub action: BulkAction,
    /// To which jobs; those that are enqueued later are left alone.
    #[serde(deserialize_with = "object::object")]
    pub filter: JobFilter,
    /// Why.
    pub reason: Reason,
}

/// Leaves the jobs alone that a bulk action has not come to yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelBulkAction {
    /// Which action.
    pub action_id: BulkActionId,
    /// Why.
    pub reason: Reason,
}
