//! The canonical form: equal for formulas that say the same in other words.
//!
//! Ages are spelled out, values tagged, operators of one name each; `not` is pushed inwards until it is gone or stands
//! before a single test; nested `all` and `any` are flattened, their operands sorted and without repetitions, lists of
//! values too. It is part of the language: parsed again, without any catalogue, it means the same.

mod normal;
mod write;

use serde_json::Value as Json;

use self::normal::{normal_measure, normal_predicate};
use crate::ast::Formula;

impl Formula {
    /// The canonical form as canonical JSON (RFC 8785).
    pub fn canonical(&self) -> String {
        canonical_text(&self.normal().to_json())
    }

    /// The formula as JSON in the order of its author, with ages and types spelled out.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Predicate(predicate) => predicate.to_json(),
            Self::Measure(measure) => measure.to_json(),
            Self::Opaque(entries) => Json::Object(entries.clone()),
        }
    }

    /// The formula in canonical form.
    pub(crate) fn normal(&self) -> Self {
        match self {
            Self::Predicate(predicate) => Self::Predicate(normal_predicate(predicate)),
            Self::Measure(measure) => Self::Measure(normal_measure(measure)),
            Self::Opaque(_) => self.clone(),
        }
    }
}

/// RFC 8785. Writing it fails only for numbers that are not finite, and no JSON has any.
pub(crate) fn canonical_text(json: &Json) -> String {
    serde_json_canonicalizer::to_string(json).unwrap_or_else(|_| json.to_string())
}
