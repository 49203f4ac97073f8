//! What the histories of a metric and of a job have in common: all pages of events, as a table or one a line, and the
//! question what was known when.

use plinth_client::{Client, SendError};
use plinth_events::{
    TenantId,
    envelope::RecordedEvent,
    query::{KnownAt, QueryName, events::EventPage},
    time::{Instant, Moment},
};
use serde::Serialize;

use super::output;

/// All events that a query answers, page by page; `body` asks for the page from a position on.
pub(super) async fn events<B: Serialize>(
    client: &Client,
    tenant: TenantId,
    query: QueryName,
    body: impl Fn(Option<u64>) -> B,
) -> Result<Vec<RecordedEvent>, SendError> {
    let mut events = Vec::new();
    let mut from = None;
    loop {
        let page: EventPage = client.query(tenant, query, &body(from)).await?;
        events.extend(page.events);
        from = page.next;
        if from.is_none() {
            return Ok(events);
        }
    }
}

/// Prints events as JSON, one a line.
pub(super) fn print_json(events: &[RecordedEvent]) -> anyhow::Result<()> {
    for event in events {
        output::print(serde_json::to_string(event)?)?;
    }
    Ok(())
}

/// Parses what was known: a position of the log, or a time.
pub(super) fn known_at(text: &str) -> Result<KnownAt, String> {
    if let Ok(position) = text.parse() {
        return Ok(KnownAt::Position(position));
    }
    text.parse().map(KnownAt::Time).map_err(|error| format!("{error}, or a position of the log"))
}

/// When something was recorded, to the second.
pub(super) fn recorded_at(time: Moment) -> String {
    time.utc().format("%Y-%m-%d %H:%M:%S").to_string()
}

/// When something takes effect, in full.
pub(super) fn effective_at(time: Instant) -> String {
    time.utc().format("%Y-%m-%d %H:%M:%S%.f").to_string()
}

/// A value that may be absent, as a cell.
pub(super) fn shown(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_known_is_a_time_or_a_position() {
        assert_eq!(known_at("1042"), Ok(KnownAt::Position(1042)));
        let time = "2026-03-01T00:00:00+01:00".parse().unwrap();
        assert_eq!(known_at("2026-03-01T00:00:00+01:00"), Ok(KnownAt::Time(time)));
        assert!(known_at("yesterday").unwrap_err().ends_with("or a position of the log"));
    }
}
