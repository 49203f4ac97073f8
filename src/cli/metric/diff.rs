//! `plinth metric diff`: what changed from one version of a metric to another.

use std::process::ExitCode;

use clap::Args;
use plinth_events::{
    json::StoredJson,
    names::Code,
    query::{
        KnownAt, QueryName,
        formula::{DiffMetric, MetricDiff, MetricDifference, Which},
        metric::MetricRow,
    },
};

use crate::cli::{
    output, refusal,
    remote::{Remote, Tenant},
    table,
    timeline::{known_at, shown},
};

/// Show what changed from one version of a metric to another.
#[derive(Args)]
pub(super) struct Diff {
    /// The metric, such as at_risk_customer
    code: Code,
    /// The old version: its number, or a time at which it governs
    #[arg(value_name = "VERSION|TIME", value_parser = which)]
    from: Which,
    /// The new version: its number, or a time at which it governs
    #[arg(value_name = "VERSION|TIME", value_parser = which)]
    to: Which,
    #[command(flatten)]
    tenant: Tenant,
    /// Answer as it was known at this time, or at this position of the log [default: now]
    #[arg(long, value_name = "TIME|POSITION", value_parser = known_at)]
    known_at: Option<KnownAt>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Diff {
    pub(super) async fn run(&self) -> anyhow::Result<ExitCode> {
        let client = self.remote.client().await?;
        let body = DiffMetric { code: self.code.clone(), from: self.from, to: self.to, known_at: self.known_at };
        let diff: MetricDiff = match client.query(self.tenant.id, QueryName::DiffMetric, &body).await {
            Ok(diff) => diff,
            Err(error) => return refusal::print(error, self.json),
        };
        if self.json {
            output::print(serde_json::to_string(&diff)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        output::print(diff.class.as_str())?;
        table::print(&["version", "effective at", "says"], [&diff.from, &diff.to].map(version));
        if !diff.differences.is_empty() {
            table::print(&["where", "old", "new"], diff.differences.iter().map(difference));
        }
        if diff.more > 0 {
            output::print(format_args!("and {} more", diff.more))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn version(row: &MetricRow) -> Vec<String> {
    vec![row.version.to_string(), row.effective_at.to_string(), shown(row.sentence.as_ref())]
}

fn difference(difference: &MetricDifference) -> Vec<String> {
    let json = |value: &Option<StoredJson>| shown(value.as_ref().map(StoredJson::as_str));
    vec![difference.pointer.clone(), json(&difference.old), json(&difference.new)]
}

/// Parses the number of a version, such as 2 or v2, or a time.
fn which(text: &str) -> Result<Which, String> {
    if let Ok(version) = text.strip_prefix('v').unwrap_or(text).parse() {
        return Ok(Which::Version(version));
    }
    text.parse().map(Which::At).map_err(|error| format!("{error}, or the number of a version"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_version_is_its_number_or_a_time() {
        assert_eq!((which("2"), which("v2")), (Ok(Which::Version(2)), Ok(Which::Version(2))));
        let time = "2026-03-01T00:00:00Z";
        assert_eq!(which(time), Ok(Which::At(time.parse().unwrap())));
        assert!(which("latest").unwrap_err().ends_with("or the number of a version"));
    }
}
