//! What commands, events and queries of bulk actions have in common: what is done, and to which jobs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    limits,
    names::{JobType, Snippet},
    query::job::JobStatus,
    time::Instant,
};

macro_rules! bulk {
    ($(#[$action_meta:meta])* $action:ident, $(#[$filter_meta:meta])* $filter:ident) => {
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        $(#[$action_meta])*
        #[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
        pub enum $action {
            // with braces, since a variant without them would take unknown keys
            /// Ends jobs that wait, and asks those that run to stop.
            Cancel {},
            /// Gives failed jobs a new set of attempts.
            Retry {},
            /// Gives jobs that wait another time.
            Reschedule {
                /// When they may start; at once when past.
                run_at: Instant,
            },
            /// Gives jobs that wait another priority.
            Prioritize {
                /// Which due jobs are published first: larger before smaller.
                #[schemars(range(min = *limits::PRIORITIES.start(), max = *limits::PRIORITIES.end()))]
                priority: i16,
            },
        }

        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        $(#[$filter_meta])*
        #[serde(rename_all = "camelCase")]
        pub struct $filter {
            /// Only jobs of this type.
            #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
            pub job_type: Option<JobType>,
            /// Only jobs in this status.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub status: Option<JobStatus>,
            /// Only jobs that were enqueued before this time.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub created_before: Option<Instant>,
            /// Only jobs that were enqueued at this time or after it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub created_after: Option<Instant>,
            /// Only jobs that changed for the last time before this time: failed ones failed then.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub changed_before: Option<Instant>,
            /// Only jobs that changed for the last time at this time or after it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub changed_after: Option<Instant>,
            /// Only jobs whose last error has this text in it, as it is written.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub error_contains: Option<Snippet>,
        }
    };
}

bulk!(
    /// What is to be done to each job.
    #[serde(deny_unknown_fields)]
    BulkAction,
    /// Which jobs of the tenant: those to which all of it applies.
    #[serde(deny_unknown_fields)]
    JobFilter
);
bulk!(
    /// What is done to each job.
    RecordedAction,
    /// Which jobs of the tenant: those to which all of it applies.
    RecordedFilter
);

impl From<BulkAction> for RecordedAction {
    fn from(action: BulkAction) -> Self {
        match action {
            BulkAction::Cancel {} => Self::Cancel {},
            BulkAction::Retry {} => Self::Retry {},
            BulkAction::Reschedule { run_at } => Self::Reschedule { run_at },
            BulkAction::Prioritize { priority } => Self::Prioritize { priority },
        }
    }
}

impl From<JobFilter> for RecordedFilter {
    fn from(filter: JobFilter) -> Self {
        Self {
            job_type: filter.job_type,
            status: filter.status,
            created_before: filter.created_before,
            created_after: filter.created_after,
            changed_before: filter.changed_before,
            changed_after: filter.changed_after,
            error_contains: filter.error_contains,
        }
    }
}

/// How many jobs a bulk action was about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkCounts {
    /// Jobs that the filter matched when the action began.
    pub matched: u64,
    /// Those of them that were changed.
    pub changed: u64,
    /// Those that were as they should be already, or could not be changed any more.
    pub refused: u64,
}

/// Where a bulk action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BulkStatus {
    Running,
    Finished,
    Cancelled,
}

impl BulkStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Running, Self::Finished, Self::Cancelled];

    /// The text in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }
}
