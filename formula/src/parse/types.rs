//! What a formula needs its fields to be, noted on the walk.

use serde_json::{Number, Value as Json, json};

use super::{
    Parser, Scope,
    json::{Json as Written, Node},
    literal::temporal,
    measure::scalar,
    suggest::suggest,
};
use crate::{
    ast::Test,
    catalogue::{FieldType, Undeclared},
    error::ErrorCode,
    path::FieldPath,
    value::{Kind, decimal},
};

/// What a formula needs a field to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// One value of a kind.
    Scalar(Kind),
    /// A list of such, or of texts also one.
    Search(Kind),
    /// A list of records.
    Records,
}

/// How fields are used, noted on the walk.
#[derive(Debug, Default)]
pub(super) struct Types {
    pub(super) uses: Vec<Use>,
    pub(super) pairs: Vec<Pair>,
}

#[derive(Debug)]
pub(super) struct Use {
    pub(super) path: FieldPath,
    pub(super) need: Need,
    pub(super) pointer: String,
    pub(super) place: usize,
    /// What the value would be with a tag, if it is a text that reads as something else.
    pub(super) otherwise: Option<Json>,
}

/// Two fields that are compared with each other.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) left: FieldPath,
    pub(super) right: FieldPath,
    pub(super) kind: Option<Kind>,
    pub(super) pointer: String,
    pub(super) place: usize,
}

impl Need {
    /// What a test needs. None where anything will do.
    pub(super) fn of_test(test: &Test) -> Option<Self> {
        match test {
            Test::Contains(value) => Some(Self::Search(value.kind())),
            Test::StartsWith(_) | Test::EndsWith(_) => Some(Self::Scalar(Kind::Text)),
            Test::Exists | Test::NotExists => None,
            Test::Compare(..) | Test::In(_) | Test::NotIn(_) | Test::Between(..) => {
                test.values().first().map(|value| Self::Scalar(value.kind()))
            }
        }
    }

    /// The kind of the one value that the field has; none for a list.
    pub(super) fn one(self) -> Option<Kind> {
        match self {
            Self::Scalar(kind) | Self::Search(kind @ Kind::Text) => Some(kind),
            Self::Search(_) | Self::Records => None,
        }
    }

    /// Whether one field can be both.
    pub(super) fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::Scalar(Kind::Text), Self::Search(Kind::Text)) => true,
            (Self::Search(Kind::Text), Self::Scalar(Kind::Text)) => true,
            _ => self == other,
        }
    }

    pub(super) fn is_met_by(self, declared: FieldType) -> bool {
        match self {
            Self::Scalar(kind) => scalar(declared) == Some(kind),
            Self::Search(Kind::Text) => matches!(declared, FieldType::String | FieldType::Strings),
            Self::Search(Kind::Decimal) => declared == FieldType::Decimals,
            Self::Search(Kind::Boolean) => declared == FieldType::Booleans,
            Self::Search(Kind::Temporal) => false,
            Self::Records => declared == FieldType::Records,
        }
    }

    pub(super) fn name(self) -> String {
        match self {
            Self::Scalar(kind) => kind.as_str().to_owned(),
            Self::Search(Kind::Text) => "string or string[]".to_owned(),
            Self::Search(kind) => format!("{}[]", kind.as_str()),
            Self::Records => "record[]".to_owned(),
        }
    }
}

impl Types {
    /// A field is used as something; `node` is what says so.
    pub(super) fn uses(&mut self, path: FieldPath, need: Need, node: &Node) {
        let otherwise = otherwise(node);
        self.uses.push(Use { path, need, pointer: node.pointer.clone(), place: node.place, otherwise });
    }

    /// Two fields are compared.
    pub(super) fn pair(&mut self, left: FieldPath, right: FieldPath, kind: Option<Kind>, node: &Node) {
        self.pairs.push(Pair { left, right, kind, pointer: node.pointer.clone(), place: node.place });
    }
}

/// What a text would be with the tag of what it reads as.
fn otherwise(node: &Node) -> Option<Json> {
    let Written::Text(text) = &node.json else { return None };
    if let Ok(value) = temporal(text) {
        return Some(match value {
            crate::value::Value::Duration(_) => json!({ "duration": text }),
            crate::value::Value::Date(_) => json!({ "date": text }),
            _ => json!({ "instant": text }),
        });
    }
    decimal::parse(text).and_then(|_| serde_json::from_str::<Number>(text).ok()).map(Json::Number)
}

impl Parser<'_> {
    /// The type that a field was declared as.
    pub(super) fn declared(&mut self, node: &Node, scope: &Scope, path: &FieldPath) -> Option<FieldType> {
        let full = scope.full(path);
        let declared = self.catalogue.fields.get(&full).copied();
        if declared.is_none() && self.catalogue.undeclared == Undeclared::Refused {
            let known: Vec<&str> = self.catalogue.fields.keys().map(FieldPath::as_str).collect();
            let meant = suggest(full.as_str(), known.iter().copied());
            let meant = meant.map(|meant| meant.strip_prefix(&format!("{}.", prefix(scope))).unwrap_or(meant).into());
            let message = format!("the field {full} was not declared");
            self.report_with(node, ErrorCode::UnknownField, message, &known, meant);
        }
        declared
    }
}

fn prefix(scope: &Scope) -> &str {
    scope.list.as_ref().map_or("", FieldPath::as_str)
}
