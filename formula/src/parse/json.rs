//! JSON as a formula needs it: keys in the order of the document, numbers with all their digits, and each value knowing
//! its place.

use std::{fmt, marker::PhantomData};

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::{Deserializer, value::RawValue};

use crate::limits;

/// A JSON value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// JSON pointer from the formula.
    pub(crate) pointer: String,
    /// How many values come before it in the document.
    pub(crate) place: usize,
    pub(crate) json: Json,
}

#[derive(Debug)]
pub(crate) enum Json {
    Null,
    Boolean(bool),
    /// As it is written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
    /// Nested too deep to be looked at.
    TooDeep,
}

impl Node {
    /// Reads a document.
    pub(crate) fn read(text: &str) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Reader { place: 0 }.read(raw, String::new(), 0)
    }

    /// The value of a key; of a key that occurs twice, the first.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// The entries, if it is an object.
    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match &self.json {
            Json::Object(entries) => entries,
            _ => &[],
        }
    }
}

impl Json {
    /// What kind of JSON it is, for messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::TooDeep => "too deep",
        }
    }
}

/// A key as a token of a JSON pointer (RFC 6901).
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

struct Reader {
    place: usize,
}

impl Reader {
    fn read(&mut self, raw: &RawValue, pointer: String, depth: usize) -> Result<Node, serde_json::Error> {
        let place = self.place;
        self.place += 1;
        let text = raw.get();
        let json = match text.as_bytes().first() {
            Some(b'{' | b'[') if depth >= limits::JSON_DEPTH => Json::TooDeep,
            Some(b'{') => self.read_object(text, &pointer, depth)?,
            Some(b'[') => self.read_list(text, &pointer, depth)?,
            Some(b'"') => Json::Text(serde_json::from_str(text)?),
            Some(b't' | b'f') => Json::Boolean(text == "true"),
            Some(b'n') => Json::Null,
            _ => Json::Number(text.to_owned()),
        };
        Ok(Node { pointer, place, json })
    }

    fn read_object(&mut self, text: &str, pointer: &str, depth: usize) -> Result<Json, serde_json::Error> {
        let entries = Deserializer::from_str(text).deserialize_map(Entries(PhantomData))?;
        let read = |(key, raw): (String, &RawValue)| {
            let node = self.read(raw, format!("{pointer}/{}", escape(&key)), depth + 1)?;
            Ok((key, node))
        };
        entries.into_iter().map(read).collect::<Result<_, _>>().map(Json::Object)
    }

    fn read_list(&mut self, text: &str, pointer: &str, depth: usize) -> Result<Json, serde_json::Error> {
        let items: Vec<&RawValue> = serde_json::from_str(text)?;
        let read = |(index, raw)| self.read(raw, format!("{pointer}/{index}"), depth + 1);
        items.into_iter().enumerate().map(read).collect::<Result<_, _>>().map(Json::List)
    }
}

/// The entries of an object as they come.
struct Entries<'a>(PhantomData<&'a ()>);

impl<'de> Visitor<'de> for Entries<'de> {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}
