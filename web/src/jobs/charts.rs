//! Statistics of jobs as charts.

use chrono::TimeDelta;
use plinth_events::query::job_statistics::{JobActivity, JobStatistics};

use crate::chart::{Color, Kind, Series, TimeChart, Unit};

/// How many jobs ended in each period, and how.
pub fn throughput(id: &str, statistics: &JobStatistics) -> TimeChart {
    let counts = [
        series("completed", Color::Good, statistics, |activity| Some(activity.completed)),
        series("failed", Color::Bad, statistics, |activity| Some(activity.failed)),
        series("cancelled", Color::Neutral, statistics, |activity| Some(activity.cancelled)),
    ];
    chart(id, "Jobs that ended", Kind::StackedBars, Unit::Count, statistics, counts.into())
}

/// How long jobs waited before they began, and how long they ran.
pub fn latency(id: &str, statistics: &JobStatistics) -> TimeChart {
    let percentiles = [
        series("waited, half of them", Color::Plain(0), statistics, |activity| activity.wait_p50_ms),
        series("waited, 99 of 100", Color::Plain(1), statistics, |activity| activity.wait_p99_ms),
        series("ran, half of them", Color::Plain(2), statistics, |activity| activity.run_p50_ms),
        series("ran, 99 of 100", Color::Plain(3), statistics, |activity| activity.run_p99_ms),
    ];
    chart(id, "Waits and runs", Kind::Lines, Unit::Milliseconds, statistics, percentiles.into())
}

fn chart(id: &str, title: &str, kind: Kind, unit: Unit, statistics: &JobStatistics, series: Vec<Series>) -> TimeChart {
    let bucket = TimeDelta::seconds(statistics.step.seconds().into());
    let from = statistics.from.utc();
    TimeChart { id: id.to_owned(), title: title.to_owned(), kind, unit, from, bucket, series }
}

fn series(name: &str, color: Color, statistics: &JobStatistics, value: impl Fn(&JobActivity) -> Option<u64>) -> Series {
    #[expect(clippy::cast_precision_loss, reason = "a drawing has fewer points than a float has digits")]
    let values = statistics.series.iter().map(|period| value(&period.activity).map(|value| value as f64));
    Series { name: name.to_owned(), color, values: values.collect() }
}
