//! JsonLogic (jsonlogic.com): rules as JSON, evaluated by libraries of many languages.
//!
//! A rule is true of exactly those records that the formula is true of, if fields have the types that the formula asks for
//! and points in time are written in UTC like `2026-03-01T00:00:00Z`: JsonLogic compares them as texts. It knows no
//! unknown, so what is unknown is false; for that, `not` stands only before single tests that a null does not pass.

use serde_json::{Value as Json, json};

use super::NotExpressible;
use crate::{
    ast::{Aggregate, Comparison, Formula, Function, Predicate, Test},
    path::FieldPath,
    value::{Value, instant::Instant, zone::Zone},
};

/// The formula as a rule of JsonLogic, at a time of evaluation, which the rule then contains.
///
/// # Errors
/// When JsonLogic cannot say it: measures, most aggregates, numbers that are no doubles.
pub fn json_logic(formula: &Formula, as_of: Instant, zone: &Zone) -> Result<Json, NotExpressible> {
    match formula.normal() {
        Formula::Predicate(predicate) => Rules { as_of, zone }.predicate(&predicate),
        Formula::Measure(_) => Err(cannot("a measure of many records")),
        Formula::Opaque(_) => Err(cannot("an expression of another language")),
    }
}

struct Rules<'a> {
    as_of: Instant,
    zone: &'a Zone,
}

impl Rules<'_> {
    fn predicate(&self, predicate: &Predicate) -> Result<Json, NotExpressible> {
        match predicate {
            Predicate::All(operands) => Ok(json!({ "and": self.predicates(operands)? })),
            Predicate::Any(operands) => Ok(json!({ "or": self.predicates(operands)? })),
            Predicate::Not(operand) => match operand.as_ref() {
                Predicate::Field { field, test } => Ok(known(field, json!({ "!": [self.test(&var(field), test)?] }))),
                _ => Err(cannot("a negated range of an aggregate")),
            },
            Predicate::Fields(fields) => {
                let rule = compared(fields.comparison, &var(&fields.left), var(&fields.right));
                Ok(known(&fields.left, known(&fields.right, rule)))
            }
            Predicate::Field { field, test: Test::Exists } => Ok(json!({ "!=": [var(field), null] })),
            Predicate::Field { field, test: Test::NotExists } => Ok(json!({ "==": [var(field), null] })),
            Predicate::Field { field, test } => Ok(known(field, self.test(&var(field), test)?)),
            Predicate::Over { path, aggregate, test } => {
                Ok(known(path, self.test(&self.aggregate(path, aggregate)?, test)?))
            }
        }
    }

    fn predicates(&self, predicates: &[Predicate]) -> Result<Json, NotExpressible> {
        predicates.iter().map(|predicate| self.predicate(predicate)).collect()
    }

    /// Counts or adds up what passes the filter and has the field.
    fn aggregate(&self, list: &FieldPath, aggregate: &Aggregate) -> Result<Json, NotExpressible> {
        let filter = match &aggregate.filter {
            Some(filter) => self.predicate(filter)?,
            None => Json::Bool(true),
        };
        let filter = aggregate.field.as_ref().map_or(filter.clone(), |field| known(field, filter));
        let term = match (aggregate.function, &aggregate.field) {
            (Function::Count, _) => json!(1),
            (Function::Sum, Some(field)) => json!({ "var": format!("current.{field}") }),
            _ => return Err(cannot("an aggregate other than count and sum")),
        };
        let records = json!({ "filter": [var(list), filter] });
        Ok(json!({ "reduce": [records, { "+": [{ "var": "accumulator" }, term] }, 0] }))
    }

    fn test(&self, subject: &Json, test: &Test) -> Result<Json, NotExpressible> {
        match test {
            Test::Compare(comparison, value) => {
                let comparison = if value.is_age() { comparison.mirrored() } else { *comparison };
                Ok(compared(comparison, subject, self.value(value)?))
            }
            Test::In(values) => Ok(json!({ "in": [subject, self.values(values)?] })),
            Test::NotIn(values) => Ok(json!({ "!": [{ "in": [subject, self.values(values)?] }] })),
            Test::Between(low, high) => {
                let (low, high) = if low.is_age() { (high, low) } else { (low, high) };
                Ok(json!({ "<=": [self.value(low)?, subject, self.value(high)?] }))
            }
            Test::Contains(value) => Ok(json!({ "in": [self.value(value)?, subject] })),
            Test::StartsWith(part) => Ok(json!({ "===": [{ "substr": [subject, 0, units(part)] }, part] })),
            Test::EndsWith(part) if part.is_empty() => Ok(Json::Bool(true)),
            Test::EndsWith(part) => Ok(json!({ "===": [{ "substr": [subject, -units(part)] }, part] })),
            Test::Exists | Test::NotExists => Err(cannot("whether an aggregate exists")),
        }
    }

    fn values(&self, values: &[Value]) -> Result<Json, NotExpressible> {
        values.iter().map(|value| self.value(value)).collect()
    }

    fn value(&self, value: &Value) -> Result<Json, NotExpressible> {
        let range = || cannot("a time before the year 1");
        match value {
            Value::Boolean(value) => Ok(Json::Bool(*value)),
            Value::Text(value) => Ok(Json::String(value.clone())),
            Value::Instant(value) => Ok(Json::String(value.to_string())),
            Value::Date(value) => Ok(Json::String(value.midnight(self.zone).to_string())),
            Value::Duration(age) => {
                age.before(self.as_of, self.zone).map(|then| then.to_string().into()).ok_or_else(range)
            }
            Value::Decimal(value) => {
                let text = value.normalize().to_string();
                let number: Json = serde_json::from_str(&text).unwrap_or_default();
                let kept = crate::value::decimal::parse(&number.to_string()) == Some(*value);
                if kept { Ok(number) } else { Err(cannot("a number of more digits than a double has")) }
            }
        }
    }
}

fn compared(comparison: Comparison, left: &Json, right: Json) -> Json {
    let operator = match comparison {
        Comparison::Equal => "===",
        Comparison::NotEqual => "!==",
        other => other.as_str(),
    };
    json!({ operator: [left, right] })
}

/// A rule that is false where the field is missing or null.
fn known(field: &FieldPath, rule: Json) -> Json {
    json!({ "and": [{ "!=": [var(field), null] }, rule] })
}

fn var(field: &FieldPath) -> Json {
    json!({ "var": field.as_str() })
}

/// The length of a text as JavaScript counts it.
fn units(text: &str) -> i64 {
    i64::try_from(text.encode_utf16().count()).unwrap_or(i64::MAX)
}

fn cannot(what: &'static str) -> NotExpressible {
    NotExpressible { language: "JsonLogic", what }
}
