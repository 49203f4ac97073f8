//! What the places of a text stand for.

use serde::Serialize;

use crate::{
    path::FieldPath,
    value::{Value, instant::Instant, zone::Zone},
};

/// What a place stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Bind {
    /// The time of evaluation, a `timestamptz`.
    AsOf,
    /// The name of the evaluation zone, a `text`.
    Zone,
    /// A path or a value of the formula.
    Constant {
        /// Its type in Postgres.
        #[serde(rename = "type")]
        sql_type: &'static str,
        /// It, as Postgres writes it as text.
        text: String,
    },
}

impl Bind {
    /// The type in Postgres. Each place is cast to it in the text, so it may as well be bound as text.
    pub fn sql_type(&self) -> &'static str {
        match self {
            Self::AsOf => "timestamptz",
            Self::Zone => "text",
            Self::Constant { sql_type, .. } => sql_type,
        }
    }

    /// What to bind, as text.
    pub fn text(&self, as_of: Instant, zone: &Zone) -> String {
        match self {
            Self::AsOf => as_of.to_string(),
            Self::Zone => zone.name().to_owned(),
            Self::Constant { text, .. } => text.clone(),
        }
    }

    pub(super) fn path(path: &FieldPath) -> Self {
        let steps: Vec<&str> = path.steps().collect();
        Self::Constant { sql_type: "text[]", text: array(&steps) }
    }

    pub(super) fn value(value: &Value) -> Self {
        Self::Constant { sql_type: sql_type(value), text: text(value) }
    }

    /// Values of one type, none of them a duration or a day, which depend on zone and time.
    pub(super) fn values(values: &[Value]) -> Self {
        let sql_type = match values.first() {
            Some(Value::Boolean(_)) => "boolean[]",
            Some(Value::Decimal(_)) => "numeric[]",
            _ => "text[]",
        };
        let texts: Vec<String> = values.iter().map(text).collect();
        Self::Constant { sql_type, text: array(&texts) }
    }
}

fn sql_type(value: &Value) -> &'static str {
    match value {
        Value::Boolean(_) => "boolean",
        Value::Decimal(_) => "numeric",
        Value::Text(_) => "text",
        Value::Instant(_) => "timestamptz",
        Value::Date(_) => "date",
        Value::Duration(_) => "interval",
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Boolean(value) => value.to_string(),
        Value::Decimal(value) => value.normalize().to_string(),
        Value::Text(value) => value.clone(),
        Value::Instant(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        Value::Duration(value) => value.to_string(),
    }
}

/// An array as Postgres writes it, with every element in quotation marks.
fn array(elements: &[impl AsRef<str>]) -> String {
    let quoted = elements.iter().map(|element| {
        let escaped = element.as_ref().replace('\\', r"\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    });
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}
