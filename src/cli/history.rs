//! `plinth history`: every event of a metric with who, when and why.

use std::{collections::BTreeMap, process::ExitCode};

use clap::Args;
use plinth_client::{Client, SendError};
use plinth_events::{
    Event,
    envelope::RecordedEvent,
    event::metric::MetricEvent,
    names::{Code, Reason},
    query::{
        KnownAt, QueryName,
        metric::{GetMetricHistory, MetricHistory},
    },
    time::Instant,
};

use super::{
    output, refusal,
    remote::{Remote, Tenant},
    table,
    timeline::{self, shown},
};

/// Show every event of a metric: who, when, why. All times are UTC.
#[derive(Args)]
pub(super) struct History {
    /// The metric, such as at_risk_customer
    code: Code,
    #[command(flatten)]
    tenant: Tenant,
    /// Only what was known at this time, or at this position of the log
    #[arg(long, value_name = "TIME|POSITION")]
    known_at: Option<KnownAt>,
    /// Print JSON, one event a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

impl History {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        refusal::exit_code(self.show().await, self.json)
    }

    async fn show(&self) -> anyhow::Result<()> {
        let (events, sentences) = self.events(&self.remote.client().await?).await?;
        if self.json {
            return output::print_json_lines(&events);
        }
        let header = ["position", "recorded at", "event", "version", "effective at", "formula", "who", "why"];
        table::print(&header, events.iter().map(|event| event_row(event, sentences.get(&event.position))));
        Ok(())
    }

    /// All events, page by page, and by position what their formulas say.
    async fn events(&self, client: &Client) -> Result<(Vec<RecordedEvent>, BTreeMap<u64, String>), SendError> {
        let (mut events, mut sentences, mut from) = (Vec::new(), BTreeMap::new(), None);
        loop {
            let body = GetMetricHistory { code: self.code.clone(), known_at: self.known_at, from };
            let page: MetricHistory = client.query(self.tenant.id, QueryName::GetMetricHistory, &body).await?;
            events.extend(page.events);
            sentences.extend(page.sentences);
            from = page.next;
            if from.is_none() {
                return Ok((events, sentences));
            }
        }
    }
}

/// An event of a type that this program does not know is shown by its name alone.
fn event_row(recorded: &RecordedEvent, sentence: Option<&String>) -> Vec<String> {
    let facts = match recorded.event() {
        Ok(Event::Metric(event)) => Facts::of(event),
        _ => Facts { event: recorded.event_type.clone(), ..Facts::default() },
    };
    vec![
        recorded.position.to_string(),
        timeline::recorded_at(recorded.recorded_at),
        facts.event,
        shown(facts.version),
        shown(facts.effective_at.map(timeline::effective_at)),
        shown(sentence),
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
        let sentence = "last order more than 30 days ago".to_owned();
        event_row(&serde_json::from_str(&recorded.to_string()).unwrap(), Some(&sentence))
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
            "last order more than 30 days ago",
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
