//! Addresses and form fields of the pages about metrics. What stands beside a code in an address has a hyphen, which no
//! code has.

use plinth_events::names::Code;

pub use crate::routes::METRICS as LIST;

/// GET: the editor for a new metric. POST: what [`DO`] says, with the fields of the editor.
pub const NEW: &str = "/definitions/new-metric";
/// POST: what the formula in the fields of the editor says, and what is wrong with it. Writes nothing.
pub const CHECK: &str = "/definitions/check-formula";

/// Only metrics that stand so, by the word for it.
pub const STATUS: &str = "status";
/// Only metrics with this in their code or name.
pub const SEARCH: &str = "search";
/// The list goes on behind this code.
pub const AFTER: &str = "after";
/// The time that a page about a metric is about: with an offset, or without one for UTC.
pub const AS_OF: &str = "asOf";
/// What was known: a position of the log, or a time.
pub const KNOWN_AT: &str = "knownAt";
/// The old version of a comparison.
pub const FROM: &str = "from";
/// The new version of a comparison.
pub const TO: &str = "to";
/// Which version.
pub const VERSION: &str = "version";

/// Which button of the editor was pressed: [`DO_CHECK`], [`DO_PREVIEW`], or [`DO_SAVE`], also when absent.
pub const DO: &str = "do";
/// Says what the formula says.
pub const DO_CHECK: &str = "check";
/// Says what the formula would change about records.
pub const DO_PREVIEW: &str = "preview";
/// Defines the version.
pub const DO_SAVE: &str = "save";

/// The parts of the page about a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What it means.
    Definition,
    /// All versions.
    Versions,
    /// What changed between two versions. Query: [`FROM`], [`TO`].
    Differences,
    /// How a database computes it.
    Sql,
    /// POST: what it says of records.
    Records,
    /// Who did what, when and why.
    History,
    /// How it is proved that nobody has rewritten it.
    Proof,
}

impl Part {
    /// All of them, in the order of the tabs.
    pub const ALL: [Self; 7] =
        [Self::Definition, Self::Versions, Self::Differences, Self::Sql, Self::Records, Self::History, Self::Proof];

    /// What stands behind the address of the metric.
    pub fn path(self) -> &'static str {
        match self {
            Self::Definition => "",
            Self::Versions => "/versions",
            Self::Differences => "/differences",
            Self::Sql => "/sql",
            Self::Records => "/records",
            Self::History => "/history",
            Self::Proof => "/proof",
        }
    }

    /// The word on its tab.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Definition => "Definition",
            Self::Versions => "Versions",
            Self::Differences => "Differences",
            Self::Sql => "SQL",
            Self::Records => "Try it",
            Self::History => "History",
            Self::Proof => "Proof",
        }
    }
}

/// The page about a metric.
pub fn metric(code: &Code) -> String {
    format!("{LIST}/{code}")
}

/// A part of it.
pub fn part(code: &Code, part: Part) -> String {
    format!("{LIST}/{code}{}", part.path())
}

/// The editor for its next version. POST: what [`DO`] says.
pub fn edit(code: &Code) -> String {
    format!("{LIST}/{code}/edit")
}

/// Asks when and why it ends. POST: ends it.
pub fn deprecate(code: &Code) -> String {
    format!("{LIST}/{code}/deprecate")
}

/// Asks why a version is taken back. Query: [`VERSION`]. POST: takes it back.
pub fn withdraw(code: &Code) -> String {
    format!("{LIST}/{code}/withdraw")
}

/// The comparison of two versions.
pub fn differences(code: &Code, from: u32, to: u32) -> String {
    format!("{}?{FROM}={from}&{TO}={to}", part(code, Part::Differences))
}
