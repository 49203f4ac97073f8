//! Commands out of what was typed into the fields of a form.

use std::collections::BTreeMap;

use bytes::Bytes;
use plinth_events::{Refusal, RefusalCode};
use serde::Serialize;
use serde_json::{Value, value::RawValue};

use super::field_time::moment;
use crate::command::answer::json;

/// The body of a command, or an object in it. An empty field is left out. What is not as it should be goes in as it was typed: the
/// command says what is wrong with it.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub struct Typed(BTreeMap<&'static str, Member>);

#[derive(Serialize)]
#[serde(untagged)]
enum Member {
    Value(Value),
    Json(Box<RawValue>),
    Object(Typed),
}

impl Typed {
    /// With a text; its line breaks are as they were before the form sent them.
    pub fn text(self, name: &'static str, text: &str) -> Self {
        if text.trim().is_empty() { self } else { self.required(name, text) }
    }

    /// With a text that goes in also if it is empty: the command says where it is missing.
    pub fn required(self, name: &'static str, text: &str) -> Self {
        self.with(name, Member::Value(text.replace("\r\n", "\n").trim().into()))
    }

    /// With a whole number.
    pub fn integer(self, name: &'static str, text: &str) -> Self {
        match text.trim().parse::<i64>() {
            Ok(number) => self.with(name, Member::Value(number.into())),
            Err(_) => self.text(name, text),
        }
    }

    /// With a time; without an offset it is in UTC.
    pub fn time(self, name: &'static str, text: &str) -> Self {
        match moment(text.trim()) {
            Ok(Some(time)) => self.with(name, Member::Value(time.to_string().into())),
            _ => self.text(name, text),
        }
    }

    /// With JSON as it was written; `pointer` is where it stands in the command.
    pub fn json(self, name: &'static str, text: &str, pointer: &str) -> Result<Self, Refusal> {
        match serde_json::from_str(text) {
            Ok(json) => Ok(self.with(name, Member::Json(json))),
            Err(error) => {
                Err(Refusal::new(RefusalCode::InvalidValue, format!("this is not JSON: {error}")).at(pointer))
            }
        }
    }

    /// With an object in it.
    pub fn object(self, name: &'static str, object: Self) -> Self {
        self.with(name, Member::Object(object))
    }

    /// With something that is a value already.
    pub fn value(self, name: &'static str, value: impl Into<Value>) -> Self {
        self.with(name, Member::Value(value.into()))
    }

    /// The body.
    pub fn body(&self) -> Bytes {
        json(self)
    }

    fn with(mut self, name: &'static str, member: Member) -> Self {
        self.0.insert(name, member);
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_typed_becomes_the_body_of_a_command() {
        let job =
            Typed::default().integer("priority", "5").integer("maxAttempts", "").time("runAt", "2026-03-01T09:30");
        let typed = Typed::default().text("reason", " a\r\nb ").object("job", job);
        let typed = typed.json("payload", r#"{"b": 1.10, "a": 1e400}"#, "/payload").unwrap();
        let expected = r#"{"job":{"priority":5,"runAt":"2026-03-01T09:30:00Z"},"payload":{"b": 1.10, "a": 1e400},"reason":"a\nb"}"#;
        assert_eq!(typed.body(), expected);
    }

    #[test]
    fn what_is_wrong_is_left_to_the_command_and_what_is_no_json_is_refused_where_it_stands() {
        let typed = Typed::default().integer("priority", "high").time("runAt", "tomorrow");
        assert_eq!(typed.body(), r#"{"priority":"high","runAt":"tomorrow"}"#);
        let refusal = typed.json("payload", "{", "/payload").err().unwrap();
        assert_eq!(refusal.errors[0].pointer, "/payload");
    }
}
