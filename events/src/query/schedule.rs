//! Queries of schedules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::JobId,
    limits,
    names::{CronPattern, Description, Reason, ScheduleName, TimeZoneName},
    schedule::{Overlap, RecordedTemplate},
    time::Instant,
};

/// One schedule, and when it fires next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetSchedule {
    /// Which schedule.
    pub name: ScheduleName,
    /// How many fire times to list; 5 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = limits::FIRE_TIMES_LISTED))]
    pub fire_times: Option<u32>,
}

/// The schedules by their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListSchedules {
    /// How many at most; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Only schedules after this one: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ScheduleName>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleRow {
    /// Its name.
    pub name: ScheduleName,
    /// When it fires.
    pub cron: CronPattern,
    /// In which time zone.
    pub time_zone: TimeZoneName,
    /// What it enqueues.
    pub job: RecordedTemplate,
    /// How many missed fire times get their job late.
    pub catch_up: u32,
    /// What happens while the job of the last fire time has not ended.
    pub overlap: Overlap,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether it is paused.
    pub paused: bool,
    /// Why it is paused.
    pub pause_reason: Option<Reason>,
    /// When it fires next, in order; none while it is paused.
    pub next_fire_times: Vec<Instant>,
    /// The fire time that got its job last.
    pub last_fire_time: Option<Instant>,
    /// That job.
    pub last_job_id: Option<JobId>,
    /// When it was defined, for the first time since it was deleted.
    pub created_at: Instant,
    /// When it was last defined, paused or resumed.
    pub updated_at: Instant,
}

/// Schedules by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchedulePage {
    /// The schedules.
    pub schedules: Vec<ScheduleRow>,
    /// The name to read on after; null at the end.
    pub next: Option<ScheduleName>,
}
