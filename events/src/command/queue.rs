//! Commands of a queue: all jobs of the tenant, or its jobs of one type.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    names::{JobType, Reason},
    object,
    queue::Settings,
};

/// Says how the jobs of a queue are run from now on. What is absent from the settings is not limited, and as usual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigureQueue {
    /// Which jobs of the tenant; all when absent.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// How they are run.
    #[serde(deserialize_with = "object::object")]
    pub settings: Settings,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Lets no job of a queue start until it is resumed. Those that run go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PauseQueue {
    /// Which jobs of the tenant; all when absent.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Lets the jobs of a queue start again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResumeQueue {
    /// Which jobs of the tenant; all when absent.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}
