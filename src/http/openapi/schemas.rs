//! The types of the contract as the operations refer to them: by name, or as a body without what the path says.

use std::collections::BTreeMap;

use plinth_events::schema::components::{PLACE, components};
use serde_json::{Map, Value, json};

/// What stands between the name of a type and the members that its body lacks.
const WITHOUT: &str = " without ";

/// Types, by name.
pub struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// All of the contract, some of them with an example.
    pub fn new(examples: Map<String, Value>) -> Self {
        let mut schemas = components();
        for (name, example) in examples {
            if let Some(schema) = schemas.get_mut(&name) {
                schema["examples"] = json!([example]);
            }
        }
        Self(schemas)
    }

    /// Turns the names that annotations refer to into references.
    pub fn refer(&mut self, annotated: &mut Value) {
        match annotated {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get_mut("$ref") {
                    *reference = format!("{PLACE}{}", self.component(reference));
                }
                object.values_mut().for_each(|value| self.refer(value));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.refer(item)),
            _ => {}
        }
    }

    /// The types that paths refer to, and those that these refer to.
    pub fn used(mut self, paths: &Value) -> BTreeMap<String, Value> {
        let mut used = BTreeMap::new();
        let mut wanted = Vec::new();
        references(paths, &mut wanted);
        while let Some(name) = wanted.pop() {
            if let Some(schema) = self.0.remove(&name) {
                references(&schema, &mut wanted);
                used.insert(name, schema);
            }
        }
        used
    }

    /// The name of the component that an annotation means, which is made if it lacks members.
    fn component(&mut self, annotation: &str) -> String {
        let Some((name, members)) = annotation.split_once(WITHOUT) else {
            return annotation.to_owned();
        };
        let body = format!("{name}Body");
        if let Some(whole) = self.0.get(name) {
            self.0.insert(body.clone(), without(whole.clone(), &members.split(", ").collect::<Vec<_>>()));
        }
        body
    }
}

/// The schema of an object without some of its members.
fn without(mut schema: Value, members: &[&str]) -> Value {
    let remove = |object: Option<&mut Value>| {
        if let Some(object) = object.and_then(Value::as_object_mut) {
            object.retain(|name, _| !members.contains(&name.as_str()));
        }
    };
    remove(schema.get_mut("properties"));
    remove(schema.pointer_mut("/examples/0"));
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| name.as_str().is_none_or(|name| !members.contains(&name)));
    }
    schema
}

/// Adds the names of the components that something refers to.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let reference = object.get("$ref").and_then(Value::as_str);
            names.extend(reference.and_then(|reference| reference.strip_prefix(PLACE)).map(str::to_owned));
            object.values().for_each(|value| references(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_lacks_what_the_path_says() {
        let mut schemas = Schemas::new(Map::new());
        let mut annotated = json!({ "schema": { "$ref": "DeprecateMetric without code" } });
        schemas.refer(&mut annotated);
        assert_eq!(annotated, json!({ "schema": { "$ref": "#/components/schemas/DeprecateMetricBody" } }));
        let used = schemas.used(&annotated);
        let body = &used["DeprecateMetricBody"];
        assert!(body["properties"].get("code").is_none() && body["properties"].get("deprecatedAt").is_some(), "{body}");
        assert!(!body["required"].to_string().contains("code"));
    }

    #[test]
    fn only_what_is_referred_to_is_used() {
        let schemas = Schemas::new(Map::new());
        let used = schemas.used(&json!({ "$ref": "#/components/schemas/MetricVersions" }));
        assert_eq!(used.keys().collect::<Vec<_>>(), ["MetricRow", "MetricVersions", "Window"]);
    }
}
