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
    names::{Code, Reason},
    query::{
        KnownAt, known,
        metric::{MetricPoint, MetricRow},
    },
    refusal::{Refusal, RefusalCode},
    time::{Instant, Moment},
    timeline::{Governs, Span, Timeline},
};

/// The history of one metric, as it was known at some time.
#[derive(Debug, Clone)]
pub struct History {
    code: Code,
    timeline: Timeline,
    /// What is recorded about the points, in the order of recording: the sequence of a point is its place here.
    records: Vec<Record>,
}

/// What the event of a point says, and its envelope.
#[derive(Debug, Clone)]
struct Record {
    position: u64,
    actor: Option<UserId>,
    recorded_at: Moment,
    inserted_between: Option<[Option<u32>; 2]>,
    reason: Option<Reason>,
    /// What its version says; none: a deprecation.
    definition: Option<MetricDefined>,
}

impl History {
    /// Folds the events of one metric, in order, as far as they were known; all of them without `known_at`.
    pub fn of(code: Code, events: &[RecordedEvent], known_at: Option<KnownAt>) -> Result<Self, UnknownEvent> {
        let mut history = Self { code, timeline: Timeline::default(), records: Vec::new() };
        for recorded in known(events, known_at) {
            if let Event::Metric(event) = recorded.event()? {
                history.take_in(recorded, event);
            }
        }
        Ok(history)
    }

    fn take_in(&mut self, recorded: &RecordedEvent, event: MetricEvent) {
        let gap = |at| self.timeline.gap(at);
        let point = match &event {
            MetricEvent::MetricDefined(event) => {
                Some((gap(event.effective_at), event.reason.clone(), Some(event.clone())))
            }
            MetricEvent::MetricDeprecated(event) => Some((gap(event.deprecated_at), Some(event.reason.clone()), None)),
            MetricEvent::MetricVersionWithdrawn(_) => None,
        };
        self.records.extend(point.map(|(inserted_between, reason, definition)| Record {
            position: recorded.position,
            actor: recorded.origin.actor,
            recorded_at: recorded.recorded_at,
            inserted_between,
            reason,
            definition,
        }));
        self.timeline.apply(&event);
    }

    /// The row of the version that governs at a time.
    pub fn as_of(&self, time: DateTime<Utc>) -> Result<MetricRow, Refusal> {
        self.check_known()?;
        match self.timeline.governing(time) {
            Governs::Version(version) => {
                let row = self.rows(time).find(|row| row.version == version);
                row.ok_or_else(|| unknown_metric(&self.code))
            }
            Governs::Deprecated(since) => Err(self.deprecated(since)),
            Governs::NotYet(first) => Err(not_effective(&self.code, time.into(), first)),
        }
    }

    /// The rows of all versions, oldest first, as they stand at a time.
    pub fn versions(&self, as_of: DateTime<Utc>) -> Result<Vec<MetricRow>, Refusal> {
        self.check_known()?;
        let mut rows: Vec<MetricRow> = self.rows(as_of).collect();
        rows.sort_by_key(|row| row.version);
        Ok(rows)
    }

    /// All points in the order in which they take over, as they stand at a time.
    pub fn timeline(&self, as_of: DateTime<Utc>) -> Result<Vec<MetricPoint>, Refusal> {
        self.check_known()?;
        let mut points: Vec<MetricPoint> = self.spans().map(|(span, record)| record.point(&span, as_of)).collect();
        points.reverse();
        Ok(points)
    }

    /// The number of the latest version.
    pub fn latest_version(&self) -> u32 {
        self.timeline.latest_version()
    }

    /// What a version says.
    pub fn definition(&self, version: u32) -> Option<&MetricDefined> {
        let mut definitions = self.records.iter().filter_map(|record| record.definition.as_ref());
        definitions.find(|definition| definition.version == version)
    }

    fn check_known(&self) -> Result<(), Refusal> {
        if self.records.is_empty() { Err(unknown_metric(&self.code)) } else { Ok(()) }
    }

    fn rows(&self, as_of: DateTime<Utc>) -> impl Iterator<Item = MetricRow> {
        self.spans().filter_map(move |(span, record)| record.row(&span, as_of))
    }

    /// The points with their windows and what is recorded about them, from the last to the first.
    fn spans(&self) -> impl Iterator<Item = (Span, &Record)> {
        self.timeline.spans().filter_map(|span| Some((span, self.records.get(span.point.sequence as usize)?)))
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

impl Record {
    /// The row of the version of a point, if it has one.
    fn row(&self, span: &Span, as_of: DateTime<Utc>) -> Option<MetricRow> {
        let definition = self.definition.as_ref()?;
        Some(MetricRow {
            code: definition.code.clone(),
            version: definition.version,
            name: definition.name.clone(),
            description: definition.description.clone(),
            formula: definition.formula.clone(),
            meaning: definition.meaning.clone(),
            sentence: None,
            effective_at: span.window.from,
            deprecated_at: span.window.until,
            window: (!span.window.is_empty()).then_some(span.window),
            status: span.status(as_of),
            inserted_between: self.inserted_between,
            created_by_id: self.actor,
            created_at: self.recorded_at,
            position: self.position,
            reason: self.reason.clone(),
            withdrawn: span.point.withdrawn,
        })
    }

    fn point(&self, span: &Span, as_of: DateTime<Utc>) -> MetricPoint {
        MetricPoint {
            at: span.point.at,
            version: span.point.version(),
            sentence: None,
            window: (!span.window.is_empty()).then_some(span.window),
            status: span.status(as_of),
            inserted_between: self.inserted_between,
            recorded_by_id: self.actor,
            recorded_at: self.recorded_at,
            position: self.position,
            reason: self.reason.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
