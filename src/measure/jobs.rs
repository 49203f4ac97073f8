//! How jobs fare: how long they wait and run, how they end, who is rescued, who may not start; by type, and never by tenant.
//! And how schedules fire.

use std::{collections::HashMap, time::Duration};

use metrics::{Counter, Histogram, counter, histogram};
use plinth_events::{RefusalCode, names::JobType};

pub(super) const WAIT: &str = "plinth_job_wait_seconds";
pub(super) const RUN: &str = "plinth_job_run_seconds";
pub(super) const ENDS: &str = "plinth_job_ends_total";
pub(super) const RESCUES: &str = "plinth_job_rescues_total";
pub(super) const ARCHIVED: &str = "plinth_jobs_archived_total";
pub(super) const STARTS_REFUSED: &str = "plinth_job_starts_refused_total";
pub(super) const SCHEDULE_FIRES: &str = "plinth_schedule_fires_total";

pub(super) const SECONDS: [f64; 16] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0];

/// Most job types with series of their own. Types are names that callers choose, so there may be any number of them.
pub const JOB_TYPES: usize = 100;
/// What all other types are shown as. No job type is called this.
pub const OTHER_TYPES: &str = "(others)";

/// How an attempt ended, or a job that did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum End {
    Completed,
    /// It failed, and is tried again.
    Retried,
    /// It failed for good.
    Failed,
    /// The worker put it back.
    Snoozed,
    Cancelled,
    Expired,
    DependencyFailed,
}

impl End {
    const ALL: [Self; 7] = [
        Self::Completed,
        Self::Retried,
        Self::Failed,
        Self::Snoozed,
        Self::Cancelled,
        Self::Expired,
        Self::DependencyFailed,
    ];

    /// Its name in metrics and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Retried => "retried",
            Self::Failed => "failed",
            Self::Snoozed => "snoozed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::DependencyFailed => "dependency_failed",
        }
    }
}

/// Why a job was taken away from its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rescue {
    /// The worker fell silent.
    LeaseExpired,
    /// The attempt took longer than it may.
    TimedOut,
    /// Its workers fell silent too often: it is not tried again.
    Poison,
}

impl Rescue {
    const ALL: [Self; 3] = [Self::LeaseExpired, Self::TimedOut, Self::Poison];

    fn name(self) -> &'static str {
        match self {
            Self::LeaseExpired => "lease_expired",
            Self::TimedOut => "timed_out",
            Self::Poison => "poison",
        }
    }
}

/// The jobs of all types, and the schedules that make them. Only the writer counts, so nothing is locked.
pub struct Jobs {
    types: HashMap<JobType, Series>,
    others: Option<Series>,
    fired: Counter,
    skipped: Counter,
}

impl Default for Jobs {
    fn default() -> Self {
        let fires = |outcome: &'static str| counter!(SCHEDULE_FIRES, "outcome" => outcome);
        Self { types: HashMap::new(), others: None, fired: fires("fired"), skipped: fires("skipped") }
    }
}

impl Jobs {
    /// An attempt began, so long after it could have.
    pub fn started(&mut self, job_type: &JobType, waited: Duration) {
        self.series(job_type).wait.record(waited);
    }

    /// An attempt ended after so long, or a job that did not run.
    pub fn ended(&mut self, job_type: &JobType, end: End, ran: Option<Duration>) {
        let series = self.series(job_type);
        series.ends[end as usize].increment(1);
        if let Some(ran) = ran {
            series.run.record(ran);
        }
    }

    /// A job was taken away from its worker.
    pub fn rescued(&mut self, job_type: &JobType, why: Rescue) {
        self.series(job_type).rescues[why as usize].increment(1);
    }

    /// A job that had ended was kept for long enough.
    pub fn archived(&mut self, job_type: &JobType) {
        self.series(job_type).archived.increment(1);
    }

    /// The queues of a job did not let it start.
    pub fn start_refused(&mut self, job_type: &JobType, code: RefusalCode) {
        let shown_as = self.series(job_type).job_type.clone();
        counter!(STARTS_REFUSED, "type" => shown_as, "code" => code.as_str()).increment(1);
    }

    /// A fire time of a schedule got its job.
    pub fn schedule_fired(&self) {
        self.fired.increment(1);
    }

    /// So many fire times of a schedule got none.
    pub fn schedule_skipped(&self, fire_times: u32) {
        self.skipped.increment(fire_times.into());
    }

    fn series(&mut self, job_type: &JobType) -> &Series {
        if self.types.len() >= JOB_TYPES && !self.types.contains_key(job_type) {
            return self.others.get_or_insert_with(|| Series::of(OTHER_TYPES));
        }
        self.types.entry(job_type.clone()).or_insert_with(|| Series::of(job_type.as_str()))
    }
}

/// The jobs of one type. All are shown from the first job on, so that a rate can tell their first increase.
struct Series {
    job_type: String,
    wait: Histogram,
    run: Histogram,
    ends: [Counter; End::ALL.len()],
    rescues: [Counter; Rescue::ALL.len()],
    archived: Counter,
}

impl Series {
    fn of(job_type: &str) -> Self {
        let of = || job_type.to_owned();
        Self {
            job_type: of(),
            wait: histogram!(WAIT, "type" => of()),
            run: histogram!(RUN, "type" => of()),
            ends: End::ALL.map(|end| counter!(ENDS, "type" => of(), "outcome" => end.name())),
            rescues: Rescue::ALL.map(|why| counter!(RESCUES, "type" => of(), "reason" => why.name())),
            archived: counter!(ARCHIVED, "type" => of()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn job_types_beyond_the_limit_are_shown_together() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            let mut jobs = Jobs::default();
            for number in 0..JOB_TYPES + 3 {
                jobs.ended(&format!("type_{number}").parse().unwrap(), End::Completed, None);
            }
            let first = "type_0".parse().unwrap();
            jobs.ended(&first, End::Failed, Some(Duration::from_secs(1)));
            jobs.start_refused(&first, RefusalCode::QueuePaused);
            jobs.archived(&first);
        });
        let shown = recorder.handle().render();
        for line in [
            r#"plinth_job_ends_total{type="(others)",outcome="completed"} 3"#,
            r#"plinth_job_ends_total{type="type_0",outcome="completed"} 1"#,
            r#"plinth_job_ends_total{type="type_0",outcome="failed"} 1"#,
            r#"plinth_job_ends_total{type="type_0",outcome="cancelled"} 0"#,
            r#"plinth_job_starts_refused_total{type="type_0",code="queue_paused"} 1"#,
            r#"plinth_job_run_seconds_sum{type="type_0"} 1"#,
            r#"plinth_jobs_archived_total{type="type_0"} 1"#,
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{line} is not in {shown}");
        }
        assert!(!shown.contains("type_100"), "{shown}");
    }
}
