//! What a worker finds in the work queue: an invitation to start a job. Whether it may is decided by `StartJobs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{EventId, JobId, TenantId},
    json::{Checkpoint, Payload},
    names::JobType,
    schedule::ScheduledFor,
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
    /// How far an earlier attempt came, if it said so. A late message may carry an older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// What the job belongs to, as it was enqueued with: for everything that is sent because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The id of the event that enqueued it: for everything that is sent because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// The W3C trace context that the job was enqueued in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The schedule that it comes from, and the fire time that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduledFor>,
}
