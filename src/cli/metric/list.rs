//! `plinth metric list`: all metrics and how they stand at a time.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use plinth_client::{Client, SendError};
use plinth_events::{
    names::Snippet,
    query::{
        QueryName,
        metric::{ListMetrics, MetricChange, MetricEntry, MetricPage},
    },
    time::Moment,
    timeline::Standing,
};

use crate::cli::{
    output,
    remote::{Remote, Tenant},
    table,
    timeline::{effective_at, shown},
};

/// List metrics and how they stand at a time.
#[derive(Args)]
pub(super) struct List {
    /// Only metrics with this in their code or name
    search: Option<Snippet>,
    #[command(flatten)]
    tenant: Tenant,
    /// Only metrics that stand so
    #[arg(long, value_parser = status())]
    status: Option<Standing>,
    /// The time in question, such as 2026-03-01T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    as_of: Option<Moment>,
    /// Print JSON, one metric a line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl List {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let metrics = self.all(&self.remote.client().await?).await?;
        if self.json {
            return output::print_json_lines(&metrics);
        }
        table::print(&["code", "status", "version", "next change", "name", "formula"], metrics.iter().map(row));
        Ok(())
    }

    async fn all(&self, client: &Client) -> Result<Vec<MetricEntry>, SendError> {
        let (mut metrics, mut after) = (Vec::new(), None);
        loop {
            let body =
                ListMetrics { status: self.status, search: self.search.clone(), as_of: self.as_of, limit: None, after };
            let page: MetricPage = client.query(self.tenant.id, QueryName::ListMetrics, &body).await?;
            metrics.extend(page.metrics);
            after = page.next;
            if after.is_none() {
                return Ok(metrics);
            }
        }
    }
}

fn row(metric: &MetricEntry) -> Vec<String> {
    vec![
        metric.code.to_string(),
        metric.status.as_str().to_owned(),
        format!("{} of {}", metric.version, metric.versions),
        shown(metric.next_change.as_ref().map(next_change)),
        metric.name.to_string(),
        shown(metric.sentence.as_ref()),
    ]
}

fn next_change(change: &MetricChange) -> String {
    let what = change.version.map_or_else(|| "deprecated".to_owned(), |version| format!("version {version}"));
    format!("{what} at {}", effective_at(change.at))
}

fn status() -> impl TypedValueParser<Value = Standing> {
    let known = Standing::ALL;
    let find = move |text: String| known.into_iter().find(|status| status.as_str() == text).ok_or("no such status");
    PossibleValuesParser::new(known.map(Standing::as_str)).try_map(find)
}
