//! `plinth history`: every event of a metric with who, when and why, or the version that governed at some time.

use std::process::ExitCode;

use clap::Args;
use plinth_client::{Client, SendError};
use plinth_events::{
    Event,
    envelope::RecordedEvent,
    event::metric::MetricEvent,
    names::{Code, Reason},
    query::{GetMetric, GetMetricHistory, KnownAt, MetricRow, QueryName},
    time::{Instant, Moment},
};

use super::{
    output,
    pretty::pretty,
    refusal,
    remote::{Remote, Tenant},
    table,
    timeline::{self, known_at, shown},
};

/// Show every event of a metric: who, when, why. All times are UTC.
#[derive(Args)]
pub(super) struct History {
    /// The metric, such as at_risk_customer
    code: Code,
    #[command(flatten)]
    tenant: Tenant,
    /// Show the version that governs at this time instead, such as 2026-03-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    as_of: Option<Moment>,
    /// Show the governing version as it was known at this time, or at this position of the log
    #[arg(long, value_name = "TIME|POSITION", value_parser = known_at)]
    known_at: Option<KnownAt>,
    /// Print JSON: one event a line, or the governing version
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl History {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.remote.client().await?;
        if self.as_of.is_some() || self.known_at.is_some() {
            return self.print_governing(&client).await;
        }
        match self.events(&client).await {
            Ok(events) => self.print_events(&events)?,
            Err(error) => return refusal::print(error, self.json),
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn events(&self, client: &Client) -> Result<Vec<RecordedEvent>, SendError> {
        let body = |from| GetMetricHistory { code: self.code.clone(), from };
        timeline::events(client, self.tenant.id, QueryName::GetMetricHistory, body).await
    }

    fn print_events(&self, events: &[RecordedEvent]) -> anyhow::Result<()> {
        if self.json {
            return timeline::print_json(events);
        }
        let header = ["position", "recorded at", "event", "version", "effective at", "who", "why"];
        table::print(&header, events.iter().map(event_row));
        Ok(())
    }

    async fn print_governing(&self, client: &Client) -> anyhow::Result<ExitCode> {
        let body = GetMetric { code: self.code.clone(), as_of: self.as_of, known_at: self.known_at };
        let row: MetricRow = match client.query(self.tenant.id, QueryName::GetMetric, &body).await {
            Ok(row) => row,
            Err(error) => return refusal::print(error, self.json),
        };
        if self.json {
            output::print(serde_json::to_string(&row)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        table::print(&["field", "value"], version_rows(&row));
        if let Some(formula) = &row.formula {
            output::print(pretty(formula.as_str()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// An event of a type that this program does not know is shown by its name alone.
fn event_row(recorded: &RecordedEvent) -> Vec<String> {
    let facts = match recorded.event() {
        Ok(Event::Metric(event)) => Facts::of(event),
        _ => Facts { event: recorded.event_type.clone(), ..Facts::default() },
    };
    vec![
        recorded.position.to_string(),
        timeline::recorded_at(recorded),
        facts.event,
        shown(facts.version),
        shown(facts.effective_at.map(|time| time.utc().format("%Y-%m-%d %H:%M:%S%.f"))),
        shown(recorded.origin.actor),
        shown(facts.reason),
    ]
}

/// What is particular to an event of a metric.
#[derive(Default)]
struct Facts {
    event: String,
    version: Option<u32>,
    effective_at: Option<Instant>,
    reason: Option<Reason>,
}

impl Facts {
    fn of(event: MetricEvent) -> Self {
        let name = |name: &str, retroactive| if retroactive { format!("{name}, back-dated") } else { name.to_owned() };
        match event {
            MetricEvent::MetricDefined(event) => Self {
                event: name("defined", event.retroactive),
                version: Some(event.version),
                effective_at: Some(event.effective_at),
                reason: event.reason,
            },
            MetricEvent::MetricDeprecated(event) => Self {
                event: name("deprecated", event.retroactive),
                version: None,
                effective_at: Some(event.deprecated_at),
                reason: Some(event.reason),
            },
            MetricEvent::MetricVersionWithdrawn(event) => Self {
                event: name("withdrawn", false),
                version: Some(event.version),
                effective_at: None,
                reason: Some(event.reason),
            },
        }
    }
}

fn version_rows(row: &MetricRow) -> Vec<Vec<String>> {
    let fields = [
        ("code", row.code.to_string()),
        ("version", row.version.to_string()),
        ("name", row.name.to_string()),
        ("description", row.description.to_string()),
        ("effective at", row.effective_at.to_string()),
        ("deprecated at", shown(row.deprecated_at)),
        ("defined by", shown(row.created_by_id)),
        ("recorded at", row.created_at.to_string()),
        ("position", row.position.to_string()),
        ("why", shown(row.reason.as_ref())),
    ];
    fields.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    fn row(event_type: &str, data: Value) -> Vec<String> {
        let id = "0190163d-8694-739b-aea5-966c26f8ad91";
        let recorded = json!({
            "position": 12, "id": id, "tenantId": id, "aggregateType": "metric", "aggregateId": format!("{id}/a"),
            "sequence": 1, "type": event_type, "version": "1", "recordedAt": "2026-07-13T10:00:00.123456Z",
            "commandId": id, "origin": { "actor": "00000000-0000-0000-0000-000000000007" }, "data": data,
        });
        event_row(&serde_json::from_str(&recorded.to_string()).unwrap())
    }

    #[test]
    fn a_definition_tells_its_version_its_author_and_its_reason() {
        let data = json!({ "code": "a", "version": 2, "name": "A", "description": "", "reason": "clearer",
            "effectiveAt": "2026-03-01T00:00:00Z", "retroactive": true });
        let expected = [
            "12",
            "2026-07-13 10:00:00",
            "defined, back-dated",
            "2",
            "2026-03-01 00:00:00",
            "00000000-0000-0000-0000-000000000007",
            "clearer",
        ];
        assert_eq!(row("MetricDefined", data), expected);
    }

    #[test]
    fn an_event_of_an_unknown_type_is_shown_all_the_same() {
        let row = row("MetricPaused", json!({ "code": "a" }));
        assert_eq!(row[2..5], ["MetricPaused", "", ""]);
    }
}
