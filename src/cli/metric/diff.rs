//! `plinth metric diff`: what changed from one version of a metric to another.

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
    output,
    remote::{Remote, Tenant},
    table,
    timeline::shown,
};

/// Show what changed from one version of a metric to another.
#[derive(Args)]
pub(super) struct Diff {
    /// The metric, such as at_risk_customer
    code: Code,
    /// The old version: its number, or a time at which it governs
    #[arg(value_name = "VERSION|TIME")]
    from: Which,
    /// The new version: its number, or a time at which it governs
    #[arg(value_name = "VERSION|TIME")]
    to: Which,
    #[command(flatten)]
    tenant: Tenant,
    /// Answer as it was known at this time, or at this position of the log [default: now]
    #[arg(long, value_name = "TIME|POSITION")]
    known_at: Option<KnownAt>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Diff {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let client = self.remote.client().await?;
        let body = DiffMetric { code: self.code.clone(), from: self.from, to: self.to, known_at: self.known_at };
        let diff: MetricDiff = client.query(self.tenant.id, QueryName::DiffMetric, &body).await?;
        if self.json {
            return output::print_json(&diff);
        }
        output::print(diff.class.as_str())?;
        table::print(&["version", "effective at", "says"], [&diff.from, &diff.to].map(version));
        if !diff.differences.is_empty() {
            table::print(&["where", "old", "new"], diff.differences.iter().map(difference));
        }
        if diff.more > 0 {
            output::print(format_args!("and {} more", diff.more))?;
        }
        Ok(())
    }
}

fn version(row: &MetricRow) -> Vec<String> {
    vec![row.version.to_string(), row.effective_at.to_string(), shown(row.sentence.as_ref())]
}

fn difference(difference: &MetricDifference) -> Vec<String> {
    let json = |value: &Option<StoredJson>| shown(value.as_ref().map(StoredJson::as_str));
    vec![difference.pointer.clone(), json(&difference.old), json(&difference.new)]
}
