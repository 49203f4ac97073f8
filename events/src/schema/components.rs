//! The types of the contract as components of one document: each stands there once and is referred to by its name.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, transform::transform_subschemas};
use serde_json::Value;

use super::tidy;
use crate::{
    claim::{ClaimJobs, ClaimedJobs},
    command::CommandName,
    query::QueryName,
    refusal::Problem,
    reply::Reply,
    widget_patch::WidgetPatch,
};

/// What a reference to a component begins with.
pub const PLACE: &str = "#/components/schemas/";

/// Commands and the replies to them, queries and their answers, the problem, and what they are made of, by name.
pub fn components() -> BTreeMap<String, Value> {
    let Forms { replies, read, written } = forms();
    replies.into_iter().chain(written).chain(read).collect()
}

/// The types in the form in which Plinth reads or writes them, as in [`super`], but with references.
struct Forms {
    replies: BTreeMap<String, Value>,
    read: BTreeMap<String, Value>,
    written: BTreeMap<String, Value>,
}

fn forms() -> Forms {
    let place = format!("/{}", PLACE.trim_matches(['#', '/']));
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = place.into());
    let (mut reading, mut writing) = (settings.clone().into_generator(), settings.for_serialize().into_generator());
    let mut replies = BTreeMap::new();
    for command in CommandName::ALL.iter().copied() {
        command.body_schema(&mut reading);
        replies.insert(format!("{}Reply", command.as_str()), reply(command, &mut writing));
    }
    for query in QueryName::ALL.iter().copied() {
        query.body_schema(&mut reading);
        query.answer_schema(&mut writing);
    }
    reading.subschema_for::<ClaimJobs>();
    reading.subschema_for::<WidgetPatch>();
    writing.subschema_for::<ClaimedJobs>();
    writing.subschema_for::<Problem>();
    Forms { replies, read: definitions(reading), written: definitions(writing) }
}

fn reply(command: CommandName, writing: &mut SchemaGenerator) -> Value {
    let mut reply = Reply::json_schema(writing);
    if let Some(properties) = reply.get_mut("properties") {
        properties["result"] = command.result_schema(writing).to_value();
    }
    tidied(reply)
}

fn definitions(mut generator: SchemaGenerator) -> BTreeMap<String, Value> {
    let schema = |schema| Schema::try_from(schema).map_or(Value::Bool(true), tidied);
    generator.take_definitions(true).into_iter().map(|(name, found)| (name, schema(found))).collect()
}

fn tidied(mut schema: Schema) -> Value {
    tidy(&mut schema);
    allow_members(&mut schema);
    schema.to_value()
}

/// Says of objects with any members that they have: generators of clients take those of which nothing is said for empty.
fn allow_members(schema: &mut Schema) {
    transform_subschemas(&mut allow_members, schema);
    let is_object = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.contains(&"object".into()),
        kind => kind.is_some_and(|kind| kind == "object"),
    };
    let says_members = ["properties", "additionalProperties", "oneOf", "anyOf", "allOf"];
    if is_object && !says_members.iter().any(|keyword| schema.get(*keyword).is_some()) {
        schema.insert("additionalProperties".to_owned(), true.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_is_read_and_written_has_one_form() {
        let Forms { read, written, .. } = forms();
        for (name, read) in read {
            assert!(written.get(&name).is_none_or(|written| *written == read), "{name}");
        }
    }

    #[test]
    fn an_object_with_any_members_says_so() {
        let components = components();
        assert_eq!(components["DefineMetric"]["properties"]["formula"]["additionalProperties"], true);
        assert_eq!(components["DefineMetric"]["additionalProperties"], false);
    }

    #[test]
    fn components_refer_to_components_only() {
        let components = components();
        let text = Value::from_iter(components.clone()).to_string();
        for reference in text.split("\"$ref\":\"").skip(1) {
            let name = reference.split('"').next().and_then(|reference| reference.strip_prefix(PLACE));
            assert!(name.is_some_and(|name| components.contains_key(name)), "{name:?}");
        }
    }
}
