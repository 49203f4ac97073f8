//! Where a field is in a record.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits;

/// The path to a field: names joined by dots, such as `customer.lastOrderDate`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(String);

/// A text that is not the path to a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a path: at most {steps} names joined by dots, each of at most {chars} letters, digits and _, \
     not beginning with a digit",
    steps = limits::PATH_STEPS, chars = limits::STEP_CHARS
)]
pub struct InvalidPath(pub String);

impl FieldPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names, from the outermost in.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }

    /// The path of a field inside of the records that this path leads to.
    pub fn join(&self, inner: &Self) -> Self {
        Self(format!("{self}.{inner}"))
    }
}

impl FromStr for FieldPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let valid = text.split('.').count() <= limits::PATH_STEPS && text.split('.').all(is_name);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidPath(text.to_owned())) }
    }
}

fn is_name(step: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    step.len() <= limits::STEP_CHARS
        && step.bytes().next().is_some_and(letter)
        && step.bytes().all(|byte| letter(byte) || byte.is_ascii_digit())
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_up_to_eight_names() {
        for path in ["a", "_a1", "lastOrderDate", "a.b.c.d.e.f.g.h", &"a".repeat(63)] {
            assert!(path.parse::<FieldPath>().is_ok(), "{path}");
        }
        for path in ["", ".", "a.", ".a", "1a", "a-b", "a b", "ä", "a..b", "a.b.c.d.e.f.g.h.i", &"a".repeat(64)] {
            assert!(path.parse::<FieldPath>().is_err(), "{path}");
        }
    }
}
