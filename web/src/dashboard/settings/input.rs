//! What becomes of settings that were sent: a merge patch, or what is wrong with them.

use std::collections::BTreeMap;

use plinth_events::{FieldError, command::dashboard::LayoutOp, json::Config, names::WidgetType};
use serde_json::{Map, Value};

use super::{Setting, kind::Kind, settings};
use crate::dashboard::routes;

/// Where the whole configuration stands in the body of a command.
pub(super) const WHOLE: &str = "/config";

/// Settings as they were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsInput {
    /// The widget.
    pub widget_type: WidgetType,
    /// The fields, by name.
    pub fields: BTreeMap<String, String>,
}

impl SettingsInput {
    /// The operation that brings a widget's configuration to what was sent; none when it is so already.
    pub fn op(&self, schema: Option<&Value>, config: &Map<String, Value>) -> Result<Option<LayoutOp>, Vec<FieldError>> {
        let wanted = self.config(&settings(schema), config)?;
        let patch = patch_between(config, &wanted);
        let widget_type = self.widget_type.clone();
        Ok((!patch.is_empty()).then_some(LayoutOp::Configure { widget_type, config: Config(patch) }))
    }

    /// Errors about a configuration, each at the field that it is about, or at the one that holds what it is about.
    pub fn at_fields(schema: Option<&Value>, errors: &mut [FieldError]) {
        let settings = settings(schema);
        for error in errors {
            if let Some(setting) = settings.iter().find_map(|setting| setting.closest(&error.pointer)) {
                error.pointer.clone_from(&setting.pointer);
            } else if error.pointer.starts_with(WHOLE) {
                error.pointer = WHOLE.to_owned();
            }
        }
    }

    fn config(&self, settings: &[Setting], config: &Map<String, Value>) -> Result<Map<String, Value>, Vec<FieldError>> {
        if settings.is_empty() {
            return self.whole();
        }
        let mut errors = Vec::new();
        let wanted = self.members(settings, config, &mut errors);
        if errors.is_empty() { Ok(wanted) } else { Err(errors) }
    }

    /// What was sent of the members of an object; what has no field stays.
    fn members(
        &self,
        settings: &[Setting],
        present: &Map<String, Value>,
        errors: &mut Vec<FieldError>,
    ) -> Map<String, Value> {
        let mut wanted = present.clone();
        for setting in settings {
            match self.sent(setting, present.get(setting.property), errors) {
                Ok(Some(value)) => drop(wanted.insert(setting.property.to_owned(), value)),
                Ok(None) => drop(wanted.remove(setting.property)),
                Err(message) => errors.push(FieldError::new(&*setting.pointer, "invalid_value", message)),
            }
        }
        wanted
    }

    /// What was sent of a setting; none: it is not to be there.
    fn sent(
        &self,
        setting: &Setting,
        present: Option<&Value>,
        errors: &mut Vec<FieldError>,
    ) -> Result<Option<Value>, String> {
        let can_be_absent = !setting.is_required && present.is_none();
        if let Kind::Group(below) = &setting.kind {
            let present = present.and_then(Value::as_object).cloned().unwrap_or_default();
            let members = self.members(below, &present, errors);
            let is_there = setting.is_required || !members.is_empty();
            return Ok(is_there.then_some(Value::Object(members)));
        }
        let text = self.fields.get(setting.name()).map_or("", |text| text.trim());
        if text.is_empty() && can_be_absent { Ok(None) } else { setting.read(text) }
    }

    fn whole(&self) -> Result<Map<String, Value>, Vec<FieldError>> {
        let text = self.fields.get(routes::CONFIG).map_or("{}", String::as_str);
        serde_json::from_str(text)
            .map_err(|error| vec![FieldError::new(WHOLE, "invalid_value", format!("must be a JSON object: {error}"))])
    }
}

/// The merge patch (RFC 7396) from one object to another.
fn patch_between(from: &Map<String, Value>, to: &Map<String, Value>) -> Map<String, Value> {
    let gone = from.keys().filter(|name| !to.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let changed = to.iter().filter(|(name, value)| from.get(*name) != Some(*value)).map(|(name, value)| {
        let value = match (from.get(name), value) {
            (Some(Value::Object(from)), Value::Object(to)) => Value::Object(patch_between(from, to)),
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    gone.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({"required": ["metric"], "properties": {
            "metric": {"type": "string"},
            "limit": {"type": "integer"},
            "compact": {"type": "boolean"},
            "period": {"enum": ["day", 7]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "filter": {"type": "object"},
            "range": {"type": "object", "required": ["from"], "properties": {
                "from": {"type": "integer"}, "to": {"type": ["integer", "null"]}, "is_open": {"type": "boolean"},
            }},
        }})
    }

    fn op(config: &Value, fields: &[(&str, &str)]) -> Result<Option<Value>, Vec<FieldError>> {
        let fields = fields.iter().map(|(name, value)| (format!("config/{name}"), (*value).to_owned())).collect();
        let input = SettingsInput { widget_type: "sales".parse().unwrap(), fields };
        let op = input.op(Some(&schema()), config.as_object().unwrap())?;
        Ok(op.map(|op| serde_json::to_value(op).unwrap()["config"].clone()))
    }

    #[test]
    fn texts_become_values_of_the_types_in_the_schema() {
        let fields = [
            ("metric", "churn"),
            ("limit", "5"),
            ("compact", "true"),
            ("period", "7"),
            ("tags", "a, b"),
            ("filter", r#"{"x":1}"#),
        ];
        let patch = op(&json!({}), &fields).unwrap().unwrap();
        assert_eq!(
            patch,
            json!({"metric": "churn", "limit": 5, "compact": true, "period": 7, "tags": ["a", "b"], "filter": {"x": 1}})
        );
    }

    #[test]
    fn only_what_differs_is_sent_and_what_was_emptied_is_taken_out() {
        let config = json!({"metric": "churn", "limit": 5, "compact": false, "filter": {"x": 1, "y": 2}, "foreign": 1});
        let patch = op(&config, &[("metric", "churn"), ("filter", r#"{"x":1,"z":3}"#)]).unwrap().unwrap();
        assert_eq!(patch, json!({"limit": null, "filter": {"y": null, "z": 3}}));
        assert_eq!(op(&json!({"metric": "churn"}), &[("metric", "churn")]).unwrap(), None);
    }

    #[test]
    fn what_is_within_a_setting_is_merged_into_it_and_goes_with_its_last_part() {
        let metric = ("metric", "churn");
        let patch = |config, fields: &[_]| op(config, &[&[metric], fields].concat()).unwrap();
        let unset = json!({"metric": "churn"});
        assert_eq!(patch(&unset, &[("range/from", ""), ("range/to", "")]), None);
        assert_eq!(patch(&unset, &[("range/from", "1"), ("range/to", "")]), Some(json!({"range": {"from": 1}})));
        let set = json!({"metric": "churn", "range": {"from": 1, "to": 9}});
        assert_eq!(
            patch(&set, &[("range/from", "2"), ("range/to", "")]),
            Some(json!({"range": {"from": 2, "to": null}}))
        );
        assert_eq!(patch(&set, &[("range/from", ""), ("range/to", "")]), Some(json!({"range": null})));
    }

    #[test]
    fn an_error_stands_at_the_field_that_holds_what_it_is_about() {
        let pointers = ["/config/range/to", "/config/range/step", "/config/filter/x/0", "/config/limitless", "/config"];
        let mut errors = pointers.map(|pointer| FieldError::new(pointer, "invalid_value", "is wrong"));
        SettingsInput::at_fields(Some(&schema()), &mut errors);
        let expected = ["/config/range/to", "/config/range", "/config/filter", "/config", "/config"];
        assert_eq!(errors.map(|error| error.pointer), expected);
    }

    #[test]
    fn line_breaks_of_forms_are_those_of_texts() {
        assert_eq!(op(&json!({}), &[("metric", "a\r\nb")]).unwrap(), Some(json!({"metric": "a\nb"})));
    }

    #[test]
    fn every_wrong_value_is_told_at_its_place() {
        let errors = op(&json!({}), &[("limit", "many"), ("period", "year"), ("filter", "{")]).unwrap_err();
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/config/filter", "/config/limit", "/config/metric", "/config/period"]);
    }

    #[test]
    fn without_a_schema_the_whole_configuration_is_json() {
        let fields = BTreeMap::from([("config".to_owned(), r#"{"a":2}"#.to_owned())]);
        let input = SettingsInput { widget_type: "sales".parse().unwrap(), fields };
        let op = input.op(None, json!({"a": 1, "b": 1}).as_object().unwrap()).unwrap().unwrap();
        assert_eq!(serde_json::to_value(op).unwrap()["config"], json!({"a": 2, "b": null}));
    }
}
