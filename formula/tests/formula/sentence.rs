//! What formulas say in plain English.

use std::collections::HashMap;

use crate::support::{formula, measure, predicate, raw, samples};
use plinth_formula::{Catalogue, parse, sentence};
use serde_json::{Value, json};

#[track_caller]
fn assert_says(json: Value, expected: &str) {
    assert_eq!(sentence(&formula(&json)), expected);
}

#[track_caller]
fn assert_test_says(operator: &str, value: Value, expected: &str) {
    assert_says(json!({ "field": "orderTotal", "operator": operator, "value": value }), expected);
}

#[test]
fn an_age_is_told_as_how_long_ago_something_was() {
    let age = |operator: &str, value: Value| json!({ "field": "lastOrderDate", "operator": operator, "value": value });
    assert_says(age(">", json!("30 days")), "last order more than 30 days ago");
    assert_says(age("<=", json!("1 year 2 months")), "last order at most 1 year 2 months ago");
    assert_says(age("=", json!({ "duration": "P1D" })), "last order exactly 1 day ago");
    assert_says(age("between", json!(["1 day", "PT36H"])), "last order between 1 day and 36 hours ago");
    let list = json!([{ "duration": "P1D" }, { "duration": "P2D" }]);
    assert_says(age("not_in", list), "last order is not 1 day or 2 days ago");
    assert_says(json!({ "age": "created_at", "operator": "<", "value": "7d" }), "created less than 7 days ago");
    assert_says(
        json!({ "age": "customer.signUpDate", "operator": ">=", "value": "7d" }),
        "customer.sign up at least 7 days ago",
    );
}

#[test]
fn every_operator_has_its_words() {
    assert_test_says("=", json!(100), "order total is 100");
    assert_test_says("!=", json!(1.50), "order total is not 1.5");
    assert_test_says(">=", json!(100), "order total at least 100");
    assert_test_says("<", json!(100), "order total less than 100");
    assert_test_says(">", json!({ "date": "2026-03-01" }), "order total after 2026-03-01");
    assert_test_says("<=", json!("2026-03-01T00:00:00Z"), "order total on or before 2026-03-01T00:00:00Z");
    assert_test_says(">", json!("b"), "order total sorts after b");
    assert_test_says("in", json!(["a", "New York", "or"]), r#"order total is a, "New York" or "or""#);
    assert_test_says("not_in", json!([1, 2]), "order total is not 1 or 2");
    assert_test_says("between", json!([1, 2]), "order total between 1 and 2");
    assert_test_says("contains", json!("x y"), r#"order total contains "x y""#);
    assert_test_says("starts_with", json!("x"), "order total starts with x");
    assert_test_says("ends_with", json!("x"), "order total ends with x");
    assert_says(json!({ "field": "VATNumber", "operator": "exists" }), "VAT number is known");
    assert_says(json!({ "field": "a", "operator": "not_exists" }), "a is not known");
    assert_says(json!({ "field": "a", "operator": ">", "valueField": "b" }), "a more than b");
    assert_says(
        json!({ "field": "shippedAt", "operator": "<", "valueField": "orderedAt", "type": "instant" }),
        "shipped at before ordered at",
    );
}

#[test]
fn nesting_can_be_read_in_one_way_only() {
    let test = |name: &str| json!({ "field": name, "operator": "=", "value": 1 });
    assert_says(json!({ "all": [test("a"), { "any": [test("b"), test("c")] }] }), "a is 1 and (b is 1 or c is 1)");
    assert_says(json!({ "any": [{ "all": [test("a")] }, test("b")] }), "a is 1 or b is 1");
    assert_says(json!({ "not": { "any": [test("a"), test("b")] } }), "not (a is 1 or b is 1)");
    assert_says(json!({ "not": test("a") }), "a is not 1");
    assert_says(
        json!({ "not": { "field": "lastOrderDate", "operator": ">", "value": "30 days" } }),
        "last order at most 30 days ago",
    );
    assert_says(json!({ "not": { "field": "a", "operator": "contains", "value": "x" } }), "a does not contain x");
}

#[test]
fn aggregates_and_measures_are_told() {
    let paid = json!({ "field": "status", "operator": "=", "value": "paid" });
    assert_says(
        json!({ "over": "orders", "aggregate": "sum", "field": "amount", "where": paid, "operator": ">=", "value": 100 }),
        "total of orders.amount (where status is paid) at least 100",
    );
    assert_says(
        json!({ "over": "orders", "aggregate": "max", "field": "date", "operator": ">", "value": "30 days" }),
        "latest orders.date more than 30 days ago",
    );
    assert_says(
        json!({ "over": "orders", "aggregate": "count", "operator": "=", "value": 0 }),
        "number of orders is 0",
    );
    assert_says(json!({ "aggregate": "count", "where": paid }), "number of records where status is paid");
    assert_says(
        json!({ "ratio": {
            "numerator": { "aggregate": "count", "where": paid }, "denominator": { "aggregate": "count" } } }),
        "(number of records where status is paid) divided by number of records",
    );
    assert_says(json!({ "aggregate": "avg", "field": "order_total" }), "average of order total");
    assert_says(json!({ "language": "sql", "expression": "sum(x)" }), "the sql expression sum(x)");
}

#[test]
fn formulas_that_mean_different_things_have_different_sentences() {
    let mut meanings: HashMap<String, String> = HashMap::new();
    for json in samples(predicate(), 1_500).chain(samples(measure(), 300)) {
        // whether the types of two fields are known does not show
        let Ok(formula) = parse(&raw(&json), &Catalogue::default()) else { continue };
        let canonical = formula.canonical();
        let shown = ["boolean", "decimal", "string", "instant"]
            .iter()
            .fold(canonical, |text, kind| text.replace(&format!(r#","type":"{kind}""#), ""));
        let said = sentence(&formula);
        assert_eq!(meanings.entry(said.clone()).or_insert_with(|| shown.clone()), &shown, "{said}");
    }
    assert!(meanings.len() > 500, "{}", meanings.len());
}
