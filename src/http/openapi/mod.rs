//! The OpenAPI document of the API: the operations that the code annotates, with the types of the contract, and what holds
//! for all of them.

mod operation;
mod schemas;

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use bytes::Bytes;
use plinth_events::{
    RefusalCode, Scope,
    envelope::{PROBLEM_JSON, header},
};
use serde_json::{Map, Value, json};

use self::schemas::Schemas;
use super::api::command::IDEMPOTENCY_KEY;

/// Where the document is, for everybody.
pub const PATH: &str = "/api/openapi.json";

/// What holds for all operations, for people.
const INTRODUCTION: &str = include_str!("introduction.md");
/// Bodies of requests, each by the name of its type.
const EXAMPLES: &str = include_str!("examples.json");

/// The parts of the API, in the order of the documentation.
const TAGS: [(&str, &str); 8] = [
    ("metrics", "Definitions of metrics: at any time, as known at any time."),
    ("dashboard", "What is on a user's dashboard, and on the one that all users start from."),
    ("jobs", "Background jobs: enqueue, look, cancel, try again."),
    ("work", "Work on jobs over HTTP: start them, say that they are alive, report how they ended."),
    ("bulk actions", "The same, done to many jobs."),
    ("queues", "How fast jobs start, and how many run at once."),
    ("schedules", "Jobs that are enqueued when it is time."),
    ("events", "The log: everything that happened, in order."),
];

/// The route to the document.
pub fn routes(document: &Value) -> Router {
    let json = Bytes::from(format!("{document:#}\n"));
    Router::new().route(PATH, get(async move || ([(CONTENT_TYPE, "application/json")], json)))
}

/// The document, of the operations that the router collected.
pub fn document(collected: &utoipa::openapi::OpenApi) -> serde_json::Result<Value> {
    let mut paths = serde_json::to_value(&collected.paths)?;
    let mut schemas = Schemas::new(serde_json::from_str(EXAMPLES)?);
    schemas.refer(&mut paths);
    operations(&mut paths).for_each(operation::complete);
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Plinth",
            "version": env!("CARGO_PKG_VERSION"),
            "description": introduction(),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags(&mut paths),
        "components": {
            "schemas": schemas.used(&json!([paths, problem()])),
            "parameters": parameters(),
            "responses": { "Problem": problem() },
            "securitySchemes": security_schemes(),
        },
        "paths": paths,
    }))
}

/// The introduction, with all scopes and all codes of problems.
fn introduction() -> String {
    let scopes = Scope::ALL.iter().map(|scope| format!("| `{scope}` | {} |\n", scope.meaning()));
    let codes = RefusalCode::ALL.iter().map(|code| format!("| {} | `{code}` | {} |\n", code.status(), code.title()));
    INTRODUCTION.replace("{scopes}\n", &scopes.collect::<String>()).replace("{codes}\n", &codes.collect::<String>())
}

/// The parts that have operations.
fn tags(paths: &mut Value) -> Vec<Value> {
    let used: Vec<Value> = operations(paths).filter_map(|operation| operation.get("tags").cloned()).collect();
    let described = TAGS.iter().filter(|(name, _)| used.contains(&json!([name])));
    described.map(|(name, description)| json!({ "name": name, "description": description })).collect()
}

fn operations(paths: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let items = paths.as_object_mut().into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut);
    items.flat_map(Map::values_mut).filter_map(Value::as_object_mut)
}

/// Headers of all commands.
fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": IDEMPOTENCY_KEY,
            "in": "header",
            "description": "The id of the command, a UUID that the caller makes. Sent again with the same one, a command is \
                carried out once, and answered again. Made by Plinth when absent.",
            "schema": { "type": "string", "format": "uuid" },
        },
        "Actor": {
            "name": header::ACTOR,
            "in": "header",
            "description": "The user on whose behalf a program acts, whose credential is not that of a user.",
            "schema": { "type": "string", "format": "uuid" },
        },
    })
}

fn problem() -> Value {
    json!({
        "description": "Why it was not done (RFC 9457): see `code` and, for what is wrong with a body, `errors`.",
        "content": { PROBLEM_JSON: { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

fn security_schemes() -> Value {
    json!({
        "key": { "type": "http", "scheme": "bearer", "description": "An API key of the tenant, as `plinth key create` prints it." },
        "oidc": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of the identity provider that the installation trusts.",
        },
    })
}

#[cfg(test)]
mod tests;
