//! What is added to an operation because it holds for all of its kind.

use serde_json::{Map, Value, json};

/// What the names in paths mean.
const NAMES: [(&str, &str); 5] = [
    ("code", "Which metric."),
    ("widgetType", "Which widget."),
    ("jobId", "Which job."),
    ("name", "Which schedule."),
    ("actionId", "Which bulk action."),
];

/// Adds the headers of commands, the answer to what is refused, the other credential, and words for answers without.
pub fn complete(operation: &mut Map<String, Value>) {
    if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
        parameters.iter_mut().for_each(name);
    }
    if is_command(operation) {
        add_headers(operation);
    }
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        responses.values_mut().for_each(describe);
        responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    }
    if let Some(Value::Array(security)) = operation.get_mut("security") {
        let scopes: Vec<Value> = security.iter().filter_map(|schemes| schemes.get("key").cloned()).collect();
        security.extend(scopes.into_iter().map(|scopes| json!({ "oidc": scopes })));
    }
}

/// Whether it answers with a reply.
fn is_command(operation: &Map<String, Value>) -> bool {
    let responses = operation.get("responses").and_then(Value::as_object);
    responses.into_iter().flat_map(Map::values).any(|response| {
        let answer = response.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str);
        answer.is_some_and(|answer| answer.ends_with("Reply"))
    })
}

fn add_headers(operation: &mut Map<String, Value>) {
    if let Value::Array(parameters) = operation.entry("parameters").or_insert_with(|| json!([])) {
        let headers = ["IdempotencyKey", "Actor"].map(|name| format!("#/components/parameters/{name}"));
        parameters.extend(headers.map(|header| json!({ "$ref": header })));
    }
}

/// Says what a name in the path means, unless the operation says so itself.
fn name(parameter: &mut Value) {
    if parameter.get("description").is_none()
        && let Some((_, meaning)) = NAMES.iter().find(|(name, _)| parameter["name"] == *name)
    {
        parameter["description"] = (*meaning).into();
    }
}

/// The document must say something about every answer.
fn describe(response: &mut Value) {
    if response["description"] == "" {
        response["description"] = "Done.".into();
    }
}
