//! How a metric as a whole stands, from the beginning of time to its end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Span, Timeline, Value};
use crate::time::Instant;

/// How a metric as a whole stands at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Standing {
    /// Its first version takes over later.
    Scheduled,
    /// A version governs.
    Effective,
    /// It is deprecated: a version governed, and none does.
    Deprecated,
    /// All of its versions were taken back before they took effect.
    Withdrawn,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Scheduled, Self::Effective, Self::Deprecated, Self::Withdrawn];

    /// The word for it in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Effective => "effective",
            Self::Deprecated => "deprecated",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A time through which a metric stands the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// From when; none: from the beginning of time.
    pub from: Option<Instant>,
    /// Until when, not included; none: for ever.
    pub until: Option<Instant>,
    /// How it stands.
    pub standing: Standing,
    /// The version that governs; else the first that will, the last that did, or the last of all.
    pub version: u32,
    /// The version that takes over at its end; none: no version does.
    pub next: Option<u32>,
}

impl Timeline {
    /// How the metric stands when: stretches that partition time, in its order.
    pub fn stretches(&self) -> Vec<Stretch> {
        let mut spans: Vec<Span> =
            self.spans().filter(|span| !span.point.withdrawn && !span.window.is_empty()).collect();
        spans.reverse();
        let Some((first, at)) = spans.iter().find_map(|span| Some((span.point.version()?, span.window.from))) else {
            let (standing, version) = (Standing::Withdrawn, self.latest_version());
            return vec![Stretch { from: None, until: None, standing, version, next: None }];
        };
        let (standing, version) = (Standing::Scheduled, first);
        let mut stretches = vec![Stretch { from: None, until: Some(at), standing, version, next: Some(first) }];
        for span in spans.iter().filter(|span| span.window.from >= at) {
            continue_with(&mut stretches, span);
        }
        stretches
    }
}

/// Adds a stretch, or makes the last one longer: a deprecation may follow a deprecation.
fn continue_with(stretches: &mut Vec<Stretch>, span: &Span) {
    let Some(last) = stretches.last_mut() else { return };
    let (standing, version) = match span.point.version() {
        Some(version) => (Standing::Effective, version),
        None => (Standing::Deprecated, last.version),
    };
    let next = match span.next {
        Some(Value::Version(version)) => Some(version),
        _ => None,
    };
    if standing == last.standing && version == last.version {
        (last.until, last.next) = (span.window.until, next);
        return;
    }
    stretches.push(Stretch { from: Some(span.window.from), until: span.window.until, standing, version, next });
}
