//! Reading events that were recorded by older versions.
//!
//! The log keeps the bare data of an event and its type beside it; cqrs-es wants both in one value. `Tag` puts them
//! together, so that the stock event store of postgres-es can read the log. When a type gets a second version, its
//! upcaster stands here, before `Tag`.

use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use serde_json::json;

/// The upcasters for a cqrs-es event store over `plinth.events`.
pub fn upcasters() -> Vec<Box<dyn EventUpcaster>> {
    vec![Box::new(Tag)]
}

/// Wraps the data of an event in its type.
struct Tag;

impl EventUpcaster for Tag {
    fn can_upcast(&self, _: &str, _: &str) -> bool {
        true
    }

    fn upcast(&self, event: SerializedEvent) -> SerializedEvent {
        let payload = json!({ event.event_type.as_str(): event.payload });
        SerializedEvent { payload, ..event }
    }
}
