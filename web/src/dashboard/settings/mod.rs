//! The settings of a widget, as the JSON Schema of its type names them.

mod form;
mod input;

use std::borrow::Cow;

use serde_json::Value;

pub(super) use self::form::{fields, readable};
pub use self::input::SettingsInput;
use super::routes;

/// What a setting is, as far as a form knows it.
enum Kind<'a> {
    Text,
    Number {
        is_integer: bool,
    },
    Boolean,
    OneOf(Vec<Cow<'a, str>>),
    /// Words with commas between them.
    Words,
    /// Anything else, as JSON.
    Json,
}

/// A setting.
struct Setting<'a> {
    property: &'a str,
    schema: &'a Value,
    kind: Kind<'a>,
    is_required: bool,
}

impl Setting<'_> {
    fn name(&self) -> String {
        format!("{}.{}", routes::CONFIG, self.property)
    }

    fn pointer(&self) -> String {
        format!("/config/{}", self.property.replace('~', "~0").replace('/', "~1"))
    }

    /// The value that a text stands for; none for no value.
    fn read(&self, text: &str) -> Result<Option<Value>, String> {
        if let Kind::Boolean = self.kind {
            return Ok(Some(Value::Bool(text == "true")));
        }
        let property = self.property;
        if text.is_empty() {
            return if self.is_required { Err(format!("{property} is required")) } else { Ok(None) };
        }
        let value = match &self.kind {
            Kind::Boolean | Kind::Text => Ok(Value::from(text)),
            Kind::Number { .. } => {
                text.parse().map(Value::Number).map_err(|_| format!("{property} is no number: {text}"))
            }
            Kind::OneOf(_) => chosen(self.schema, text).ok_or_else(|| format!("{property} cannot be {text}")),
            Kind::Words => Ok(text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()),
            Kind::Json => serde_json::from_str(text).map_err(|error| format!("{property} is not JSON: {error}")),
        };
        value.map(Some)
    }

    /// A value as a text that [`Setting::read`] reads.
    fn write(&self, value: &Value) -> String {
        match (&self.kind, value) {
            (Kind::Words, Value::Array(words)) => words.iter().map(plain).collect::<Vec<_>>().join(", "),
            (Kind::Json, _) => serde_json::to_string_pretty(value).unwrap_or_default(),
            _ => plain(value).into_owned(),
        }
    }
}

/// The settings that a schema names.
fn settings(schema: Option<&Value>) -> Vec<Setting<'_>> {
    let Some(schema) = schema else { return Vec::new() };
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let setting = |(property, schema)| {
        let property: &String = property;
        Setting { property, schema, kind: kind(schema), is_required: required.contains(&property.as_str()) }
    };
    properties.map(setting).collect()
}

fn kind(schema: &Value) -> Kind<'_> {
    if let Some(values) = schema["enum"].as_array() {
        return Kind::OneOf(values.iter().map(plain).collect());
    }
    match schema["type"].as_str() {
        Some("string") => Kind::Text,
        Some("boolean") => Kind::Boolean,
        Some("integer") => Kind::Number { is_integer: true },
        Some("number") => Kind::Number { is_integer: false },
        Some("array") if schema["items"]["type"] == "string" => Kind::Words,
        _ => Kind::Json,
    }
}

fn chosen(schema: &Value, text: &str) -> Option<Value> {
    schema["enum"].as_array()?.iter().find(|value| plain(value) == text).cloned()
}

/// A value without quotes.
fn plain(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| value.to_string().into(), Cow::from)
}
