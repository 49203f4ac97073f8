//! The settings of a widget, as the JSON Schema of its type names them.

mod form;
mod input;
mod kind;

use plinth_events::scan::escape;
use serde_json::{Map, Value};

pub(super) use self::form::{fields, readable};
pub use self::input::SettingsInput;
use self::kind::{Kind, kind, plain};
use super::routes;

/// A setting, or several of them under one name.
struct Setting<'a> {
    property: &'a str,
    /// Where it stands in the body of a command: `/config/filter/region`.
    pointer: String,
    schema: &'a Value,
    kind: Kind<'a>,
    /// Of what is within something that may be left out, nothing is.
    is_required: bool,
}

impl Setting<'_> {
    /// The name of its field.
    fn name(&self) -> &str {
        self.pointer.trim_start_matches('/')
    }

    /// What people call it.
    fn label(&self) -> &str {
        self.schema["title"].as_str().unwrap_or(self.property)
    }

    /// The setting that an error belongs to, by its place: this one or the closest below it.
    fn closest(&self, pointer: &str) -> Option<&Self> {
        let rest = pointer.strip_prefix(&self.pointer)?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        Some(self.kind.below().iter().find_map(|setting| setting.closest(pointer)).unwrap_or(self))
    }
}

/// The settings that a schema names.
fn settings(schema: Option<&Value>) -> Vec<Setting<'_>> {
    schema.map(|schema| settings_below(schema, &format!("/{}", routes::CONFIG), true)).unwrap_or_default()
}

fn settings_below<'a>(schema: &'a Value, parent: &str, is_parent_required: bool) -> Vec<Setting<'a>> {
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flat_map(Map::iter);
    let setting = |(property, schema): (&'a String, &'a Value)| {
        let pointer = format!("{parent}/{}", escape(property));
        let is_required = is_parent_required && required.contains(&property.as_str());
        let kind = match settings_below(schema, &pointer, is_required) {
            below if below.is_empty() => kind(schema),
            below => Kind::Group(below),
        };
        Setting { property, pointer, schema, kind, is_required }
    };
    properties.map(setting).collect()
}
