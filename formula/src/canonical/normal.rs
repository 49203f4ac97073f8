//! From a formula to its canonical form. What is said here holds in three-valued logic: unknown stays unknown.

use super::canonical_text;
use crate::{
    ast::{Aggregate, Comparison, FieldComparison, Measure, Predicate, Test},
    value::Value,
};

pub(super) fn normal_predicate(predicate: &Predicate) -> Predicate {
    normal(predicate, false)
}

pub(super) fn normal_measure(measure: &Measure) -> Measure {
    match measure {
        Measure::Aggregate(aggregate) => Measure::Aggregate(normal_aggregate(aggregate)),
        Measure::Ratio(numerator, denominator) => {
            Measure::Ratio(Box::new(normal_measure(numerator)), Box::new(normal_measure(denominator)))
        }
    }
}

fn normal(predicate: &Predicate, negated: bool) -> Predicate {
    match predicate {
        Predicate::Not(operand) => normal(operand, !negated),
        Predicate::All(operands) => combined(operands, negated, !negated),
        Predicate::Any(operands) => combined(operands, negated, negated),
        Predicate::Fields(fields) => Predicate::Fields(normal_fields(fields, negated)),
        Predicate::Field { field, test } => {
            tested(normal_test(test), negated, |test| Predicate::Field { field: field.clone(), test })
        }
        Predicate::Over { path, aggregate, test } => tested(normal_test(test), negated, |test| {
            let aggregate = normal_aggregate(aggregate);
            Predicate::Over { path: path.clone(), aggregate, test }
        }),
    }
}

/// All or any of operands (De Morgan: a negated `all` is the `any` of what is negated, and the other way round).
fn combined(operands: &[Predicate], negated: bool, is_all: bool) -> Predicate {
    let mut flat = Vec::new();
    for operand in operands {
        match (normal(operand, negated), is_all) {
            (Predicate::All(inner), true) | (Predicate::Any(inner), false) => flat.extend(inner),
            (operand, _) => flat.push(operand),
        }
    }
    flat.sort_by_cached_key(|operand| canonical_text(&operand.to_json()));
    flat.dedup();
    match flat.pop() {
        Some(only) if flat.is_empty() => only,
        last => {
            flat.extend(last);
            if is_all { Predicate::All(flat) } else { Predicate::Any(flat) }
        }
    }
}

/// A test, or the one that is true where it is false; where there is none, with `not`.
fn tested(test: Test, negated: bool, predicate: impl Fn(Test) -> Predicate) -> Predicate {
    if !negated {
        return predicate(test);
    }
    match complement(&test) {
        Some(complement) => predicate(complement),
        None => Predicate::Not(Box::new(predicate(test))),
    }
}

/// The test that is true where another one is false.
pub(crate) fn complement(test: &Test) -> Option<Test> {
    match test {
        Test::Compare(comparison, value) => Some(Test::Compare(comparison.complement(), value.clone())),
        Test::In(values) => Some(Test::NotIn(values.clone())),
        Test::NotIn(values) => Some(Test::In(values.clone())),
        Test::Exists => Some(Test::NotExists),
        Test::NotExists => Some(Test::Exists),
        Test::Between(..) | Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => None,
    }
}

fn normal_test(test: &Test) -> Test {
    match test {
        Test::In(values) => match sorted(values) {
            Ok(only) => Test::Compare(Comparison::Equal, only),
            Err(values) => Test::In(values),
        },
        Test::NotIn(values) => match sorted(values) {
            Ok(only) => Test::Compare(Comparison::NotEqual, only),
            Err(values) => Test::NotIn(values),
        },
        Test::Between(low, high) if low == high => Test::Compare(Comparison::Equal, low.clone()),
        other => other.clone(),
    }
}

/// The only value, or all of them in order.
fn sorted(values: &[Value]) -> Result<Value, Vec<Value>> {
    let mut values = values.to_vec();
    values.sort_by_cached_key(|value| canonical_text(&value.to_json()));
    values.dedup();
    match <[Value; 1]>::try_from(values) {
        Ok([only]) => Ok(only),
        Err(values) => Err(values),
    }
}

fn normal_fields(fields: &FieldComparison, negated: bool) -> FieldComparison {
    let comparison = if negated { fields.comparison.complement() } else { fields.comparison };
    let (left, right) = (fields.left.clone(), fields.right.clone());
    if left <= right {
        return FieldComparison { left, comparison, right, kind: fields.kind };
    }
    FieldComparison { left: right, comparison: comparison.mirrored(), right: left, kind: fields.kind }
}

fn normal_aggregate(aggregate: &Aggregate) -> Aggregate {
    let filter = aggregate.filter.as_ref().map(|filter| Box::new(normal_predicate(filter)));
    Aggregate { filter, ..aggregate.clone() }
}
