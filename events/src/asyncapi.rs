//! The AsyncAPI 3 document of the contract, generated from the types. It describes the service: what it receives and
//! what it sends.
//!
//! `asyncapi.json` is committed and compared by a test. Schemas are those of [`crate::schema`], subjects those of an
//! installation with the default prefix.

mod headers;

use serde_json::{Map, Value, json};

use crate::{
    command::CommandName,
    envelope::PROBLEM_JSON,
    event::{Aggregate, Event},
    query::QueryName,
    schema,
    subject::Subjects,
};

/// The queue group of the endpoints: the default of NATS micro services.
const QUEUE: &str = "q";

/// The document: indented JSON that ends with a newline.
pub fn json() -> String {
    format!("{:#}\n", document())
}

/// The document.
pub fn document() -> Value {
    let schemas = schema::all();
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:plinth:api",
        "info": {
            "title": "Plinth",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Versioned metric definitions, dashboard layouts and background jobs, event-sourced. \
                Every subject starts with the installation's prefix, here `plinth`.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": { "host": "localhost:4222", "protocol": "nats", "description": "NATS 2.14.3 or newer, with JetStream" },
        },
        "channels": channels(),
        "operations": operations(),
        "components": {
            "messages": messages(&schemas),
            "schemas": component_schemas(schemas),
            "parameters": parameters(),
        },
    })
}

fn channels() -> Value {
    let subjects = Subjects::default();
    let address = |tail: &str| format!("{subjects}.{tail}");
    let commands: Vec<String> = CommandName::ALL.iter().map(|command| command.as_str().to_owned()).collect();
    let queries: Vec<String> = QueryName::ALL.iter().map(|query| query.as_str().to_owned()).collect();
    let events: Vec<String> = Event::types().map(|(_, event_type, _)| event_type.to_owned()).collect();
    json!({
        "cmd": channel(
            &address("cmd.{tenant}.{aggregate}.{verb}"),
            "Commands as requests: the reply comes after the commit.",
            &commands,
        ),
        "intake": stream(
            channel(
                &address("intake.{tenant}.{aggregate}.{verb}"),
                "Commands as durable messages: JetStream acknowledges them, the outcome comes as a receipt.",
                &commands,
            ),
            json!({ "stream": subjects.intake_stream(), "retention": "workqueue" }),
        ),
        "receipt": stream(
            channel(
                &address("receipt.{tenant}.{commandId}"),
                "The outcomes of commands from the intake.",
                &["Receipt".to_owned()],
            ),
            json!({ "stream": subjects.receipts_stream(), "retention": "limits", "maxAgeDays": 7 }),
        ),
        "query": channel(&address("query.{tenant}.{aggregate}.{verb}"), "Questions about the current and earlier states.", &queries),
        "evt": stream(
            channel(
                &address("evt.{tenant}.{aggregate}.{key}.{event}"),
                "All events. The sequence number of an event in the stream is its position in the log.",
                &events,
            ),
            json!({ "stream": subjects.events_stream(), "retention": "limits" }),
        ),
        "job": stream(
            channel(
                &address("job.{type}.{tenant}"),
                "Jobs that are due. Workers bind to the durable consumer `worker-{type}`.",
                &["JobInvitation".to_owned()],
            ),
            json!({ "stream": subjects.jobs_stream(), "retention": "workqueue" }),
        ),
        "checkpoint": stream(
            channel(
                &subjects.checkpoint(),
                "Signed checkpoints of the log, as C2SP tlog-checkpoint: who keeps one can be shown no other past.",
                &["Checkpoint".to_owned()],
            ),
            json!({ "stream": subjects.checkpoints_stream(), "retention": "limits", "maxMessages": 1_000_000 }),
        ),
        "schema": channel(
            &subjects.schema_endpoint(),
            "The JSON Schemas of this contract, by name.",
            &["SchemaName".to_owned()],
        ),
        "reply": channel_without_address(&replies()),
    })
}

fn replies() -> Vec<String> {
    let replies = CommandName::ALL.iter().map(|command| format!("{}Reply", command.as_str()));
    let answers = QueryName::ALL.iter().map(|query| format!("{}Answer", query.as_str()));
    replies.chain(answers).chain(["Problem".to_owned(), "Schema".to_owned()]).collect()
}

fn channel(address: &str, description: &str, messages: &[String]) -> Value {
    let mut channel = json!({ "address": address, "description": description, "messages": by_reference(messages) });
    let parameters: Map<String, Value> = address
        .split('.')
        .filter_map(|token| token.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| (name.to_owned(), reference("components/parameters", name)))
        .collect();
    if !parameters.is_empty() {
        channel["parameters"] = parameters.into();
    }
    channel
}

fn channel_without_address(messages: &[String]) -> Value {
    json!({
        "address": null,
        "description": "The inbox that a request names.",
        "messages": by_reference(messages),
    })
}

fn stream(mut channel: Value, jetstream: Value) -> Value {
    channel["x-jetstream"] = jetstream;
    channel
}

fn by_reference(messages: &[String]) -> Map<String, Value> {
    messages.iter().map(|name| (name.clone(), reference("components/messages", name))).collect()
}

fn reference(place: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/{place}/{name}") })
}

fn operations() -> Map<String, Value> {
    let subjects = Subjects::default();
    let mut operations = Map::new();
    for command in CommandName::ALL.iter().copied() {
        let (name, subject) = (command.as_str(), subjects.command_endpoint(command));
        operations.insert(name.to_owned(), request("cmd", name, &format!("{name}Reply"), &subject));
    }
    for query in QueryName::ALL.iter().copied() {
        let (name, subject) = (query.as_str(), subjects.query_endpoint(query));
        operations.insert(name.to_owned(), request("query", name, &format!("{name}Answer"), &subject));
    }
    let schema = request("schema", "SchemaName", "Schema", &subjects.schema_endpoint());
    operations.insert("GetSchema".to_owned(), schema);
    for (name, action, channel) in [
        ("TakeDurableCommands", "receive", "intake"),
        ("PublishReceipts", "send", "receipt"),
        ("PublishEvents", "send", "evt"),
        ("InviteWorkers", "send", "job"),
        ("PublishCheckpoints", "send", "checkpoint"),
    ] {
        operations.insert(name.to_owned(), json!({ "action": action, "channel": reference("channels", channel) }));
    }
    operations
}

fn request(channel: &str, message: &str, reply: &str, subject: &str) -> Value {
    json!({
        "action": "receive",
        "channel": reference("channels", channel),
        "messages": [reference(&format!("channels/{channel}/messages"), message)],
        "reply": {
            "channel": reference("channels", "reply"),
            "messages": [
                reference("channels/reply/messages", reply),
                reference("channels/reply/messages", "Problem"),
            ],
        },
        "bindings": { "nats": { "queue": QUEUE, "bindingVersion": "0.1.0" } },
        "x-subject": subject.replace('*', "{tenant}"),
    })
}

fn messages(schemas: &[(String, Value)]) -> Map<String, Value> {
    let mut messages: Map<String, Value> = schemas
        .iter()
        .map(|(name, schema)| (schema["title"].as_str().unwrap_or(name).to_owned(), message(name, schema)))
        .collect();
    messages.insert(
        "SchemaName".to_owned(),
        json!({ "contentType": "text/plain", "payload": { "type": "string", "examples": ["commands/metric.define"] } }),
    );
    messages.insert(
        "Schema".to_owned(),
        json!({ "contentType": "application/schema+json", "payload": { "type": "object" } }),
    );
    messages.insert(
        "Checkpoint".to_owned(),
        json!({ "contentType": "text/plain", "payload": { "type": "string", "description": "A signed note." } }),
    );
    for (aggregate, event_type, token) in Event::types() {
        messages[event_type]["x-subject"] =
            format!("{}.evt.{{tenant}}.{aggregate}.{{key}}.{token}", Subjects::default()).into();
    }
    messages
}

fn message(name: &str, schema: &Value) -> Value {
    let mut message =
        json!({ "name": name, "title": schema["title"], "payload": reference("components/schemas", &key(name)) });
    if let Some(summary) = schema.get("description") {
        message["summary"] = summary.clone();
    }
    if name == "problem" {
        message["contentType"] = PROBLEM_JSON.into();
    }
    if let Some(headers) = headers::of(name) {
        message["headers"] = reference("components/schemas", headers);
    }
    message
}

/// The schemas, without what would make `#` mean the schema instead of this document.
fn component_schemas(schemas: Vec<(String, Value)>) -> Map<String, Value> {
    let mut components = headers::schemas();
    for (name, mut schema) in schemas {
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("$id");
            schema.remove("$schema");
        }
        components.insert(key(&name), schema);
    }
    components
}

/// A schema's name as a key of components, which may not contain a slash.
fn key(name: &str) -> String {
    name.replace('/', ".")
}

fn parameters() -> Value {
    json!({
        "tenant": { "description": "The tenant's id, a UUID." },
        "aggregate": { "description": "The kind of aggregate.", "enum": aggregates() },
        "verb": { "description": "What to do with it, such as `define`." },
        "commandId": { "description": "The id of the command, a UUID." },
        "key": { "description": "The metric's code, the user's id or `default`, the job's type, or the tenant's id." },
        "event": { "description": "What happened to it, such as `defined`." },
        "type": { "description": "The type of the job, such as `image_extraction`." },
    })
}

/// The kinds of aggregates, and what else queries are about.
fn aggregates() -> Vec<&'static str> {
    let mut aggregates: Vec<_> = Aggregate::ALL.iter().copied().map(Aggregate::as_str).collect();
    for (asked, _) in QueryName::ALL.iter().map(|query| query.tokens()) {
        if !aggregates.contains(&asked) {
            aggregates.push(asked);
        }
    }
    aggregates
}
