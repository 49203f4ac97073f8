//! A formula as JSON that says everything: types as tags, ages as `age`.

use serde_json::{Map, Value as Json, json};

use crate::{
    ast::{Aggregate, FieldComparison, Measure, Predicate, Test},
    value::{Kind, Value},
};

impl Predicate {
    /// The predicate as JSON.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::All(operands) => json!({ "all": operands.iter().map(Self::to_json).collect::<Json>() }),
            Self::Any(operands) => json!({ "any": operands.iter().map(Self::to_json).collect::<Json>() }),
            Self::Not(operand) => json!({ "not": operand.to_json() }),
            Self::Fields(fields) => fields.to_json(),
            Self::Field { field, test } => {
                let key = if test.is_of_age() { "age" } else { "field" };
                let mut entries = Map::new();
                entries.insert(key.to_owned(), field.as_str().into());
                write_test(test, &mut entries);
                Json::Object(entries)
            }
            Self::Over { path, aggregate, test } => {
                let mut entries = Map::new();
                entries.insert("over".to_owned(), path.as_str().into());
                write_aggregate(aggregate, &mut entries);
                write_test(test, &mut entries);
                Json::Object(entries)
            }
        }
    }
}

impl FieldComparison {
    fn to_json(&self) -> Json {
        let (left, operator, right) = (self.left.as_str(), self.comparison.as_str(), self.right.as_str());
        match self.kind {
            Some(kind) => json!({ "field": left, "operator": operator, "valueField": right, "type": kind.as_str() }),
            None => json!({ "field": left, "operator": operator, "valueField": right }),
        }
    }
}

impl Measure {
    /// The measure as JSON.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Aggregate(aggregate) => {
                let mut entries = Map::new();
                write_aggregate(aggregate, &mut entries);
                if aggregate.function.keeps_kind() && aggregate.kind != Kind::Decimal {
                    entries.insert("type".to_owned(), aggregate.kind.as_str().into());
                }
                Json::Object(entries)
            }
            Self::Ratio(numerator, denominator) => {
                json!({ "ratio": { "numerator": numerator.to_json(), "denominator": denominator.to_json() } })
            }
        }
    }
}

impl Value {
    /// The value as JSON, tagged with its type (booleans need no tag). Numbers are texts: as JSON numbers they would
    /// be floats to RFC 8785.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Boolean(value) => Json::Bool(*value),
            Self::Decimal(value) => json!({ "decimal": value.normalize().to_string() }),
            Self::Text(value) => json!({ "string": value }),
            Self::Instant(value) => json!({ "instant": value.to_string() }),
            Self::Date(value) => json!({ "date": value.to_string() }),
            Self::Duration(value) => json!({ "duration": value.to_string() }),
        }
    }
}

fn write_aggregate(aggregate: &Aggregate, entries: &mut Map<String, Json>) {
    entries.insert("aggregate".to_owned(), aggregate.function.as_str().into());
    if let Some(field) = &aggregate.field {
        entries.insert("field".to_owned(), field.as_str().into());
    }
    if let Some(filter) = &aggregate.filter {
        entries.insert("where".to_owned(), filter.to_json());
    }
}

fn write_test(test: &Test, entries: &mut Map<String, Json>) {
    let list = |values: &[Value]| values.iter().map(Value::to_json).collect::<Json>();
    let (operator, value) = match test {
        Test::Compare(comparison, value) => (comparison.as_str(), Some(value.to_json())),
        Test::In(values) => ("in", Some(list(values))),
        Test::NotIn(values) => ("not_in", Some(list(values))),
        Test::Between(low, high) => ("between", Some(json!([low.to_json(), high.to_json()]))),
        Test::Contains(value) => ("contains", Some(value.to_json())),
        Test::StartsWith(part) => ("starts_with", Some(json!({ "string": part }))),
        Test::EndsWith(part) => ("ends_with", Some(json!({ "string": part }))),
        Test::Exists => ("exists", None),
        Test::NotExists => ("not_exists", None),
    };
    entries.insert("operator".to_owned(), operator.into());
    if let Some(value) = value {
        entries.insert("value".to_owned(), value);
    }
}
