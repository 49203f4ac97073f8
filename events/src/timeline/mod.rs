//! The one rule for time: which version of a metric governs when.
//!
//! A metric is a set of points `(t, sequence, value)`; a value is a version or none (deprecated). The version that
//! governs at `asOf` is the value of the point with the greatest `(t, sequence)` among those with `t <= asOf`. Windows
//! are half open and partition time; across a none point nothing falls back to an older version.

mod stretches;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::stretches::{Standing, Stretch};
use crate::{event::metric::MetricEvent, time::Instant};

/// What a point says from its time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// This version governs.
    Version(u32),
    /// No version governs: the metric is deprecated.
    Deprecated,
}

/// One point of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// From when.
    pub at: Instant,
    /// Its place in the order of recording, from 0.
    pub sequence: u32,
    /// What.
    pub value: Value,
    /// Taken back before it took effect: ignored by every question.
    pub withdrawn: bool,
}

impl Point {
    /// The version that takes over here, if any does.
    pub fn version(&self) -> Option<u32> {
        match self.value {
            Value::Version(version) => Some(version),
            Value::Deprecated => None,
        }
    }
}

/// The answer to "which version governs at this time?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Governs {
    /// None yet; the first version takes over at this time, if there is any.
    NotYet(Option<Instant>),
    /// This version.
    Version(u32),
    /// None: deprecated since this time.
    Deprecated(Instant),
}

impl Governs {
    /// The version, if one governs.
    pub fn version(self) -> Option<u32> {
        match self {
            Self::Version(version) => Some(version),
            Self::NotYet(_) | Self::Deprecated(_) => None,
        }
    }
}

/// The time in which a point governs: `from <= t < until`, open-ended without `until`, never when both are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// When it takes over.
    pub from: Instant,
    /// When something else takes over; null while open-ended.
    pub until: Option<Instant>,
}

impl Window {
    /// Whether it is no time at all.
    pub fn is_empty(self) -> bool {
        self.until == Some(self.from)
    }
}

/// How a point stands at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// It takes over later.
    Scheduled,
    /// It governs.
    Effective,
    /// It governed until a later version took over.
    Superseded,
    /// It governed until the metric was deprecated.
    Deprecated,
    /// It was taken back before it took effect.
    Withdrawn,
    /// It never governs: another point of the same time was recorded later.
    NeverEffective,
}

impl Status {
    /// The word for it in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Effective => "effective",
            Self::Superseded => "superseded",
            Self::Deprecated => "deprecated",
            Self::Withdrawn => "withdrawn",
            Self::NeverEffective => "never_effective",
        }
    }
}

/// A point with the time in which it governs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The point.
    pub point: Point,
    /// When it governs; empty: never.
    pub window: Window,
    /// What takes over when its window ends.
    next: Option<Value>,
}

impl Span {
    /// How the point stands at a time.
    pub fn status(&self, as_of: DateTime<Utc>) -> Status {
        let is_over = self.window.until.is_some_and(|until| until.utc() <= as_of);
        match self.next {
            _ if self.point.withdrawn => Status::Withdrawn,
            _ if self.window.is_empty() => Status::NeverEffective,
            _ if as_of < self.window.from.utc() => Status::Scheduled,
            Some(Value::Version(_)) if is_over => Status::Superseded,
            Some(Value::Deprecated) if is_over => Status::Deprecated,
            _ => Status::Effective,
        }
    }
}

/// All points of one metric, ordered by `(t, sequence)`: of two at the same time, the one recorded later stands later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    points: Vec<Point>,
}

impl Timeline {
    /// Takes in what happened next.
    pub fn apply(&mut self, event: &MetricEvent) {
        match event {
            MetricEvent::MetricDefined(event) => self.add(event.effective_at, Value::Version(event.version)),
            MetricEvent::MetricDeprecated(event) => self.add(event.deprecated_at, Value::Deprecated),
            MetricEvent::MetricVersionWithdrawn(event) => self.withdraw(event.version),
        }
    }

    fn add(&mut self, at: Instant, value: Value) {
        let sequence = self.points.len() as u32;
        self.points.insert(self.behind(at), Point { at, sequence, value, withdrawn: false });
    }

    /// The place behind the points of a time.
    fn behind(&self, at: Instant) -> usize {
        self.points.partition_point(|point| point.at <= at)
    }

    fn withdraw(&mut self, version: u32) {
        for point in self.points.iter_mut().filter(|point| point.value == Value::Version(version)) {
            point.withdrawn = true;
        }
    }

    /// The number of the latest version, withdrawn or not; 0 when there is none.
    pub fn latest_version(&self) -> u32 {
        self.points.iter().filter_map(Point::version).max().unwrap_or(0)
    }

    /// The point of a version, withdrawn or not.
    pub fn version(&self, version: u32) -> Option<&Point> {
        self.points.iter().find(|point| point.value == Value::Version(version))
    }

    /// The points that count, in the order of `(t, sequence)`.
    fn counting(&self) -> impl DoubleEndedIterator<Item = &Point> {
        self.points.iter().filter(|point| !point.withdrawn)
    }

    /// Which version governs at a time.
    pub fn governing(&self, as_of: DateTime<Utc>) -> Governs {
        let first = self.counting().find(|point| point.version().is_some()).map(|point| point.at);
        let past = self.counting().take_while(|point| point.at.utc() <= as_of);
        past.fold(Governs::NotYet(first), |governs, point| match (point.value, governs) {
            (Value::Version(version), _) => Governs::Version(version),
            (Value::Deprecated, Governs::Deprecated(since)) => Governs::Deprecated(since),
            (Value::Deprecated, _) => Governs::Deprecated(point.at),
        })
    }

    /// The versions whose time comes after a time, in the order in which they come.
    pub fn scheduled_after(&self, time: Instant) -> Vec<u32> {
        self.counting().filter(|point| point.at > time).filter_map(Point::version).collect()
    }

    /// The window of a version, empty when it never governs.
    pub fn window(&self, version: u32) -> Option<Window> {
        self.windows().find(|(other, _)| *other == version).map(|(_, window)| window)
    }

    /// Every version with its window, from the last window to the first.
    pub fn windows(&self) -> impl Iterator<Item = (u32, Window)> {
        self.spans().filter_map(|span| Some((span.point.version()?, span.window)))
    }

    /// Every point with its window, from the last to the first.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        let mut next: Option<Point> = None;
        self.points.iter().rev().map(move |&point| {
            let (from, follower) = (point.at, next);
            if point.withdrawn {
                return Span { point, window: Window { from, until: Some(from) }, next: None };
            }
            // of several points at one time the last one takes over
            if follower.is_none_or(|follower| follower.at > from) {
                next = Some(point);
            }
            let until = follower.map(|follower| follower.at);
            Span { point, window: Window { from, until }, next: follower.map(|follower| follower.value) }
        })
    }

    /// The versions that a new point at a time would come in between: what governs just before it, and what takes over
    /// behind it. None where no version does; nothing at all when there is no point behind that time.
    pub fn gap(&self, at: Instant) -> Option<[Option<u32>; 2]> {
        let next = self.points[self.behind(at)..].iter().find(|point| !point.withdrawn)?;
        Some([at.plus_millis(-1), next.at].map(|time| self.governing(time.utc()).version()))
    }
}
