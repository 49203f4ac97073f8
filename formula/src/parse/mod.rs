//! From JSON to a formula, or to everything that is wrong with it.
//!
//! A walk over the document. Where something is wrong it is noted and the walk goes on with the rest, so one answer has
//! all errors, in the order of the document.

mod agreement;
mod document;
mod json;
mod literal;
mod measure;
mod operator;
mod predicate;
mod suggest;
mod test;
mod types;

use serde_json::{Map, Value};

use self::{
    json::{Json, Node},
    suggest::suggest,
    types::Types,
};
use crate::{
    ast::Formula,
    catalogue::Catalogue,
    error::{ErrorCode, FormulaError},
    limits,
    path::FieldPath,
};

/// Keys that say what an object is.
const KINDS: [&str; 8] = ["field", "all", "any", "not", "over", "aggregate", "ratio", "language"];

/// Reads a formula from its JSON.
///
/// # Errors
/// All that is wrong with it, in the order of the document, at most [`limits::ERRORS_LISTED`].
pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Formula, Vec<FormulaError>> {
    let document = Node::read(text).map_err(|error| vec![malformed(&error)])?;
    let mut parser = Parser { catalogue, errors: Vec::new(), nodes: 0, types: Types::default() };
    parser.check_document(&document);
    let formula = parser.formula(&document);
    parser.finish(formula)
}

fn malformed(error: &serde_json::Error) -> FormulaError {
    let message = format!("the formula is not JSON: {error}");
    FormulaError { pointer: String::new(), code: ErrorCode::Malformed, message, allowed: vec![], suggestion: None }
}

/// The walk so far.
struct Parser<'a> {
    catalogue: &'a Catalogue,
    /// With the place of each, to sort them by.
    errors: Vec<(usize, FormulaError)>,
    /// Predicates and measures that were met.
    nodes: usize,
    types: Types,
}

/// Where the walk is.
#[derive(Clone)]
struct Scope {
    /// The list whose records the paths begin in.
    list: Option<FieldPath>,
    depth: usize,
}

impl Scope {
    fn deeper(&self) -> Self {
        Self { list: self.list.clone(), depth: self.depth + 1 }
    }

    /// A path from the outermost record.
    fn full(&self, path: &FieldPath) -> FieldPath {
        self.list.as_ref().map_or_else(|| path.clone(), |list| list.join(path))
    }
}

impl Parser<'_> {
    fn formula(&mut self, node: &Node) -> Option<Formula> {
        if node.get("language").is_some() {
            return self.opaque(node);
        }
        let scope = Scope { list: None, depth: 1 };
        if node.get("over").is_none() && (node.get("aggregate").is_some() || node.get("ratio").is_some()) {
            return self.measure(node, &scope).map(Formula::Measure);
        }
        self.predicate(node, &scope).map(Formula::Predicate)
    }

    /// An expression of another language: two keys are needed, others may be there.
    fn opaque(&mut self, node: &Node) -> Option<Formula> {
        for key in ["language", "expression"] {
            match node.get(key).map(|value| (value, &value.json)) {
                Some((_, Json::Text(text))) if !text.is_empty() => {}
                Some((value, Json::Text(_))) => {
                    self.report(value, ErrorCode::ValueNotAllowed, format!("{key} must not be empty"));
                }
                Some((value, json)) => {
                    self.report(value, ErrorCode::WrongType, format!("{key} must be a string, not {}", json.name()));
                }
                None => self.report_missing(node, key, &[]),
            }
        }
        Some(Formula::Opaque(node.entries().iter().map(|(key, value)| (key.clone(), plain(value))).collect()))
    }

    fn finish(mut self, mut formula: Option<Formula>) -> Result<Formula, Vec<FormulaError>> {
        self.check_types(formula.as_mut());
        self.errors.sort_by_key(|(place, _)| *place);
        self.errors.truncate(limits::ERRORS_LISTED);
        match formula {
            Some(formula) if self.errors.is_empty() => Ok(formula),
            _ => Err(self.errors.into_iter().map(|(_, error)| error).collect()),
        }
    }

    /// Counts a predicate or a measure (but not a `not`, so that the canonical form never has more). False if it is one
    /// too many or too deep.
    fn enter(&mut self, node: &Node, scope: &Scope) -> bool {
        self.nodes += usize::from(node.get("not").is_none());
        if self.nodes == limits::NODES + 1 && !self.has_reported(ErrorCode::TooManyNodes) {
            let message = format!("a formula has at most {} predicates and measures", limits::NODES);
            self.report(node, ErrorCode::TooManyNodes, message);
        }
        if scope.depth > limits::DEPTH {
            let message = format!("predicates and measures are nested at most {} deep", limits::DEPTH);
            self.report(node, ErrorCode::TooDeep, message);
        }
        self.nodes <= limits::NODES && scope.depth <= limits::DEPTH
    }

    fn has_reported(&self, code: ErrorCode) -> bool {
        self.errors.iter().any(|(_, error)| error.code == code)
    }

    fn report(&mut self, node: &Node, code: ErrorCode, message: impl Into<String>) {
        self.report_with(node, code, message, &[], None);
    }

    fn report_with(
        &mut self,
        node: &Node,
        code: ErrorCode,
        message: impl Into<String>,
        allowed: &[&str],
        suggestion: Option<Value>,
    ) {
        let allowed = allowed.iter().map(|&value| value.to_owned()).collect();
        let error = FormulaError { pointer: node.pointer.clone(), code, message: message.into(), allowed, suggestion };
        self.errors.push((node.place, error));
    }

    fn report_missing(&mut self, node: &Node, key: &str, allowed: &[&str]) {
        self.report_with(node, ErrorCode::Missing, format!("{key} is missing"), allowed, None);
        if let Some((_, error)) = self.errors.last_mut() {
            error.pointer = format!("{}/{key}", node.pointer);
        }
    }

    fn check_keys(&mut self, node: &Node, known: &[&str]) {
        for (key, value) in node.entries() {
            if !known.contains(&key.as_str()) {
                let unused = known.iter().copied().filter(|name| node.get(name).is_none());
                let suggestion = suggest(key, unused).map(Value::from);
                self.report_with(value, ErrorCode::UnknownKey, format!("unknown key {key}"), known, suggestion);
            }
        }
    }

    /// The text of a node, or an error.
    fn text<'n>(&mut self, node: &'n Node, name: &str) -> Option<&'n str> {
        if let Json::Text(text) = &node.json {
            return Some(text);
        }
        self.report(node, ErrorCode::WrongType, format!("{name} must be a string, not {}", node.json.name()));
        None
    }

    /// The elements of a list that is neither empty nor too long, or an error.
    fn list<'n>(&mut self, node: &'n Node, name: &str) -> Option<&'n [Node]> {
        let Json::List(items) = &node.json else {
            self.report(node, ErrorCode::WrongType, format!("{name} must be a list, not {}", node.json.name()));
            return None;
        };
        if items.is_empty() {
            self.report(node, ErrorCode::EmptyList, format!("{name} must not be empty"));
            return None;
        }
        if items.len() > limits::LIST_VALUES {
            let message = format!("{name} has {} elements, at most {} are allowed", items.len(), limits::LIST_VALUES);
            self.report(node, ErrorCode::ListTooLong, message);
            return None;
        }
        Some(items)
    }

    fn path(&mut self, node: &Node, name: &str) -> Option<FieldPath> {
        let text = self.text(node, name)?;
        match text.parse() {
            Ok(path) => Some(path),
            Err(error) => {
                self.report(node, ErrorCode::InvalidPath, format!("{error}"));
                None
            }
        }
    }
}

/// A value as it is kept when nobody looks inside: as `serde_json` reads it.
fn plain(node: &Node) -> Value {
    match &node.json {
        Json::Null | Json::TooDeep => Value::Null,
        Json::Boolean(value) => Value::Bool(*value),
        Json::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
        Json::Text(text) => Value::String(text.clone()),
        Json::List(items) => items.iter().map(plain).collect(),
        Json::Object(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), plain(value))).collect::<Map<_, _>>())
        }
    }
}
