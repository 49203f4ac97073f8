//! The one rule for time: which version of a metric governs when.
//!
//! A metric is a set of points `(t, sequence, value)`; a value is a version or none (deprecated). The version that
//! governs at `asOf` is the value of the point with the greatest `(t, sequence)` among those with `t <= asOf`. Windows
//! are half open and partition time; across a none point nothing falls back to an older version.

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
    /// The order of recording, which decides between points of the same time.
    pub sequence: u32,
    /// What.
    pub value: Value,
    /// Taken back before it took effect: ignored by every question.
    pub withdrawn: bool,
}

/// The answer to "which version governs at this time?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Governs {
    /// None yet; the first point is at this time, if there is any.
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

/// All points of one metric, ordered by `(t, sequence)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    points: Vec<Point>,
    recorded: u32,
    versions: u32,
}

impl Timeline {
    /// Takes in what happened next.
    pub fn apply(&mut self, event: &MetricEvent) {
        match event {
            MetricEvent::MetricDefined(event) => {
                self.versions = self.versions.max(event.version);
                self.add(event.effective_at, Value::Version(event.version));
            }
            MetricEvent::MetricDeprecated(event) => self.add(event.deprecated_at, Value::Deprecated),
            MetricEvent::MetricVersionWithdrawn(event) => {
                for point in &mut self.points {
                    point.withdrawn |= point.value == Value::Version(event.version);
                }
            }
        }
    }

    fn add(&mut self, at: Instant, value: Value) {
        self.recorded += 1;
        let point = Point { at, sequence: self.recorded, value, withdrawn: false };
        let place = self.points.partition_point(|other| other.at <= at);
        self.points.insert(place, point);
    }

    /// The number of the latest version; 0 when there is none.
    pub fn latest_version(&self) -> u32 {
        self.versions
    }

    /// The points that count, in the order of `(t, sequence)`.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = &Point> {
        self.points.iter().filter(|point| !point.withdrawn)
    }

    /// The point of a version, withdrawn or not.
    pub fn version(&self, version: u32) -> Option<&Point> {
        self.points.iter().find(|point| point.value == Value::Version(version))
    }

    /// Which version governs at a time.
    pub fn governing(&self, as_of: DateTime<Utc>) -> Governs {
        match self.points().rfind(|point| point.at.utc() <= as_of) {
            None => Governs::NotYet(self.points().next().map(|point| point.at)),
            Some(Point { value: Value::Version(version), .. }) => Governs::Version(*version),
            Some(Point { value: Value::Deprecated, at, .. }) => Governs::Deprecated(*at),
        }
    }

    /// The versions whose time comes after a time, in the order in which they come.
    pub fn scheduled_after(&self, time: Instant) -> Vec<u32> {
        self.points()
            .filter(|point| point.at > time)
            .filter_map(|point| match point.value {
                Value::Version(version) => Some(version),
                Value::Deprecated => None,
            })
            .collect()
    }

    /// The window of a version, empty when it never governs.
    pub fn window(&self, version: u32) -> Option<Window> {
        let point = self.version(version)?;
        if point.withdrawn {
            return Some(Window { from: point.at, until: Some(point.at) });
        }
        let next = self.points().skip_while(|other| other.sequence != point.sequence).nth(1);
        Some(Window { from: point.at, until: next.map(|next| next.at) })
    }
}
