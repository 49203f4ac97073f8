//! What commands and events of schedules, and the jobs that schedules enqueue, have in common.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    command::job::EnqueueJob,
    json::Payload,
    limits,
    names::{JobKey, JobType, ScheduleName},
    retry::{Retry, RetryPolicy},
    time::Instant,
};

macro_rules! template {
    ($(#[$meta:meta])* $name:ident, $retry:ty) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Which workers the jobs are for.
            #[serde(rename = "type")]
            pub job_type: JobType,
            /// What the worker gets.
            pub payload: Payload,
            /// How often each is tried; 3 when absent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::MAX_ATTEMPTS))]
            pub max_attempts: Option<u32>,
            /// Which due jobs are published first: larger before smaller, 0 when absent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = *limits::PRIORITIES.start(), max = *limits::PRIORITIES.end()))]
            pub priority: Option<i16>,
            /// How long it waits between attempts; exponential from 2 s to an hour when absent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub retry: Option<$retry>,
            /// How long one attempt may take; as long as it wants when absent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::TIMEOUT_SECONDS))]
            pub timeout_seconds: Option<u32>,
            /// What the jobs have in common with others of their type, for the limits per key of their queues.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub concurrency_key: Option<JobKey>,
        }
    };
}

template!(
    /// The job that a schedule is to enqueue each time.
    #[serde(deny_unknown_fields)]
    JobTemplate,
    Retry
);
template!(
    /// The job that a schedule enqueues each time.
    RecordedTemplate,
    RetryPolicy
);

impl From<JobTemplate> for RecordedTemplate {
    fn from(template: JobTemplate) -> Self {
        Self {
            job_type: template.job_type,
            payload: template.payload,
            max_attempts: template.max_attempts,
            priority: template.priority,
            retry: template.retry.map(Into::into),
            timeout_seconds: template.timeout_seconds,
            concurrency_key: template.concurrency_key,
        }
    }
}

impl RecordedTemplate {
    /// The command that enqueues such a job.
    pub fn enqueue(&self) -> EnqueueJob {
        EnqueueJob {
            max_attempts: self.max_attempts,
            priority: self.priority,
            retry: self.retry.clone().map(Into::into),
            timeout_seconds: self.timeout_seconds,
            concurrency_key: self.concurrency_key.clone(),
            ..EnqueueJob::new(self.job_type.clone(), self.payload.clone())
        }
    }
}

/// What happens when a schedule is due and the job of its last fire time has not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Overlap {
    /// Another job is enqueued beside it.
    #[default]
    Allow,
    /// The fire time is skipped.
    Skip,
    /// It is cancelled, and another job is enqueued.
    CancelPrevious,
}

/// Why fire times of a schedule enqueued no job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum SkipReason {
    /// They were missed, and more of them than the schedule catches up on.
    Misfire,
    /// The job of the fire time before had not ended.
    Overlap,
    /// Somebody had used the id of the job.
    JobIdTaken,
}

/// Where a job comes from that nobody enqueued by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledFor {
    /// Which schedule.
    pub name: ScheduleName,
    /// Which of its fire times.
    pub fire_time: Instant,
}
