//! How many jobs there are, and how they fare over time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{names::JobType, time::Instant};

/// How many jobs are there, and how did they fare?
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetJobStatistics {
    /// Only jobs of this type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// From when on; an hour before `until` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// Until when; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// How long each period is; the shortest that is kept for so long and makes at most 200 periods when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StatisticsStep>,
}

/// How long the periods are that statistics tell of. All begin with one of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum StatisticsStep {
    /// Kept for two days.
    Minute,
    /// Kept for two weeks.
    TenMinutes,
    /// Kept for 90 days.
    Hour,
    /// Kept for two years.
    Day,
}

impl StatisticsStep {
    /// All, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::TenMinutes, Self::Hour, Self::Day];

    /// How long it is.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Minute => 60,
            Self::TenMinutes => 600,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// How long statistics of such periods are kept.
    pub const fn kept_days(self) -> u32 {
        match self {
            Self::Minute => 2,
            Self::TenMinutes => 14,
            Self::Hour => 90,
            Self::Day => 730,
        }
    }
}

/// How many jobs there are, and how they fared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobStatistics {
    /// Up to which position of the log everything is counted.
    pub position: u64,
    /// How many events the log has beyond it: usually those of the last second.
    pub events_behind: u64,
    /// The jobs that have rows: all of the tenant, or those of the type that was asked for.
    pub jobs: StatusCounts,
    /// The same by type, those with the most jobs first: 100 types at most.
    pub types: Vec<TypeCounts>,
    /// The jobs of all other types; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_types: Option<StatusCounts>,
    /// When the first period begins.
    pub from: Instant,
    /// When the last period ends; it may not be over.
    pub until: Instant,
    /// How long the periods are.
    pub step: StatisticsStep,
    /// What happened in all of them together.
    pub whole: JobActivity,
    /// What happened in each, the earliest first.
    pub series: Vec<ActivityPeriod>,
}

/// How many jobs have which status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct StatusCounts {
    pub pending: u64,
    pub processing: u64,
    pub completed: u64,
    pub failed: u64,
}

impl StatusCounts {
    /// These and others together.
    #[must_use]
    pub fn plus(self, others: Self) -> Self {
        Self {
            pending: self.pending + others.pending,
            processing: self.processing + others.processing,
            completed: self.completed + others.completed,
            failed: self.failed + others.failed,
        }
    }
}

/// How many jobs of a type have which status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypeCounts {
    /// The type.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// How many.
    #[serde(flatten)]
    pub jobs: StatusCounts,
}

/// A period, and what happened in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityPeriod {
    /// When it begins.
    pub time: Instant,
    /// What happened.
    #[serde(flatten)]
    pub activity: JobActivity,
}

/// What happened to jobs. Of many jobs a second, the durations are those of a random part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobActivity {
    /// Jobs that were enqueued.
    pub enqueued: u64,
    /// Attempts that began.
    pub started: u64,
    /// Jobs that were completed.
    pub completed: u64,
    /// Attempts that failed, or whose workers fell silent; whether or not their jobs are tried again.
    pub failed_attempts: u64,
    /// Attempts that were put back by their workers.
    pub snoozed: u64,
    /// Jobs that failed for good: after their last attempt, with a job that they depend on, or because they expired.
    pub failed: u64,
    /// Jobs that were cancelled before they began.
    pub cancelled: u64,
    /// Failed jobs that got a new set of attempts.
    pub retried: u64,
    /// Jobs that had ended and were kept for long enough.
    pub archived: u64,
    /// How long half of the attempts that began had waited at most, since they could have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_p50_ms: Option<u64>,
    /// The same for 99 of 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_p99_ms: Option<u64>,
    /// How long half of the attempts that ended had run at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_p50_ms: Option<u64>,
    /// The same for 99 of 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_p99_ms: Option<u64>,
}
