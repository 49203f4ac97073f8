//! `plinth metric timeline`: what governs from when to when, and how that stands at a time, as known at some time.

use plinth_client::{Client, SendError};
use plinth_events::query::{
    QueryName,
    metric::{GetMetricTimeline, MetricPoint, MetricTimeline},
};

use super::{Question, between};
use crate::cli::{
    output, table,
    timeline::{effective_at, recorded_at, shown},
};

pub(super) async fn run(question: &Question) -> anyhow::Result<()> {
    let points = all(&question.remote.client().await?, question).await?;
    if question.json {
        return output::print_json_lines(&points);
    }
    let header = ["from", "until", "governs", "status", "recorded at", "position", "inserted between", "why"];
    table::print(&header, points.iter().map(row));
    Ok(())
}

async fn all(client: &Client, question: &Question) -> Result<Vec<MetricPoint>, SendError> {
    let Question { code, as_of, known_at, .. } = question;
    let (mut points, mut from) = (Vec::new(), None);
    loop {
        let body = GetMetricTimeline { code: code.clone(), as_of: *as_of, known_at: *known_at, from };
        let page: MetricTimeline = client.query(question.tenant.id, QueryName::GetMetricTimeline, &body).await?;
        points.extend(page.points);
        from = page.next;
        if from.is_none() {
            return Ok(points);
        }
    }
}

/// The version, with what its formula says.
fn governs(point: &MetricPoint) -> String {
    match (point.version, &point.sentence) {
        (None, _) => "none".to_owned(),
        (Some(version), None) => format!("version {version}"),
        (Some(version), Some(sentence)) => format!("version {version}: {sentence}"),
    }
}

/// A point that never governs says so in place of the end of its window.
fn row(point: &MetricPoint) -> Vec<String> {
    let until = match point.window {
        Some(window) => shown(window.until.map(effective_at)),
        None => "never governs".to_owned(),
    };
    vec![
        effective_at(point.at),
        until,
        governs(point),
        point.status.as_str().to_owned(),
        recorded_at(point.recorded_at),
        point.position.to_string(),
        between(point.inserted_between),
        shown(point.reason.as_ref()),
    ]
}
