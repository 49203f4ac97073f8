//! What a version says, in 32 bytes: equal for equal texts and canonically equal formulas.

use plinth_events::{
    json::Formula,
    names::{Description, Name},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The SHA-256 of a name, a description and a formula, written together as canonical JSON (RFC 8785).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a definition.
    pub(super) fn of(name: &Name, description: &Description, formula: Option<&Formula>) -> Self {
        let definition = Value::from(vec![name.as_str().into(), description.as_str().into(), parse(formula)]);
        // Writing it canonically fails only for numbers that are not finite, and a parsed value has none.
        let canonical = serde_json_canonicalizer::to_vec(&definition).unwrap_or_else(|_| definition.to_string().into());
        Self(Sha256::digest(canonical).into())
    }
}

/// A formula that does not parse is compared as text; it is an object otherwise, so the two never meet.
fn parse(formula: Option<&Formula>) -> Value {
    let Some(formula) = formula else { return Value::Null };
    serde_json::from_str(formula.as_str()).unwrap_or_else(|_| formula.as_str().into())
}
