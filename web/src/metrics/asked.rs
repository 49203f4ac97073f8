//! The two times that a question about a metric has: as of when, and as known when.

use plinth_events::{query::KnownAt, time::Moment};

use super::routes::{AS_OF, KNOWN_AT};

/// As of when, and as known when, a page is asked for. Neither: now, with everything that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Asked {
    /// The time that it is about.
    pub as_of: Option<Moment>,
    /// What was known by then.
    pub known_at: Option<KnownAt>,
}

impl Asked {
    /// The address of a page that is asked for so.
    pub fn at(&self, path: &str) -> String {
        let as_of = self.as_of.map(|time| format!("{AS_OF}={time}"));
        let known_at = self.known_at.map(|known| format!("{KNOWN_AT}={}", written(known)));
        match [as_of, known_at].into_iter().flatten().collect::<Vec<_>>().join("&") {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// Whether it is about anything else than now.
    pub fn is_now(&self) -> bool {
        *self == Self::default()
    }
}

/// As it stands in an address.
pub(super) fn written(known: KnownAt) -> String {
    match known {
        KnownAt::Position(position) => position.to_string(),
        KnownAt::Time(time) => time.to_string(),
    }
}
