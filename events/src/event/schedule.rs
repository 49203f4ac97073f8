//! Events of a schedule. `nextFireAt` is when it is due next as of the event; absent: not before another event says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events;
use crate::{
    ids::JobId,
    names::{CronPattern, Description, Reason, ScheduleName, TimeZoneName},
    schedule::{Overlap, RecordedTemplate, SkipReason},
    time::Instant,
};

macro_rules! schedule_event {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Which schedule.
            pub name: ScheduleName,
            $($(#[$field_doc])* pub $field: $type),*
        }
    };
}

schedule_event!(
    /// The schedule exists, or is another one from now on.
    ScheduleDefined {
        /// When it fires.
        cron: CronPattern,
        /// In which time zone.
        time_zone: TimeZoneName,
        /// What it enqueues.
        job: RecordedTemplate,
        /// How many missed fire times get their job late.
        catch_up: u32,
        /// What happens while the job of the last fire time has not ended.
        overlap: Overlap,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Description>,
        /// When it is due next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_fire_at: Option<Instant>,
    }
);
schedule_event!(
    /// It fires no more until it is resumed.
    SchedulePaused {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    }
);
schedule_event!(
    /// It fires again.
    ScheduleResumed {
        /// When it is due next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_fire_at: Option<Instant>,
    }
);
schedule_event!(
    /// It fires never again, unless it is defined anew.
    ScheduleDeleted {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    }
);
schedule_event!(
    /// A fire time got its job.
    ScheduleFired {
        /// Which fire time.
        fire_time: Instant,
        /// Its job.
        job_id: JobId,
        /// When it is due next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_fire_at: Option<Instant>,
    }
);
schedule_event!(
    /// Fire times got no job.
    ScheduleSkipped {
        /// The first of them.
        from: Instant,
        /// The last of them.
        until: Instant,
        /// How many.
        count: u32,
        /// Why.
        reason: SkipReason,
        /// When it is due next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_fire_at: Option<Instant>,
    }
);
schedule_event!(
    /// Past fire times got their jobs.
    ScheduleBackfilled {
        /// The first time that was looked at.
        from: Instant,
        /// The time up to which was looked.
        until: Instant,
        /// How many jobs were enqueued.
        jobs: u32,
    }
);

events!(
    /// What happens to a schedule.
    ScheduleEvent {
        ScheduleDefined = "defined",
        SchedulePaused = "paused",
        ScheduleResumed = "resumed",
        ScheduleDeleted = "deleted",
        ScheduleFired = "fired",
        ScheduleSkipped = "skipped",
        ScheduleBackfilled = "backfilled",
    }
);

impl ScheduleEvent {
    /// Which schedule it happened to.
    pub fn name(&self) -> &ScheduleName {
        match self {
            Self::ScheduleDefined(event) => &event.name,
            Self::SchedulePaused(event) => &event.name,
            Self::ScheduleResumed(event) => &event.name,
            Self::ScheduleDeleted(event) => &event.name,
            Self::ScheduleFired(event) => &event.name,
            Self::ScheduleSkipped(event) => &event.name,
            Self::ScheduleBackfilled(event) => &event.name,
        }
    }
}
