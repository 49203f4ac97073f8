//! Requests as they can be pasted into a terminal.

use serde_json::Value;

use super::{each, operation::Operation, text};

/// The request for an operation, with the example of its body.
pub fn curl(operation: &Operation, body: &Value) -> String {
    let method = operation.method.to_uppercase();
    let mut lines = vec![match method.as_str() {
        "GET" => format!("curl \"$PLINTH{}\"", address(operation)),
        _ => format!("curl -X {method} \"$PLINTH{}\"", address(operation)),
    }];
    lines.push("-H \"Authorization: Bearer $PLINTH_KEY\"".to_owned());
    if let Some(example) = body["examples"].get(0) {
        lines.push("-H 'Content-Type: application/json'".to_owned());
        lines.push(format!("-d '{}'", format!("{example:#}").replace('\'', r"'\''")));
    }
    lines.join(" \\\n  ")
}

/// The path and the parameters without which there is no answer.
fn address(operation: &Operation) -> String {
    let required = each(&operation.declared["parameters"])
        .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
        .map(|parameter| format!("{0}={{{0}}}", text(&parameter["name"])));
    let query: Vec<String> = required.collect();
    match query.is_empty() {
        true => operation.path.to_owned(),
        false => format!("{}?{}", operation.path, query.join("&")),
    }
}
