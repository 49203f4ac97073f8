//! What the definitions of metrics mean: between the contract, which carries formulas as text, and the language that they
//! are written in. Pure, and the same for those who decide and those who show it.
//!
//! A formula is stored as it was sent. What the declared fields of its tenant said about it beyond that is spelled out
//! beside it when it is defined, so that it means the same for ever, whatever is declared later.

mod diff;
mod fields;
mod refusal;
mod sql;
#[cfg(test)]
mod tests;

use plinth_events::{FieldError, Refusal, json};
use plinth_formula::{Catalogue, Formula, parse};
use serde_json::value::to_raw_value;

pub use self::{
    diff::diff,
    fields::catalogue,
    sql::{computable, sql},
};

/// A formula that is about to be defined.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// What it means.
    pub formula: Formula,
    /// It with its types spelled out, if the declared fields say more about them than it does by itself.
    pub meaning: Option<json::Formula>,
}

/// Reads a formula by the declared fields of its tenant.
///
/// # Errors
/// Everything that is wrong with it, each with its place in the body of the definition.
pub fn understand(sent: &json::Formula, declared: &Catalogue) -> Result<Understood, Refusal> {
    let formula = parse(sent.as_str(), declared).map_err(|errors| refusal::invalid(&errors))?;
    let says_it_all =
        *declared == Catalogue::default() || parse(sent.as_str(), &Catalogue::default()).as_ref() == Ok(&formula);
    let meaning = if says_it_all { None } else { Some(spelled_out(&formula)?) };
    Ok(Understood { formula, meaning })
}

/// What is wrong with a formula whatever fields are declared: for a definition that is refused before anybody looks at them.
pub fn errors_in_any_case(sent: &str) -> Vec<FieldError> {
    parse(sent, &Catalogue::default()).err().map(|errors| refusal::in_any_case(&errors)).unwrap_or_default()
}

fn spelled_out(formula: &Formula) -> Result<json::Formula, Refusal> {
    let raw = to_raw_value(&formula.to_json()).map_err(|error| refusal::too_large(&error.to_string()))?;
    raw.try_into().map_err(refusal::too_large)
}

/// What a definition means: its formula as sent, with what the declared fields said beyond that. One that this version
/// cannot read is kept like one of another language.
pub fn read(sent: Option<&json::Formula>, meaning: Option<&json::Formula>) -> Option<Formula> {
    let text = meaning.or(sent)?.as_str();
    let unread = |_| Formula::Opaque(serde_json::from_str(text).unwrap_or_default());
    Some(parse(text, &Catalogue::default()).unwrap_or_else(unread))
}

/// What a definition says in plain English; none if that is not in the language.
pub fn sentence(sent: Option<&json::Formula>, meaning: Option<&json::Formula>) -> Option<String> {
    match read(sent, meaning)? {
        Formula::Opaque(_) => None,
        formula => Some(plinth_formula::sentence(&formula)),
    }
}
