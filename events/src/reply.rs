//! Replies: what became of an accepted command.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    flow::DependencyCounts,
    ids::{BulkActionId, CommandId, EventId, JobId},
    json::{Checkpoint, Payload, buffered},
    layout::EffectiveWidget,
    time::Instant,
};

/// The answer to an accepted command, sent after the commit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The id under which the command can be sent again.
    pub command_id: CommandId,
    /// The position of its last event; of the log's end when it changed nothing.
    pub position: u64,
    /// Whether this is the first answer again.
    pub duplicate: bool,
    /// Its events, in order.
    pub events: Vec<EventRef>,
    /// What the command answers beside that.
    #[schemars(with = "serde_json::Value")]
    pub result: Box<RawValue>,
}

impl Reply {
    /// What the command answers, as the type of that.
    pub fn result_as<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.result.get())
    }
}

/// An event by id and place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventRef {
    /// Its id.
    pub id: EventId,
    /// Its type, such as `MetricDefined`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Its place in the log, and in the stream of events.
    pub position: u64,
}

/// One version and its window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricVersion {
    /// Which version.
    pub version: u32,
    /// When it takes over.
    pub effective_at: Instant,
    /// When something else takes over; null while open-ended.
    pub deprecated_at: Option<Instant>,
}

/// When a metric ends, and what was withdrawn with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricDeprecation {
    /// When it ends.
    pub deprecated_at: Instant,
    /// The versions that were withdrawn by the command.
    pub withdrawn_versions: Vec<u32>,
}

/// The effective layout after the command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Layout {
    /// The version of the layout itself: how much has happened to it. The `baseVersion` of the next command.
    pub layout_version: u64,
    /// The version of the tenant's default; of the default the same.
    pub default_version: u64,
    /// The widgets, in order.
    pub widgets: Vec<EffectiveWidget>,
}

/// The id of an enqueued job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobEnqueued {
    /// The job's id.
    pub job_id: JobId,
}

/// The ids of enqueued jobs, in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobsEnqueued {
    /// The jobs' ids.
    pub job_ids: Vec<JobId>,
    /// The id of their `callback`, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_job_id: Option<JobId>,
}

/// What became of each job, in the order of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobItems {
    /// The jobs.
    pub jobs: Vec<JobItem>,
}

/// What became of one job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobItem {
    /// Which job.
    pub job_id: JobId,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: JobOutcome,
}

/// The outcome of a command for one job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "status")]
pub enum JobOutcome {
    /// The asker won the attempt.
    Started {
        /// Which attempt, counted from 1.
        attempt: u32,
        /// The token to report with.
        token: u64,
        /// When the lease runs out unless it is extended.
        lease_until: Instant,
        /// What to work on in place of the invitation's payload; absent: that one is right.
        #[serde(default, deserialize_with = "buffered", skip_serializing_if = "Option::is_none")]
        payload: Option<Payload>,
        /// With such a `payload`, in place of the invitation's: how far an earlier attempt came with it.
        #[serde(default, deserialize_with = "buffered", skip_serializing_if = "Option::is_none")]
        checkpoint: Option<Checkpoint>,
        /// How the jobs ended that it depends on; absent: it depends on none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dependencies: Option<DependencyCounts>,
        /// When the attempt ends however lively its worker is; absent: never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Instant>,
    },
    /// How far it came is kept.
    Checkpointed,
    /// Lines about it are kept.
    Logged {
        /// How many of them: fewer than were sent when the attempt has had its share.
        lines: u32,
    },
    /// It is done.
    Completed,
    /// It will be tried again.
    Retrying {
        /// When.
        retry_at: Instant,
    },
    /// It has failed for good.
    Failed,
    /// It was put back.
    Snoozed {
        /// Until when.
        run_at: Instant,
    },
    /// It was ended before it ran.
    Cancelled,
    /// Its worker was asked to stop it.
    CancelRequested,
    /// It waits: with a new set of attempts, or as it was told to.
    Pending,
    /// Nothing became of it.
    Refused {
        /// Why, stable.
        code: String,
        /// Why, for people.
        detail: String,
    },
}

/// When a schedule fires next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleDue {
    /// When; null while it is paused.
    pub next_fire_at: Option<Instant>,
}

/// What became of the fire times of a backfill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Backfill {
    /// How many jobs were enqueued.
    pub enqueued: u32,
    /// How many fire times had their jobs already.
    pub present: u32,
}

/// What a heartbeat found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeats {
    /// When the extended leases run out.
    pub lease_until: Option<Instant>,
    /// Jobs that somebody wants stopped: stop, then report them failed.
    pub cancelled: Vec<JobId>,
    /// Jobs whose lease is gone: stop, and report nothing.
    pub lost: Vec<JobId>,
}

/// The id of a bulk action that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkActionStarted {
    /// The action's id.
    pub action_id: BulkActionId,
}
