//! Commands of a schedule: one aggregate per tenant and name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    limits,
    names::{CronPattern, Description, Reason, ScheduleName, TimeZoneName},
    object,
    schedule::{JobTemplate, Overlap},
    time::Instant,
};

/// Enqueues a job at every time of a cron pattern, or changes how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DefineSchedule {
    /// Which schedule.
    pub name: ScheduleName,
    /// When: five fields, or six with the second in front, or `@yearly`, `@monthly`, `@weekly`, `@daily`, `@hourly`.
    pub cron: CronPattern,
    /// In which time zone, by its IANA name; UTC when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZoneName>,
    /// What to enqueue.
    #[serde(deserialize_with = "object::object")]
    pub job: JobTemplate,
    /// How many of the fire times that were missed get their job late, the latest ones; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = limits::CATCH_UP_JOBS))]
    pub catch_up: Option<u32>,
    /// What happens while the job of the last fire time has not ended; `allow` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
}

/// Enqueues nothing more until the schedule is resumed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PauseSchedule {
    /// Which schedule.
    pub name: ScheduleName,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Goes on from the next fire time. Those of the pause are not made up for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResumeSchedule {
    /// Which schedule.
    pub name: ScheduleName,
}

/// Ends a schedule. The jobs that it enqueued stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteSchedule {
    /// Which schedule.
    pub name: ScheduleName,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Enqueues the jobs of past fire times, as the schedule is now. One whose job is there already is left alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackfillSchedule {
    /// Which schedule.
    pub name: ScheduleName,
    /// The first time to look at.
    pub from: Instant,
    /// The time to look up to, itself left out. Fire times that are still to come are left out too.
    pub until: Instant,
}
