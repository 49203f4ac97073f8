//! What the histories of a metric and of a job have in common: all pages of events, and times as cells.

use plinth_client::{Client, SendError};
use plinth_events::{
    TenantId,
    envelope::RecordedEvent,
    query::{QueryName, events::EventPage},
    time::{Instant, Moment},
};
use serde::Serialize;

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
