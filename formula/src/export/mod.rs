//! A formula in the languages of others, as far as these can say it.

mod ansi;
mod json_logic;
mod semantic;

pub use json_logic::json_logic;
pub use semantic::semantic_expression;

/// What another language cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{language} cannot say {what}")]
pub struct NotExpressible {
    /// The other language.
    pub language: &'static str,
    /// What it has no words for.
    pub what: &'static str,
}
