//! The canonical form: the same for what means the same, and a formula itself.

use crate::support::{formula, measure, predicate, raw, samples};
use plinth_formula::{Catalogue, Formula, parse};
use serde_json::{Value, json};

fn canonical(json: &Value) -> String {
    formula(json).canonical()
}

#[track_caller]
fn assert_same(one: Value, other: Value) {
    assert_eq!(canonical(&one), canonical(&other));
}

fn a() -> Value {
    json!({ "field": "a", "operator": "=", "value": 1 })
}

fn b() -> Value {
    json!({ "field": "b", "operator": "contains", "value": "x" })
}

#[test]
fn what_means_the_same_is_written_the_same() {
    assert_same(json!({ "all": [a(), b()] }), json!({ "all": [b(), a(), b()] }));
    assert_same(json!({ "all": [a()] }), a());
    assert_same(json!({ "any": [a(), { "any": [b(), a()] }] }), json!({ "any": [a(), b()] }));
    assert_same(json!({ "not": { "not": a() } }), a());
    assert_same(json!({ "not": { "all": [a(), b()] } }), json!({ "any": [{ "not": a() }, { "not": b() }] }));
    assert_same(json!({ "not": a() }), json!({ "field": "a", "operator": "!=", "value": 1.0 }));
    assert_same(
        json!({ "not": { "field": "a", "operator": ">", "value": "30 days" } }),
        json!({ "field": "a", "operator": "lte", "value": { "duration": "P30D" } }),
    );
    assert_same(
        json!({ "field": "a", "operator": "in", "value": ["x", "y", "x"] }),
        json!({ "operator": "in", "value": ["y", "x"], "field": "a" }),
    );
    assert_same(json!({ "field": "a", "operator": "in", "value": [1] }), a());
    assert_same(
        json!({ "field": "b", "operator": "<", "valueField": "a" }),
        json!({ "field": "a", "operator": ">", "valueField": "b" }),
    );
}

#[test]
fn what_does_not_mean_the_same_is_written_otherwise() {
    let age = |value: &str| canonical(&json!({ "field": "a", "operator": ">", "value": value }));
    assert_ne!(age("1 month"), age("30 days"));
    assert_ne!(age("1 day"), age("24 hours"));
    assert_eq!(age("1 year"), age("12 months"));
    assert_ne!(canonical(&json!({ "all": [a(), b()] })), canonical(&json!({ "any": [a(), b()] })));
}

#[test]
fn the_canonical_form_is_canonical_json() {
    let formula = json!({ "value": "30 days", "operator": "gt", "field": "lastOrderDate" });
    assert_eq!(canonical(&formula), r#"{"age":"lastOrderDate","operator":">","value":{"duration":"P30D"}}"#);
}

#[test]
fn the_canonical_form_parses_to_the_same_formula() {
    let random = samples(predicate(), 600).chain(samples(measure(), 300));
    let parsed: Vec<Formula> = random.filter_map(|json| parse(&raw(&json), &Catalogue::default()).ok()).collect();
    assert!(parsed.len() > 500, "{}", parsed.len());
    for formula in parsed {
        let canonical = formula.canonical();
        let again = parse(&canonical, &Catalogue::default()).unwrap_or_else(|errors| panic!("{canonical}: {errors:?}"));
        assert_eq!(again.canonical(), canonical);
        let spelled_out = formula.to_json().to_string();
        assert_eq!(parse(&spelled_out, &Catalogue::default()).unwrap(), formula, "{spelled_out}");
    }
}
