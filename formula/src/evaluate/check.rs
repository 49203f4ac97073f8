//! A test, made ready: what was asked of ages is asked of points in time.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::cell::{Cell, Datum, Scalars};
use crate::{ast::Comparison, value::zone::Zone};

#[derive(Debug)]
pub(super) enum Check {
    Compare(Comparison, Datum<'static>),
    In { values: Vec<Datum<'static>>, expected: bool },
    Between(Datum<'static>, Datum<'static>),
    Contains(Datum<'static>),
    StartsWith(String),
    EndsWith(String),
    Exists { expected: bool },
}

impl Check {
    /// Whether what stands at a path passes; none is unknown.
    pub(super) fn passes(&self, cell: &Cell<'_>) -> Option<bool> {
        match (self, cell) {
            (Self::Exists { expected }, cell) => Some(matches!(cell, Cell::Missing) != *expected),
            (_, Cell::Missing | Cell::Other) => None,
            (Self::Contains(element), Cell::List(list)) => Some(has(list, element)),
            (_, Cell::List(_)) => None,
            (_, Cell::Value(value)) => self.passes_value(value),
        }
    }

    /// Whether a value passes.
    pub(super) fn passes_value(&self, value: &Datum<'_>) -> Option<bool> {
        match self {
            Self::Compare(comparison, other) => value.holds(*comparison, other),
            Self::In { values, expected } => {
                let mut any = false;
                for other in values {
                    any |= value.holds(Comparison::Equal, other)?;
                }
                Some(any == *expected)
            }
            Self::Between(low, high) => {
                let above = value.holds(Comparison::GreaterOrEqual, low)?;
                Some(above && value.holds(Comparison::LessOrEqual, high)?)
            }
            Self::Contains(Datum::Text(part)) => on_text(value, part, |text, part| text.contains(part)),
            Self::StartsWith(part) => on_text(value, part, |text, part| text.starts_with(part)),
            Self::EndsWith(part) => on_text(value, part, |text, part| text.ends_with(part)),
            Self::Contains(_) => None,
            Self::Exists { expected } => Some(*expected),
        }
    }
}

fn on_text(value: &Datum<'_>, part: &str, passes: impl Fn(&str, &str) -> bool) -> Option<bool> {
    match value {
        Datum::Text(text) => Some(passes(text, part)),
        _ => None,
    }
}

/// Whether a list has an element. What is not a single value is no element that could be meant.
fn has(list: &str, element: &Datum<'_>) -> bool {
    let elements: Vec<&RawValue> = serde_json::from_str(list).unwrap_or_default();
    let zone = Zone::utc();
    elements.iter().any(|json| Datum::read(json.get(), Scalars::Any, &zone).as_ref() == Some(element))
}

impl From<String> for Datum<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}
