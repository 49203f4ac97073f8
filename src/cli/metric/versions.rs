//! `plinth metric versions`: all versions of a metric and how they stand at a time, as known at some time.

use plinth_client::{Client, SendError};
use plinth_events::query::{
    QueryName,
    metric::{ListMetricVersions, MetricRow, MetricVersions},
};

use super::Question;
use crate::cli::{
    output, table,
    timeline::{effective_at, shown},
};

pub(super) async fn run(question: &Question) -> anyhow::Result<()> {
    let versions = all(&question.remote.client().await?, question).await?;
    if question.json {
        return output::print_json_lines(&versions);
    }
    let header = ["version", "status", "effective at", "deprecated at", "name", "formula", "why"];
    table::print(&header, versions.iter().map(row));
    Ok(())
}

async fn all(client: &Client, question: &Question) -> Result<Vec<MetricRow>, SendError> {
    let Question { code, as_of, known_at, .. } = question;
    let (mut versions, mut from) = (Vec::new(), None);
    loop {
        let body = ListMetricVersions { code: code.clone(), as_of: *as_of, known_at: *known_at, from };
        let page: MetricVersions = client.query(question.tenant.id, QueryName::ListMetricVersions, &body).await?;
        versions.extend(page.versions);
        from = page.next;
        if from.is_none() {
            return Ok(versions);
        }
    }
}

fn row(version: &MetricRow) -> Vec<String> {
    vec![
        version.version.to_string(),
        version.status.as_str().to_owned(),
        effective_at(version.effective_at),
        shown(version.deprecated_at.map(effective_at)),
        version.name.to_string(),
        shown(version.sentence.as_ref()),
        shown(version.reason.as_ref()),
    ]
}
