//! What a worker finds in the work queue: an invitation to start a job. Whether it may is decided by `StartJobs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{JobId, TenantId},
    json::Payload,
    names::JobType,
};

/// A job that is due. It may come more than once, and late: acknowledge it as soon as `StartJobs` has answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobInvitation {
    /// Which job.
    pub job_id: JobId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its type.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// What to work on.
    pub payload: Payload,
    /// Which attempt it would be, counted from 1.
    pub attempt: u32,
    /// How many attempts the job may have.
    pub max_attempts: u32,
}
