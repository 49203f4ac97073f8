//! `plinth job stats`: how many jobs there are, and how they fared.

use chrono::{TimeDelta, Utc};
use clap::Args;
use jiff::{Span, SpanRelativeTo};
use plinth_events::{
    names::JobType,
    query::{
        QueryName,
        job_statistics::{GetJobStatistics, JobActivity, JobStatistics, StatusCounts},
    },
};

use super::history::wait;
use crate::cli::{
    output,
    remote::{Remote, Tenant},
    table,
};

/// Show how many jobs there are, and how they fared. All times are UTC; periods in which nothing happened are left out.
#[derive(Args)]
pub(super) struct Stats {
    #[command(flatten)]
    tenant: Tenant,
    /// Only jobs of this type
    #[arg(long = "type", value_name = "TYPE")]
    job_type: Option<JobType>,
    /// How far back, such as 30m, 12h or 7d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    since: TimeDelta,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Stats {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let client = self.remote.client().await?;
        let from = Some((Utc::now() - self.since).into());
        let body = GetJobStatistics { job_type: self.job_type.clone(), from, ..GetJobStatistics::default() };
        let statistics: JobStatistics = client.query(self.tenant.id, QueryName::GetJobStatistics, &body).await?;
        if self.json {
            return output::print_json(&statistics);
        }
        print_counts(&statistics);
        print_activity(&statistics);
        Ok(())
    }
}

fn print_counts(JobStatistics { jobs, types, other_types, .. }: &JobStatistics) {
    let of_type = types.iter().map(|of_type| count_row(of_type.job_type.as_str(), of_type.jobs));
    let others = other_types.iter().map(|jobs| count_row("(other types)", *jobs));
    let rows = of_type.chain(others).chain([count_row("(all)", *jobs)]);
    table::print(&["type", "pending", "processing", "completed", "failed"], rows);
}

fn count_row(name: &str, StatusCounts { pending, processing, completed, failed }: StatusCounts) -> Vec<String> {
    let counts = [pending, processing, completed, failed].map(|jobs| jobs.to_string());
    [name.to_owned()].into_iter().chain(counts).collect()
}

fn print_activity(JobStatistics { series, whole, .. }: &JobStatistics) {
    let header =
        ["from", "enqueued", "started", "completed", "attempts failed", "failed", "wait p50", "p99", "run p50", "p99"];
    let told = series.iter().filter(|period| period.activity != JobActivity::default());
    let rows =
        told.map(|period| activity_row(period.time.utc().format("%Y-%m-%d %H:%M").to_string(), &period.activity));
    table::print(&header, rows.chain([activity_row("(all)".to_owned(), whole)]));
}

fn activity_row(name: String, activity: &JobActivity) -> Vec<String> {
    let JobActivity { enqueued, started, completed, failed_attempts, failed, .. } = *activity;
    let counts = [enqueued, started, completed, failed_attempts, failed].map(|count| count.to_string());
    let durations = [activity.wait_p50_ms, activity.wait_p99_ms, activity.run_p50_ms, activity.run_p99_ms];
    [name].into_iter().chain(counts).chain(durations.map(shown)).collect()
}

fn shown(millis: Option<u64>) -> String {
    let duration = millis.and_then(|millis| TimeDelta::try_milliseconds(i64::try_from(millis).ok()?));
    duration.map(wait).unwrap_or_default()
}

/// Days have 24 hours.
fn duration(text: &str) -> Result<TimeDelta, String> {
    let span: Span = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|error| error.to_string())?;
    if !duration.is_positive() {
        return Err("must be longer than nothing".to_owned());
    }
    TimeDelta::try_seconds(duration.as_secs()).ok_or_else(|| "is too long".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_duration_is_a_number_with_its_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1_800), ("1h", 3_600), ("7d", 604_800), ("1h 30m", 5_400)] {
            assert_eq!(duration(text), Ok(TimeDelta::seconds(seconds)), "{text}");
        }
        for text in ["", "1", "soon", "-1h", "0s", "1mo"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
