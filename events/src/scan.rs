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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[track_caller]
    fn refusal(body: impl AsRef<[u8]>) -> Refusal {
        scan(body.as_ref()).unwrap_err()
    }

    fn errors(body: &str) -> Vec<(String, String)> {
        refusal(body).errors.into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    fn error(pointer: &str, code: &str) -> (String, String) {
        (pointer.to_owned(), code.to_owned())
    }

    #[test]
    fn well_formed_json_passes() {
        for body in [r#"{}"#, " { \"a\" : [1, -2.5e3, true, null, \"ä\\n\\u20ac\"] } ", r#"{"a":{"a":{"a":1}}}"#] {
            scan(body.as_bytes()).unwrap();
        }
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for body in [
            "",
            " ",
            "{",
            "{]",
            "{} {}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":1,}",
            "nul",
            "\u{feff}{}",
            r#"{"a":"\ud800"}"#,
        ] {
            let refusal = refusal(body);
            assert_eq!(refusal.code, RefusalCode::Malformed, "{body}");
            assert!(refusal.detail.starts_with("the body is not JSON: "), "{body}: {}", refusal.detail);
        }
    }

    #[test]
    fn invalid_utf_8_is_malformed() {
        assert_eq!(refusal(b"{\"a\":\"\xff\"}").code, RefusalCode::Malformed);
        assert_eq!(refusal(b"{\"\xc3\x28\":1}").code, RefusalCode::Malformed);
    }

    #[test]
    fn duplicate_keys_are_all_found_with_their_place() {
        assert_eq!(errors(r#"{"a":1,"a":2}"#), [error("/a", "duplicate_key")]);
        let body = r#"{"list":[0,{"a/b":1,"a/b":2,"~":{"x":1,"x":1}}],"list":3}"#;
        let expected = [
            error("/list/1/a~1b", "duplicate_key"),
            error("/list/1/~0/x", "duplicate_key"),
            error("/list", "duplicate_key"),
        ];
        assert_eq!(errors(body), expected);
    }

    #[test]
    fn a_key_written_with_an_escape_is_the_same_key() {
        assert_eq!(errors(r#"{"a":1,"\u0061":2}"#), [error("/a", "duplicate_key")]);
    }

    #[test]
    fn nul_characters_are_found_in_texts_and_keys() {
        assert_eq!(errors(r#"{"a":["b\u0000"]}"#), [error("/a/0", "nul_character")]);
        assert_eq!(errors(r#"{"a":{"\u0000":1}}"#), [error("/a", "nul_character")]);
        scan(br#"{"a":"\\u0000"}"#).unwrap();
    }

    #[test]
    fn depth_64_passes_and_depth_65_does_not() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        scan(nested(64).as_bytes()).unwrap();
        assert_eq!(errors(&nested(65)), [error(&"/0".repeat(64), "too_deep")]);
        let objects = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        scan(objects(64).as_bytes()).unwrap();
        assert_eq!(errors(&objects(65)), [error(&"/a".repeat(64), "too_deep")]);
    }

    #[test]
    fn nesting_as_deep_as_a_message_allows_needs_little_stack() {
        let scan_all = || {
            for opening in ["[", r#"{"a":"#] {
                let body = opening.repeat(limits::MESSAGE_BYTES / opening.len());
                assert_eq!(refusal(body).errors[0].code, "too_deep");
            }
        };
        std::thread::Builder::new().stack_size(512 * 1024).spawn(scan_all).unwrap().join().unwrap();
    }

    #[test]
    fn a_message_of_1_mib_passes_and_one_byte_more_does_not() {
        let body = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
        scan(body(limits::MESSAGE_BYTES).as_bytes()).unwrap();
        let refusal = refusal(body(limits::MESSAGE_BYTES + 1));
        assert_eq!((refusal.code, refusal.status), (RefusalCode::TooLarge, 413));
    }

    #[test]
    fn numbers_beyond_every_range_are_refused_and_long_ones_pass() {
        assert_eq!(refusal(r#"{"a":1e400}"#).code, RefusalCode::Malformed);
        assert_eq!(refusal(format!("[{}]", "9".repeat(400))).code, RefusalCode::Malformed);
        scan(br#"[123456789012345678901234567890, 0.1234567890123456789, 1e-400]"#).unwrap();
    }

    #[test]
    fn no_more_errors_are_listed_than_allowed() {
        let body = format!("{{{}}}", vec![r#""a":1"#; 200].join(","));
        assert_eq!(refusal(body).errors.len(), limits::ERRORS_LISTED);
    }
}
