//! What became of a formula.

use crate::support::{formula, measure, predicate, raw, record, samples};
use plinth_formula::{Catalogue, Class, Evaluator, Formula, Verdict, Zone, compare, parse};
use serde_json::{Value, json};

#[track_caller]
fn assert_class(old: Value, new: Value, expected: Class) {
    let change = compare(&formula(&old), &formula(&new));
    assert_eq!(change.class, expected, "{old} -> {new}: {change:?}");
    let back = match expected {
        Class::Loosened => Class::Tightened,
        Class::Tightened => Class::Loosened,
        same => same,
    };
    assert_eq!(compare(&formula(&new), &formula(&old)).class, back, "{new} -> {old}");
    assert_eq!(change.differences.is_empty(), expected == Class::Equivalent, "{change:?}");
}

#[track_caller]
fn pointers(old: Value, new: Value) -> Vec<String> {
    compare(&formula(&old), &formula(&new)).differences.into_iter().map(|difference| difference.pointer).collect()
}

fn age(value: &str) -> Value {
    json!({ "field": "lastOrderDate", "operator": ">", "value": value })
}

fn test(operator: &str, value: Value) -> Value {
    json!({ "field": "a", "operator": operator, "value": value })
}

#[test]
fn a_longer_age_is_tightened_and_a_shorter_one_loosened() {
    assert_class(age("30 days"), age("P30D"), Class::Equivalent);
    assert_class(age("30 days"), age("45 days"), Class::Tightened);
    assert_class(age("30 days"), age("20 days"), Class::Loosened);
    assert_class(age("30 days"), age("1 month"), Class::Changed);
    assert_class(json!({ "not": age("30 days") }), json!({ "not": age("45 days") }), Class::Loosened);
    assert_eq!(pointers(age("30 days"), age("45 days")), ["/value"]);
    let other = json!({ "field": "lastContactDate", "operator": ">", "value": "30 days" });
    assert_class(age("30 days"), other.clone(), Class::Changed);
    assert_eq!(pointers(age("30 days"), other), ["/age"]);
}

#[test]
fn thresholds_ranges_and_lists_are_compared() {
    assert_class(test(">", json!(5)), test(">=", json!(5)), Class::Loosened);
    assert_class(test("<", json!(5)), test("<", json!(4.5)), Class::Tightened);
    assert_class(test(">=", json!(1)), test("between", json!([1, 5])), Class::Tightened);
    assert_class(test("between", json!([1, 5])), test("between", json!([0, 6])), Class::Loosened);
    assert_class(test("between", json!([1, 5])), test("between", json!([2, 6])), Class::Changed);
    assert_class(test(">", json!(5)), test("<", json!(5)), Class::Changed);
    assert_class(test("in", json!(["a", "b"])), test("in", json!(["b", "a", "c"])), Class::Loosened);
    assert_class(test("=", json!("a")), test("in", json!(["a", "c"])), Class::Loosened);
    assert_class(test("not_in", json!(["a", "b"])), test("!=", json!("a")), Class::Loosened);
    assert_class(test("=", json!("a")), test("=", json!("b")), Class::Changed);
    assert_class(json!({ "field": "a", "operator": "exists" }), test("=", json!(1)), Class::Tightened);
    let over = |value: i32| json!({ "over": "orders", "aggregate": "count", "operator": ">=", "value": value });
    assert_class(over(1), over(2), Class::Tightened);
}

#[test]
fn operands_that_come_and_go_are_compared() {
    let (a, b) = (test("=", json!(1)), age("30 days"));
    let c = json!({ "field": "name", "operator": "contains", "value": "x" });
    assert_class(json!({ "all": [a, b] }), json!({ "all": [b, a] }), Class::Equivalent);
    assert_class(a.clone(), json!({ "all": [a, b] }), Class::Tightened);
    assert_class(json!({ "any": [a, b] }), json!({ "any": [a, b, c] }), Class::Loosened);
    assert_class(json!({ "all": [a, b] }), json!({ "all": [a, c] }), Class::Changed);
    assert_class(json!({ "all": [a, b] }), json!({ "all": [a, age("45 days")] }), Class::Tightened);
    assert_class(json!({ "all": [a, b] }), json!({ "all": [c, age("20 days"), a] }), Class::Changed);
    assert_class(json!({ "all": [a, { "any": [b, c] }] }), json!({ "all": [a, { "any": [b] }] }), Class::Tightened);
    assert_class(json!({ "all": [a, b] }), json!({ "any": [{ "all": [b, a] }, c] }), Class::Loosened);
    assert_eq!(pointers(json!({ "all": [b, c] }), json!({ "all": [b, c, a] })), ["/all/1"]);
}

#[test]
fn measures_and_other_languages_are_compared() {
    let count = |filter: Value| json!({ "aggregate": "count", "where": filter });
    assert_class(count(age("30 days")), count(age("45 days")), Class::Tightened);
    assert_class(json!({ "aggregate": "count" }), count(age("45 days")), Class::Tightened);
    assert_eq!(pointers(count(age("30 days")), count(age("45 days"))), ["/where/value"]);
    assert_class(
        json!({ "aggregate": "sum", "field": "a" }),
        json!({ "aggregate": "avg", "field": "a" }),
        Class::Changed,
    );
    assert_class(json!({ "aggregate": "count" }), age("30 days"), Class::Changed);
    let sql = |text: &str| json!({ "language": "sql", "expression": text });
    assert_class(sql("a"), sql("a"), Class::Equivalent);
    assert_class(sql("a"), sql("b"), Class::Changed);
    assert_eq!(pointers(sql("a"), sql("b")), ["/expression"]);
    let ratio =
        |filter: Value| json!({ "ratio": { "numerator": count(filter), "denominator": { "aggregate": "count" } } });
    assert_class(ratio(age("30 days")), ratio(age("45 days")), Class::Changed);
}

#[test]
fn what_is_tightened_is_true_of_nothing_that_the_old_formula_is_not_true_of() {
    let records: Vec<String> = samples(record(), 60).map(|record| raw(&record)).collect();
    let parsed = |json: &Value| parse(&raw(json), &Catalogue::default()).ok();
    let pairs = samples((predicate(), predicate()), 20);
    let related = |(one, other): (Value, Value)| {
        [one.clone(), json!({ "all": [one, other] }), json!({ "any": [other, one] }), json!({ "not": one })]
    };
    let some: Vec<Formula> = pairs.flat_map(related).filter_map(|json| parsed(&json)).collect();
    let truths = |formula: &Formula| -> Vec<bool> {
        let evaluator = Evaluator::new(formula, "2026-03-31T12:00:00Z".parse().unwrap(), &Zone::utc()).unwrap();
        let mut evaluation = evaluator.start();
        records.iter().map(|record| evaluation.record(record).unwrap() == Some(Verdict::True)).collect()
    };
    let truths: Vec<_> = some.iter().map(truths).collect();
    let mut related = 0;
    for (old, old_truths) in some.iter().zip(&truths) {
        for (new, new_truths) in some.iter().zip(&truths) {
            let implied = |one: &[bool], other: &[bool]| one.iter().zip(other).all(|(one, other)| !one || *other);
            let sound = match compare(old, new).class {
                Class::Equivalent => old_truths == new_truths,
                Class::Tightened => implied(new_truths, old_truths),
                Class::Loosened => implied(old_truths, new_truths),
                Class::Changed => continue,
            };
            related += 1;
            assert!(sound, "{} -> {}", old.canonical(), new.canonical());
        }
    }
    assert!(related > 150, "{related}");
    for measure in samples(measure(), 50).filter_map(|json| parsed(&json)) {
        assert_eq!(compare(&measure, &measure).class, Class::Equivalent);
    }
}
