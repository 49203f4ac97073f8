//! The pages about metrics: the list, one metric at any time as known at any time, the editor, and the questions before a
//! metric ends.
//!
//! One address shows one thing, and everything that matters about it stands in the address: which metric, as of when, as
//! known when ([`Asked`]). So what was believed at some time can be linked, and every page works without scripts. The editor
//! keeps no state in the service: its form carries all of it, and each button gets the page back as it would be.

mod asked;
mod check;
mod definition;
mod differences;
mod editor;
mod head;
mod history;
mod list;
mod picture;
mod preview;
mod proof;
mod questions;
mod records;
pub mod routes;
mod sql;
#[cfg(test)]
mod tests;
mod versions;
mod words;

pub use asked::Asked;
pub use check::{Check, Comparison, check};
pub use definition::{DefinitionView, definition};
pub use differences::{DifferencesView, differences};
pub use editor::{EditorFields, EditorView, editor};
pub use head::MetricHead;
pub use history::{HistoryView, history};
pub use list::{ListView, list};
pub use picture::{Knowledge, Picture};
pub use proof::{Leaf, Notarised, ProofView, proof};
pub use questions::{DeprecationFields, DeprecationView, WithdrawalFields, WithdrawalView, deprecation, withdrawal};
pub use records::{RecordsFields, RecordsView, records};
pub use sql::{SqlView, sql};
pub use versions::{VersionsView, versions};
