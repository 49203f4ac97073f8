//! The JSON Schemas of the contract (draft 2020-12), generated from the types.
//!
//! What comes in is described as Plinth reads it (commands refuse unknown keys), what goes out as Plinth writes it;
//! events as every version of Plinth wrote them, with room for keys to come. The files under `schemas/` are committed
//! and compared by a test. Nothing here validates.

pub mod components;

use std::sync::LazyLock;

use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema, transform::transform_subschemas,
};
use serde_json::{Value, json};

use crate::{
    claim::{ClaimJobs, ClaimedJobs},
    command::CommandName,
    event::Event,
    invitation::JobInvitation,
    query::QueryName,
    refusal::Problem,
    reply::Reply,
    webhook::{WebhookRequest, WebhookSnooze},
    widget_patch::WidgetPatch,
};

const CLAIM_JOBS: &str = "claim-jobs";
const WIDGET_PATCH: &str = "widget-patch";

/// One schema, as it is committed and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it describes, such as `commands/metric.define`: its `$id` behind `urn:plinth:schema:`.
    pub name: String,
    /// The schema: indented JSON that ends with a newline.
    pub json: String,
}

impl Document {
    /// The path of its file under `schemas/`.
    pub fn path(&self) -> String {
        format!("{}.json", self.name)
    }
}

/// All schemas of the contract, in its order.
pub fn documents() -> &'static [Document] {
    static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| {
        let document = |(name, schema): (String, Value)| Document { name, json: format!("{schema:#}\n") };
        all().into_iter().map(document).collect()
    });
    &DOCUMENTS
}

/// The schema of a name, such as `commands/metric.define`.
pub fn find(name: &str) -> Option<&'static str> {
    documents().iter().find(|document| document.name == name).map(|document| document.json.as_str())
}

/// The name of the schema of a command's body.
pub fn command_name(command: CommandName) -> String {
    named("commands", command.tokens())
}

/// The name of the schema of the reply to a command.
pub fn reply_name(command: CommandName) -> String {
    named("replies", command.tokens())
}

/// The name of the schema of a query's body.
pub fn query_name(query: QueryName) -> String {
    named("queries", query.tokens())
}

/// The name of the schema of the answer to a query.
pub fn answer_name(query: QueryName) -> String {
    named("answers", query.tokens())
}

/// The name of the schema of the data of an event.
pub fn event_name(event_type: &str) -> String {
    format!("events/{event_type}.v{}", Event::VERSION)
}

/// The schema of a command's body.
pub fn command_schema(command: CommandName) -> Value {
    let schema = command.body_schema(&mut incoming());
    document(&command_name(command), command.as_str(), schema)
}

/// The schema of a query's body.
pub fn query_schema(query: QueryName) -> Value {
    let schema = query.body_schema(&mut incoming());
    document(&query_name(query), query.as_str(), schema)
}

/// The schema of a claim of jobs.
pub fn claim_schema() -> Value {
    document(CLAIM_JOBS, "ClaimJobs", incoming().subschema_for::<ClaimJobs>())
}

/// The schema of changes of a widget over HTTP.
pub fn widget_patch_schema() -> Value {
    document(WIDGET_PATCH, "WidgetPatch", incoming().subschema_for::<WidgetPatch>())
}

/// Every schema with its name.
pub(crate) fn all() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for command in CommandName::ALL.iter().copied() {
        all.push((command_name(command), command_schema(command)));
        all.push((reply_name(command), reply_schema(command)));
    }
    for query in QueryName::ALL.iter().copied() {
        all.push((query_name(query), query_schema(query)));
        all.push((answer_name(query), answer_schema(query)));
    }
    for (event_type, schema) in Event::schemas(&mut incoming()) {
        let name = event_name(event_type);
        all.push((name.clone(), document(&name, event_type, schema)));
    }
    let invitation = schema_of::<JobInvitation>();
    let others = [
        (CLAIM_JOBS, claim_schema()),
        ("claimed-jobs", document("claimed-jobs", "ClaimedJobs", schema_of::<ClaimedJobs>())),
        ("problem", document("problem", "Problem", schema_of::<Problem>())),
        ("receipt", receipt_schema()),
        ("job-invitation", document("job-invitation", "JobInvitation", invitation)),
        ("webhook-request", document("webhook-request", "WebhookRequest", schema_of::<WebhookRequest>())),
        (WIDGET_PATCH, widget_patch_schema()),
        ("webhook-snooze", document("webhook-snooze", "WebhookSnooze", schema_of::<WebhookSnooze>())),
    ];
    all.extend(others.map(|(name, schema)| (name.to_owned(), schema)));
    all
}

fn reply_schema(command: CommandName) -> Value {
    let mut reply = schema_of::<Reply>();
    if let Some(properties) = reply.get_mut("properties") {
        properties["result"] = command.result_schema(&mut outgoing()).to_value();
    }
    document(&reply_name(command), &format!("{}Reply", command.as_str()), reply)
}

fn answer_schema(query: QueryName) -> Value {
    let schema = query.answer_schema(&mut outgoing());
    document(&answer_name(query), &format!("{}Answer", query.as_str()), schema)
}

fn receipt_schema() -> Value {
    let (reply, problem) = (schema_of::<Reply>(), schema_of::<Problem>());
    let description = "The outcome of a command from the intake: its reply, or why it was refused.";
    let outcome = json_schema!({ "description": description, "oneOf": [reply, problem] });
    document("receipt", "Receipt", outcome)
}

fn named(kind: &str, (aggregate, verb): (&str, &str)) -> String {
    format!("{kind}/{aggregate}.{verb}")
}

/// For what Plinth reads. Everything stands where it is used: no schema refers to another.
fn incoming() -> SchemaGenerator {
    SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator()
}

/// For what Plinth writes: what it always writes is required.
fn outgoing() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.with(|settings| settings.inline_subschemas = true).into_generator()
}

fn schema_of<T: JsonSchema>() -> Schema {
    outgoing().subschema_for::<T>()
}

fn document(name: &str, title: &str, mut schema: Schema) -> Value {
    tidy(&mut schema);
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("$id".to_owned(), format!("urn:plinth:schema:{name}").into());
    schema.insert("title".to_owned(), title.into());
    schema.to_value()
}

/// Says the same in words that validators turn into better errors and that mean the same to every reader.
fn tidy(schema: &mut Schema) {
    transform_subschemas(&mut tidy, schema);
    bound_integer(schema);
    list_constants(schema);
    allow_null_by_type(schema);
}

/// `"format": "uint32"` is known to Rust only: says it as a range.
fn bound_integer(schema: &mut Schema) {
    let (least, greatest) = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => (json!(0), json!(u8::MAX)),
        Some("uint16") => (json!(0), json!(u16::MAX)),
        Some("uint32") => (json!(0), json!(u32::MAX)),
        Some("uint64") => (json!(0), json!(u64::MAX)),
        Some("int16") => (json!(i16::MIN), json!(i16::MAX)),
        _ => return,
    };
    schema.remove("format");
    for (bound, value) in [("minimum", least), ("maximum", greatest)] {
        if schema.get(bound).is_none() {
            schema.insert(bound.to_owned(), value);
        }
    }
}

/// `oneOf` of constants becomes one `enum`.
fn list_constants(schema: &mut Schema) {
    let Some(Value::Array(choices)) = schema.get("oneOf") else {
        return;
    };
    let constants: Option<Vec<Value>> = choices.iter().map(|choice| choice.get("const").cloned()).collect();
    if let Some(constants) = constants {
        schema.remove("oneOf");
        schema.insert("type".to_owned(), "string".into());
        schema.insert("enum".to_owned(), constants.into());
    }
}

/// `anyOf` of something and null becomes that thing with null among its types.
fn allow_null_by_type(schema: &mut Schema) {
    let Some(Value::Array(choices)) = schema.get("anyOf") else {
        return;
    };
    let [Value::Object(thing), null] = choices.as_slice() else {
        return;
    };
    let says_no_type = ["anyOf", "oneOf", "$ref"].iter().any(|keyword| thing.contains_key(*keyword));
    if *null != json!({ "type": "null" }) || says_no_type {
        return;
    }
    let mut thing = thing.clone();
    if let Some(kind) = thing.get_mut("type") {
        let mut kinds = kind.as_array().cloned().unwrap_or_else(|| vec![kind.clone()]);
        kinds.push("null".into());
        *kind = kinds.into();
    }
    if let Some(Value::Array(constants)) = thing.get_mut("enum") {
        constants.push(Value::Null);
    }
    schema.remove("anyOf");
    for (keyword, value) in thing {
        if schema.get(&keyword).is_none() {
            schema.insert(keyword, value);
        }
    }
}
