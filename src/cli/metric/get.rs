//! `plinth metric get`: the version that governs at a time, as known at some time.

use plinth_events::query::{
    QueryName,
    metric::{GetMetric, MetricRow},
};

use super::{Question, between};
use crate::cli::{output, pretty::pretty, table, timeline::shown};

pub(super) async fn run(question: &Question) -> anyhow::Result<()> {
    let Question { code, as_of, known_at, .. } = question;
    let client = question.remote.client().await?;
    let body = GetMetric { code: code.clone(), as_of: *as_of, known_at: *known_at };
    let row: MetricRow = client.query(question.tenant.id, QueryName::GetMetric, &body).await?;
    if question.json {
        return output::print_json(&row);
    }
    table::print(&["field", "value"], fields(&row));
    if let Some(formula) = &row.formula {
        output::print(pretty(formula.as_str()))?;
    }
    Ok(())
}

fn fields(row: &MetricRow) -> Vec<Vec<String>> {
    let fields = [
        ("code", row.code.to_string()),
        ("version", row.version.to_string()),
        ("name", row.name.to_string()),
        ("description", row.description.to_string()),
        ("in words", shown(row.sentence.as_ref())),
        ("effective at", row.effective_at.to_string()),
        ("deprecated at", shown(row.deprecated_at)),
        ("inserted between", between(row.inserted_between)),
        ("defined by", shown(row.created_by_id)),
        ("recorded at", row.created_at.to_string()),
        ("position", row.position.to_string()),
        ("why", shown(row.reason.as_ref())),
    ];
    fields.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
}
