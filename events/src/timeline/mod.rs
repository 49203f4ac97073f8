//! The one rule for time: which version of a metric governs when.
//!
//! A metric is a set of points `(t, sequence, value)`; a value is a version or none (deprecated). The version that
//! governs at `asOf` is the value of the point with the greatest `(t, sequence)` among those with `t <= asOf`. Windows
//! are half open and partition time; across a none point nothing falls back to an older version.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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

/// The time in which a version governs: `from <= t < until`, open-ended without `until`, never when both are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When the version takes over.
    pub from: Instant,
    /// When something else takes over.
    pub until: Option<Instant>,
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
        let place = self.points.partition_point(|other| other.at <= at);
        self.points.insert(place, Point { at, value, withdrawn: false });
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
        let mut next = None;
        self.points.iter().rev().filter_map(move |point| {
            let until = if point.withdrawn { Some(point.at) } else { next.replace(point.at) };
            Some((point.version()?, Window { from: point.at, until }))
        })
    }
}
