//! What a version says, in 32 bytes: equal for equal texts and formulas that mean the same.

use plinth_events::names::{Description, Name};
use plinth_formula::Formula;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The SHA-256 of a name, a description and the canonical form of a formula, written together as a list of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a definition.
    pub(super) fn of(name: &Name, description: &Description, formula: Option<&Formula>) -> Self {
        let canonical = formula.map(Formula::canonical);
        let definition = Value::from(vec![name.as_str().into(), description.as_str().into(), Value::from(canonical)]);
        Self(Sha256::digest(definition.to_string()).into())
    }
}
