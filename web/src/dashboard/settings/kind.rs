//! What a setting is, as far as a form knows it: how a value becomes a text and a text a value.

use std::borrow::Cow;

use serde_json::Value;

use super::Setting;

pub(super) enum Kind<'a> {
    Text,
    Number {
        is_integer: bool,
    },
    Boolean,
    OneOf(Vec<Cow<'a, str>>),
    /// Words with commas between them.
    Words,
    /// An object whose members are settings themselves.
    Group(Vec<Setting<'a>>),
    /// Anything else, as JSON.
    Json,
}

impl<'a> Kind<'a> {
    /// The settings of a group.
    pub(super) fn below(&self) -> &[Setting<'a>] {
        match self {
            Self::Group(settings) => settings,
            _ => &[],
        }
    }
}

/// The kind of a setting that is no group.
pub(super) fn kind(schema: &Value) -> Kind<'_> {
    if let Some(values) = schema["enum"].as_array() {
        return Kind::OneOf(values.iter().map(plain).collect());
    }
    match type_name(schema) {
        Some("string") => Kind::Text,
        Some("boolean") => Kind::Boolean,
        Some("integer") => Kind::Number { is_integer: true },
        Some("number") => Kind::Number { is_integer: false },
        Some("array") if schema["items"]["type"] == "string" => Kind::Words,
        _ => Kind::Json,
    }
}

/// The one type that a value has when it is there: no configuration holds null.
fn type_name(schema: &Value) -> Option<&str> {
    let Some(types) = schema["type"].as_array() else { return schema["type"].as_str() };
    match types.iter().filter(|name| *name != "null").collect::<Vec<_>>()[..] {
        [name] => name.as_str(),
        _ => None,
    }
}

impl Setting<'_> {
    /// The value that a text stands for; none for no value.
    pub(super) fn read(&self, text: &str) -> Result<Option<Value>, String> {
        let property = self.property;
        // a box that is not ticked is sent as nothing
        if text.is_empty() && !matches!(self.kind, Kind::Boolean) {
            return if self.is_required { Err(format!("{property} is required")) } else { Ok(None) };
        }
        let value = match &self.kind {
            Kind::Boolean => Ok(Value::Bool(text == "true")),
            // forms send line breaks as two characters
            Kind::Text => Ok(Value::from(text.replace("\r\n", "\n"))),
            Kind::Number { .. } => {
                text.parse().map(Value::Number).map_err(|_| format!("{property} is no number: {text}"))
            }
            Kind::OneOf(_) => chosen(self.schema, text).ok_or_else(|| format!("{property} cannot be {text}")),
            Kind::Words => Ok(text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()),
            Kind::Group(_) | Kind::Json => {
                serde_json::from_str(text).map_err(|error| format!("{property} is not JSON: {error}"))
            }
        };
        value.map(Some)
    }

    /// A value as a text that [`Setting::read`] reads.
    pub(super) fn write(&self, value: &Value) -> String {
        match (&self.kind, value) {
            (Kind::Words, Value::Array(words)) => words.iter().map(plain).collect::<Vec<_>>().join(", "),
            (Kind::Json, _) => serde_json::to_string_pretty(value).unwrap_or_default(),
            _ => plain(value).into_owned(),
        }
    }
}

fn chosen(schema: &Value, text: &str) -> Option<Value> {
    schema["enum"].as_array()?.iter().find(|value| plain(value) == text).cloned()
}

/// A value without quotes.
pub(super) fn plain(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| value.to_string().into(), Cow::from)
}
