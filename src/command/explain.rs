//! What is wrong with a body: all errors at once, by the JSON Schema of the contract.
//!
//! The slow path. A body gets here only after it failed to parse into its type.

use std::{collections::HashMap, sync::LazyLock};

use jsonschema::Validator;
use plinth_events::{
    CommandName, FieldError, Refusal, RefusalCode,
    claim::ClaimJobs,
    json::Formula,
    limits,
    query::QueryName,
    scan::escape,
    schema::{claim_schema, command_schema, query_schema, widget_patch_schema},
    widget_patch::WidgetPatch,
};
use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::{Deserializer, Path, Segment, Track};

use crate::{formulas::errors_in_any_case, schema_errors::field_errors};

type Validators<K> = LazyLock<HashMap<K, Option<Validator>>>;

static COMMANDS: Validators<CommandName> =
    LazyLock::new(|| CommandName::ALL.iter().map(|name| (*name, validator(&command_schema(*name)))).collect());
static QUERIES: Validators<QueryName> =
    LazyLock::new(|| QueryName::ALL.iter().map(|name| (*name, validator(&query_schema(*name)))).collect());
static CLAIM: LazyLock<Option<Validator>> = LazyLock::new(|| validator(&claim_schema()));
static WIDGET_PATCH: LazyLock<Option<Validator>> = LazyLock::new(|| validator(&widget_patch_schema()));

/// Why the body of a command is refused.
pub fn command(name: CommandName, body: &[u8]) -> Refusal {
    let mut track = Track::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let error = name.parse(Deserializer::new(&mut json, &mut track)).err();
    let mut refusal = refusal(COMMANDS.get(&name), body, error, &track.path());
    if name == CommandName::DefineMetric {
        refusal.errors.extend(formula_errors(body));
        refusal.errors.truncate(limits::ERRORS_LISTED);
    }
    refusal
}

/// What is wrong with the formula in a definition, beside what is wrong with the definition: the schema takes any object.
fn formula_errors(body: &[u8]) -> Vec<FieldError> {
    #[derive(Deserialize)]
    struct Definition {
        formula: Option<Formula>,
    }
    let formula = serde_json::from_slice(body).ok().and_then(|definition: Definition| definition.formula);
    formula.map(|formula| errors_in_any_case(formula.as_str())).unwrap_or_default()
}

/// Why the body of a query is refused.
pub fn query(name: QueryName, body: &[u8]) -> Refusal {
    let mut track = Track::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let error = name.parse(Deserializer::new(&mut json, &mut track)).err();
    refusal(QUERIES.get(&name), body, error, &track.path())
}

/// Why the body of a claim of jobs is refused.
pub fn claim(body: &[u8]) -> Refusal {
    let mut track = Track::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let error = ClaimJobs::parse(Deserializer::new(&mut json, &mut track)).err();
    refusal(Some(&*CLAIM), body, error, &track.path())
}

/// Why the body of a change of a widget is refused.
pub fn widget_patch(body: &[u8]) -> Refusal {
    let mut track = Track::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let error = WidgetPatch::parse(Deserializer::new(&mut json, &mut track)).err();
    refusal(Some(&*WIDGET_PATCH), body, error, &track.path())
}

fn validator(schema: &Value) -> Option<Validator> {
    jsonschema::options().should_validate_formats(true).build(schema).ok()
}

/// By the schema, and where that finds nothing (sizes in bytes are not in it) by the parser's own error.
fn refusal(
    validator: Option<&Option<Validator>>,
    body: &[u8],
    error: Option<serde_json::Error>,
    path: &Path,
) -> Refusal {
    let instance: Value = match serde_json::from_slice(body) {
        Ok(instance) => instance,
        Err(error) => return Refusal::new(RefusalCode::Malformed, format!("the body is not JSON: {error}")),
    };
    let mut errors = validator.and_then(Option::as_ref).map(|it| field_errors(it, &instance)).unwrap_or_default();
    if let (true, Some(error)) = (errors.is_empty(), error) {
        errors.push(parser_error(&error, path));
    }
    errors.truncate(limits::ERRORS_LISTED);
    let code = errors.iter().map(|error| worst(&error.code)).min_by_key(|code| code.status());
    let detail = errors.first().map_or_else(
        || "the body is not what its schema says".to_owned(),
        |error| {
            format!("{}{} {}", error.pointer, if error.pointer.is_empty() { "the body" } else { "" }, error.message)
        },
    );
    let mut refusal = Refusal::new(code.unwrap_or(RefusalCode::Malformed), detail);
    refusal.errors = errors;
    refusal
}

/// The refusal that an error makes of the whole; of several the lowest status stands.
fn worst(code: &str) -> RefusalCode {
    match code {
        "missing" | "unknown_key" | "wrong_type" => RefusalCode::Malformed,
        "too_large" => RefusalCode::TooLarge,
        _ => RefusalCode::InvalidValue,
    }
}

fn parser_error(error: &serde_json::Error, path: &Path) -> FieldError {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
    let too_large = message.starts_with("must have at most") && message.contains("bytes");
    FieldError::new(pointer(path), if too_large { "too_large" } else { "invalid_value" }, message)
}

fn pointer(path: &Path) -> String {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}
