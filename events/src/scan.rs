//! The first look at a body: well-formed JSON, no duplicate keys, no NUL, not too deep. Keeps nothing.

use std::{collections::HashSet, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{
    limits,
    refusal::{FieldError, Refusal, RefusalCode},
};

/// Checks a body before it is parsed into a type.
pub fn scan(body: &[u8]) -> Result<(), Refusal> {
    if body.len() > limits::MESSAGE_BYTES {
        let detail = format!("the message has {} bytes, {} are allowed", body.len(), limits::MESSAGE_BYTES);
        return Err(Refusal::new(RefusalCode::TooLarge, detail));
    }
    let mut errors = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let scanned = Scan { path: Path::Root, depth: 0, errors: &mut errors }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    if let Err(error) = scanned
        && errors.is_empty()
    {
        return Err(Refusal::new(RefusalCode::Malformed, format!("the body is not JSON: {error}")));
    }
    if errors.is_empty() {
        return Ok(());
    }
    let mut refusal = Refusal::new(RefusalCode::Malformed, errors[0].message.clone());
    refusal.errors = errors;
    Err(refusal)
}

/// A place in the body, held on the stack.
enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(parent, key) => write!(f, "{parent}/{}", escape(key)),
            Self::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// A key as a token of a JSON pointer (RFC 6901).
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

struct Scan<'a> {
    path: Path<'a>,
    depth: usize,
    errors: &'a mut Vec<FieldError>,
}

impl Scan<'_> {
    fn report(&mut self, pointer: String, code: &str, message: String) {
        if self.errors.len() < limits::ERRORS_LISTED {
            self.errors.push(FieldError::new(pointer, code, message));
        }
    }

    /// Too deep is reported once and ends the scan: what lies below is not looked at.
    fn enter<E: de::Error>(&mut self) -> Result<(), E> {
        if self.depth < limits::JSON_DEPTH {
            return Ok(());
        }
        let message = format!("nested deeper than {} levels", limits::JSON_DEPTH);
        self.report(self.path.to_string(), "too_deep", message.clone());
        Err(E::custom(message))
    }
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            self.report(self.path.to_string(), "nul_character", "text must not contain NUL characters".to_owned());
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.enter()?;
        let mut index = 0;
        loop {
            let path = Path::Index(&self.path, index);
            let item = Scan { path, depth: self.depth + 1, errors: &mut *self.errors };
            if items.next_element_seed(item)?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.enter()?;
        let mut seen = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key.contains('\0') {
                self.report(self.path.to_string(), "nul_character", "keys must not contain NUL characters".to_owned());
            }
            if seen.contains(&key) {
                let pointer = format!("{}/{}", self.path, escape(&key));
                self.report(pointer, "duplicate_key", format!("the key {key} occurs more than once"));
            }
            let path = Path::Key(&self.path, &key);
            entries.next_value_seed(Scan { path, depth: self.depth + 1, errors: &mut *self.errors })?;
            seen.insert(key);
        }
        Ok(())
    }
}
