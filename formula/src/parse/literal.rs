//! Values: plain JSON, or tagged with what they are.

use serde_json::{Value as Plain, json};

use super::{
    Parser,
    json::{Json, Node},
    suggest::suggest,
};
use crate::{
    error::ErrorCode,
    limits,
    value::{
        Value,
        date::{Date, InvalidDate},
        decimal,
        duration::{Duration, InvalidDuration},
        instant::{Instant, InvalidInstant},
    },
};

const TAGS: [&str; 5] = ["duration", "instant", "date", "decimal", "string"];
const DURATIONS: [&str; 5] = ["30 days", "2 weeks", "1 year 2 months", "P30D", "PT12H"];

/// How a text without a tag is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As text.
    Text,
    /// As a duration.
    Duration,
    /// As a duration, a point in time or a day.
    Temporal,
    /// As one of these if it reads as one, else as text.
    TemporalIfItReadsSo,
}

impl Parser<'_> {
    pub(super) fn literal(&mut self, node: &Node, reading: Reading) -> Option<Value> {
        match &node.json {
            Json::Boolean(value) => Some(Value::Boolean(*value)),
            Json::Number(text) => self.decimal(node, text),
            Json::Text(text) => self.untagged(node, text, reading),
            Json::Object(entries) => match entries.as_slice() {
                [(tag, value)] => self.tagged(tag, value),
                _ => self.wrong_tags(node),
            },
            Json::Null => {
                let message = "nothing equals null: the null tests are exists and not_exists";
                self.report_with(node, ErrorCode::ValueNotAllowed, message, &[], Some("not_exists".into()));
                None
            }
            Json::List(_) | Json::TooDeep => {
                self.report(node, ErrorCode::WrongType, format!("one value is needed, not {}", node.json.name()));
                None
            }
        }
    }

    fn tagged(&mut self, tag: &str, node: &Node) -> Option<Value> {
        if !TAGS.contains(&tag) {
            let (message, meant) = (format!("unknown key {tag}"), suggest(tag, TAGS).map(Plain::from));
            self.report_with(node, ErrorCode::UnknownKey, message, &TAGS, meant);
            return None;
        }
        let text = self.text(node, tag)?;
        match tag {
            "duration" => self.duration(node, text),
            "instant" => self.instant(node, text),
            "date" => self.date(node, text),
            "decimal" => self.decimal(node, text),
            _ => self.string(node, text),
        }
    }

    fn wrong_tags(&mut self, node: &Node) -> Option<Value> {
        let message = "a value with its type has exactly one key, which says the type";
        self.report_with(node, ErrorCode::WrongType, message, &TAGS, None);
        None
    }

    fn untagged(&mut self, node: &Node, text: &str, reading: Reading) -> Option<Value> {
        match (reading, temporal(text)) {
            (Reading::Text, _) | (Reading::TemporalIfItReadsSo, Err(None)) => self.string(node, text),
            (Reading::Duration, _) => self.duration(node, text),
            (_, Ok(value)) => Some(value),
            (_, Err(Some(invalid))) => self.invalid_duration(node, &invalid),
            (Reading::Temporal, Err(None)) => {
                let message = format!("{text:?} is no duration, no point in time and no day");
                self.report_with(node, ErrorCode::InvalidDuration, message, &DURATIONS, None);
                None
            }
        }
    }

    fn string(&mut self, node: &Node, text: &str) -> Option<Value> {
        if text.len() > limits::STRING_BYTES {
            let message = format!("the string has {} bytes, at most {} are allowed", text.len(), limits::STRING_BYTES);
            self.report(node, ErrorCode::StringTooLong, message);
            return None;
        }
        Some(Value::Text(text.to_owned()))
    }

    fn decimal(&mut self, node: &Node, text: &str) -> Option<Value> {
        let decimal = decimal::parse(text);
        if decimal.is_none() {
            let message = format!("{text:.40} is no number of at most {} digits", limits::DECIMAL_DIGITS);
            self.report(node, ErrorCode::InvalidDecimal, message);
        }
        decimal.map(Value::Decimal)
    }

    fn duration(&mut self, node: &Node, text: &str) -> Option<Value> {
        match text.parse::<Duration>() {
            Ok(duration) => Some(Value::Duration(duration)),
            Err(invalid) => self.invalid_duration(node, &invalid),
        }
    }

    fn invalid_duration(&mut self, node: &Node, invalid: &InvalidDuration) -> Option<Value> {
        self.report_with(node, ErrorCode::InvalidDuration, invalid.to_string(), &DURATIONS, None);
        None
    }

    fn instant(&mut self, node: &Node, text: &str) -> Option<Value> {
        match text.parse::<Instant>() {
            Ok(instant) => Some(Value::Instant(instant)),
            Err(error @ InvalidInstant(_)) => {
                let suggestion = text.parse::<Date>().ok().map(|date| json!({ "date": date.to_string() }));
                self.report_with(node, ErrorCode::InvalidInstant, error.to_string(), &[], suggestion);
                None
            }
        }
    }

    fn date(&mut self, node: &Node, text: &str) -> Option<Value> {
        match text.parse::<Date>() {
            Ok(date) => Some(Value::Date(date)),
            Err(error @ InvalidDate(_)) => {
                let suggestion = text.parse::<Instant>().ok().map(|_| json!({ "instant": text }));
                self.report_with(node, ErrorCode::InvalidDate, error.to_string(), &[], suggestion);
                None
            }
        }
    }
}

/// A text as a duration, a point in time or a day. The error is none where it is not meant as one.
pub(super) fn temporal(text: &str) -> Result<Value, Option<InvalidDuration>> {
    if let Ok(instant) = text.parse::<Instant>() {
        return Ok(Value::Instant(instant));
    }
    if let Ok(date) = text.parse::<Date>() {
        return Ok(Value::Date(date));
    }
    match text.parse::<Duration>() {
        Ok(duration) => Ok(Value::Duration(duration)),
        Err(InvalidDuration::NotRead(_)) => Err(None),
        Err(invalid) => Err(Some(invalid)),
    }
}
