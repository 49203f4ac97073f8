//! The history of one metric, folded from its recorded events: what governed when, as known when.
//!
//! A pure function of events that somebody else read: nothing here reads a log or looks at a clock.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    envelope::RecordedEvent,
    event::{
        Event, UnknownEvent,
        metric::{MetricDefined, MetricEvent},
    },
    ids::UserId,
    names::Code,
    query::{KnownAt, MetricRow, known},
    refusal::{Refusal, RefusalCode},
    time::{Instant, Moment},
    timeline::{Governs, Timeline, Window},
};

/// The history of one metric, as it was known at some time.
#[derive(Debug, Clone)]
pub struct History {
    code: Code,
    timeline: Timeline,
    definitions: Vec<Definition>,
}

/// A version with what its event's envelope says.
#[derive(Debug, Clone)]
struct Definition {
    position: u64,
    actor: Option<UserId>,
    recorded_at: Moment,
    event: MetricDefined,
}

impl History {
    /// Folds the events of one metric, in order, as far as they were known; all of them without `known_at`.
    pub fn of(code: Code, events: &[RecordedEvent], known_at: Option<KnownAt>) -> Result<Self, UnknownEvent> {
        let mut history = Self { code, timeline: Timeline::default(), definitions: Vec::new() };
        for recorded in known(events, known_at) {
            if let Event::Metric(event) = recorded.event()? {
                history.take_in(recorded, event);
            }
        }
        Ok(history)
    }

    fn take_in(&mut self, recorded: &RecordedEvent, event: MetricEvent) {
        self.timeline.apply(&event);
        if let MetricEvent::MetricDefined(event) = event {
            self.definitions.push(Definition {
                position: recorded.position,
                actor: recorded.origin.actor,
                recorded_at: recorded.recorded_at,
                event,
            });
        }
    }

    /// The row of the version that governs at a time.
    pub fn as_of(&self, time: DateTime<Utc>) -> Result<MetricRow, Refusal> {
        match self.timeline.governing(time) {
            Governs::Version(version) => self.row(version).ok_or_else(|| unknown_metric(&self.code)),
            Governs::Deprecated(since) => Err(self.deprecated(since)),
            Governs::NotYet(_) if self.definitions.is_empty() => Err(unknown_metric(&self.code)),
            Governs::NotYet(first) => Err(not_effective(&self.code, time.into(), first)),
        }
    }

    /// The rows of all versions, oldest first.
    pub fn versions(&self) -> Result<Vec<MetricRow>, Refusal> {
        if self.definitions.is_empty() {
            return Err(unknown_metric(&self.code));
        }
        Ok(self.definitions.iter().filter_map(|definition| self.row(definition.event.version)).collect())
    }

    fn row(&self, version: u32) -> Option<MetricRow> {
        let definition = self.definitions.iter().find(|definition| definition.event.version == version)?;
        let withdrawn = self.timeline.version(version)?.withdrawn;
        Some(definition.row(self.timeline.window(version)?, withdrawn))
    }

    fn deprecated(&self, since: Instant) -> Refusal {
        let detail = format!("metric {} is deprecated since {since}", self.code);
        Refusal::new(RefusalCode::Deprecated, detail).fact("deprecatedAt", since.to_string())
    }
}

/// The tenant has no metric of this code.
pub fn unknown_metric(code: &Code) -> Refusal {
    Refusal::new(RefusalCode::UnknownMetric, format!("metric {code} is unknown"))
}

/// No version of a metric is effective at a time, with the time at which the first one will be.
pub fn not_effective(code: &Code, time: Moment, first: Option<Instant>) -> Refusal {
    let detail = match first {
        Some(first) => format!("metric {code} is not effective at {time}, it will be from {first}"),
        None => format!("metric {code} is not effective at {time}, and no version is scheduled"),
    };
    let first = first.map_or(Value::Null, |first| first.to_string().into());
    Refusal::new(RefusalCode::NotEffective, detail).fact("firstEffectiveAt", first)
}

impl Definition {
    fn row(&self, window: Window, withdrawn: bool) -> MetricRow {
        MetricRow {
            code: self.event.code.clone(),
            version: self.event.version,
            name: self.event.name.clone(),
            description: self.event.description.clone(),
            formula: self.event.formula.clone(),
            effective_at: window.from,
            deprecated_at: window.until,
            created_by_id: self.actor,
            created_at: self.recorded_at,
            position: self.position,
            reason: self.event.reason.clone(),
            withdrawn,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{json, value::to_raw_value};
    use uuid::Uuid;

    use super::*;
    use crate::{
        envelope::Origin,
        event::Aggregate,
        ids::{CommandId, EventId, TenantId},
    };

    const ACTOR: UserId = UserId(Uuid::from_u128(7));

    fn time(text: &str) -> Moment {
        text.parse().unwrap()
    }

    /// The event at a position, recorded on that day of July at midnight.
    fn recorded(position: u64, event_type: &str, data: serde_json::Value) -> RecordedEvent {
        RecordedEvent {
            position,
            id: EventId(Uuid::from_u128(position.into())),
            tenant_id: TenantId(Uuid::from_u128(1)),
            aggregate_type: Aggregate::Metric,
            aggregate_id: "1/at_risk_customer".to_owned(),
            sequence: position,
            event_type: event_type.to_owned(),
            version: "1".to_owned(),
            recorded_at: time(&format!("2026-07-{position:02}T00:00:00Z")),
            command_id: CommandId(Uuid::from_u128(position.into())),
            origin: Origin { actor: Some(ACTOR), ..Origin::default() },
            data: to_raw_value(&data).unwrap(),
        }
    }

    fn defined(position: u64, version: u32, effective_at: &str) -> RecordedEvent {
        let name = format!("At Risk Customer {version}");
        let data = json!({ "code": "at_risk_customer", "version": version, "name": name, "description": "",
            "effectiveAt": effective_at });
        recorded(position, "MetricDefined", data)
    }

    fn deprecated(position: u64, deprecated_at: &str) -> RecordedEvent {
        let data = json!({ "code": "at_risk_customer", "deprecatedAt": deprecated_at, "reason": "merged" });
        recorded(position, "MetricDeprecated", data)
    }

    fn withdrawn(position: u64, version: u32) -> RecordedEvent {
        let data = json!({ "code": "at_risk_customer", "version": version, "reason": "a mistake" });
        recorded(position, "MetricVersionWithdrawn", data)
    }

    fn history(events: &[RecordedEvent], known_at: Option<KnownAt>) -> History {
        History::of("at_risk_customer".parse().unwrap(), events, known_at).unwrap()
    }

    #[test]
    fn the_row_has_the_window_and_the_envelope_of_its_version() {
        let events = [defined(3, 1, "2026-01-01T00:00:00Z"), defined(5, 2, "2026-03-01T00:00:00Z")];
        let row = history(&events, None).as_of(time("2026-02-15T00:00:00Z").utc()).unwrap();
        assert_eq!((row.version, row.name.as_str(), row.position), (1, "At Risk Customer 1", 3));
        assert_eq!(row.effective_at.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(row.deprecated_at.unwrap().to_string(), "2026-03-01T00:00:00Z");
        assert_eq!((row.created_by_id, row.created_at), (Some(ACTOR), time("2026-07-03T00:00:00Z")));
    }

    #[test]
    fn what_was_recorded_later_was_not_known() {
        let events = [
            defined(1, 1, "2026-01-01T00:00:00Z"),
            defined(2, 2, "2026-03-01T00:00:00Z"),
            defined(3, 3, "2026-02-01T00:00:00Z"),
        ];
        let version = |known_at| {
            history(&events, known_at).as_of(time("2026-02-10T00:00:00Z").utc()).map(|row| row.version).unwrap()
        };
        assert_eq!(version(None), 3);
        assert_eq!(version(Some(KnownAt::Position(2))), 1);
        assert_eq!(version(Some(KnownAt::Position(3))), 3);
        assert_eq!(version(Some(KnownAt::Time(time("2026-07-02T23:59:59.999999Z")))), 1);
        assert_eq!(version(Some(KnownAt::Time(time("2026-07-03T00:00:00Z")))), 3);
    }

    #[test]
    fn before_the_first_version_the_refusal_names_its_time() {
        let history = history(&[defined(1, 1, "2026-01-01T00:00:00Z")], None);
        let refusal = history.as_of(time("2025-12-31T23:59:59.999999Z").utc()).unwrap_err();
        assert_eq!((refusal.code, refusal.status), (RefusalCode::NotEffective, 404));
        assert_eq!(refusal.facts["firstEffectiveAt"], "2026-01-01T00:00:00Z");
    }

    #[test]
    fn from_the_deprecation_on_the_refusal_names_its_time() {
        let history = history(&[defined(1, 1, "2026-01-01T00:00:00Z"), deprecated(2, "2026-06-01T00:00:00Z")], None);
        assert_eq!(history.as_of(time("2026-05-01T00:00:00Z").utc()).unwrap().version, 1);
        let refusal = history.as_of(time("2026-06-01T00:00:00Z").utc()).unwrap_err();
        assert_eq!((refusal.code, refusal.status), (RefusalCode::Deprecated, 410));
        assert_eq!(refusal.facts["deprecatedAt"], "2026-06-01T00:00:00Z");
        assert_eq!(history.versions().unwrap().len(), 1);
    }

    #[test]
    fn a_metric_that_was_not_known_yet_is_unknown() {
        let history = history(&[defined(1, 1, "2026-01-01T00:00:00Z")], Some(KnownAt::Position(0)));
        assert_eq!(history.as_of(time("2026-02-01T00:00:00Z").utc()).unwrap_err().code, RefusalCode::UnknownMetric);
        assert_eq!(history.versions().unwrap_err().code, RefusalCode::UnknownMetric);
    }

    #[test]
    fn a_withdrawn_version_is_listed_as_such() {
        let events = [defined(1, 1, "2026-01-01T00:00:00Z"), defined(2, 2, "2027-01-01T00:00:00Z"), withdrawn(3, 2)];
        let rows = history(&events, None).versions().unwrap();
        assert_eq!(rows.iter().map(|row| (row.version, row.withdrawn)).collect::<Vec<_>>(), [(1, false), (2, true)]);
        assert_eq!((rows[0].deprecated_at, rows[1].deprecated_at), (None, Some(rows[1].effective_at)));
    }
}
