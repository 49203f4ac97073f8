//! What parses, and everything that is said about what does not.

use plinth_formula::{Catalogue, ErrorCode, Formula, FormulaError, parse};
use serde_json::{Value, json};

use crate::types;

#[track_caller]
pub(crate) fn parsed(formula: Value) -> Formula {
    parse(&formula.to_string(), &Catalogue::default()).unwrap_or_else(|errors| panic!("{formula}: {errors:?}"))
}

#[track_caller]
pub(crate) fn canonical(formula: Value) -> Value {
    serde_json::from_str(&parsed(formula).canonical()).unwrap()
}

#[track_caller]
pub(crate) fn errors_in(formula: &str, catalogue: &Catalogue) -> Vec<FormulaError> {
    parse(formula, catalogue).expect_err(formula)
}

/// Pointers and codes of the errors.
#[track_caller]
pub(crate) fn errors(formula: Value) -> Vec<String> {
    let errors = errors_in(&formula.to_string(), &Catalogue::default());
    errors.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect()
}

#[test]
fn a_duration_beside_a_field_is_an_age() {
    let expected = json!({ "age": "lastOrderDate", "operator": ">", "value": { "duration": "P30D" } });
    for value in [json!("30 days"), json!("30d"), json!("P30D"), json!({ "duration": "30 days" })] {
        let formula = json!({ "field": "lastOrderDate", "operator": ">", "value": value });
        assert_eq!(canonical(formula), expected);
    }
    assert_eq!(canonical(json!({ "age": "lastOrderDate", "operator": "gt", "value": "30 days" })), expected);
}

#[test]
fn an_untagged_text_is_temporal_only_where_it_is_compared_by_order_or_declared_so() {
    let value = |operator: &str, value: Value| {
        canonical(json!({ "field": "a", "operator": operator, "value": value }))["value"].clone()
    };
    assert_eq!(value("=", json!("30 days")), json!({ "string": "30 days" }));
    assert_eq!(value(">", json!("thirty days")), json!({ "string": "thirty days" }));
    assert_eq!(value(">", json!({ "string": "30 days" })), json!({ "string": "30 days" }));
    assert_eq!(value(">=", json!("2026-03-01")), json!({ "date": "2026-03-01" }));
    assert_eq!(value("<", json!("2026-03-01T01:00:00+01:00")), json!({ "instant": "2026-03-01T00:00:00Z" }));
    assert_eq!(value("between", json!(["1 day", "1 week"])), json!([{ "duration": "P1D" }, { "duration": "P7D" }]));
    let formula = json!({ "field": "lastOrderDate", "operator": "=", "value": "30 days" }).to_string();
    let declared = parse(&formula, &types::catalogue()).unwrap().canonical();
    assert_eq!(declared, r#"{"age":"lastOrderDate","operator":"=","value":{"duration":"P30D"}}"#);
    let formula = json!({ "field": "name", "operator": ">", "value": "30 days" }).to_string();
    let declared = parse(&formula, &types::catalogue()).unwrap().canonical();
    assert_eq!(declared, r#"{"field":"name","operator":">","value":{"string":"30 days"}}"#);
}

#[test]
fn operators_have_many_names() {
    let operator = |name: &str| canonical(json!({ "field": "a", "operator": name, "value": 1 }))["operator"].clone();
    for (names, expected) in [
        (&["=", "==", "eq", "EQ"][..], "="),
        (&["!=", "<>", "ne", "neq"], "!="),
        (&[">", "gt"], ">"),
        (&[">=", "gte", "ge"], ">="),
        (&["<", "lt"], "<"),
        (&["<=", "lte", "le"], "<="),
    ] {
        names.iter().for_each(|name| assert_eq!(operator(name), expected, "{name}"));
    }
    for (name, expected) in [("notIn", "not_in"), ("NOT_IN", "not_in"), ("nin", "not_in"), ("in", "in")] {
        let formula = json!({ "field": "a", "operator": name, "value": ["x", "y"] });
        assert_eq!(canonical(formula)["operator"], expected, "{name}");
    }
    for (name, expected) in [("startsWith", "starts_with"), ("ends_with", "ends_with"), ("contains", "contains")] {
        assert_eq!(canonical(json!({ "field": "a", "operator": name, "value": "x" }))["operator"], expected);
    }
}

#[test]
fn numbers_keep_all_their_digits() {
    let formula = r#"{"field":"a","operator":"=","value":1234567890.123456789012345678}"#;
    let canonical = parse(formula, &Catalogue::default()).unwrap().canonical();
    assert_eq!(canonical, r#"{"field":"a","operator":"=","value":{"decimal":"1234567890.123456789012345678"}}"#);
    assert_eq!(
        errors(json!({ "field": "a", "operator": "=", "value": { "decimal": "12345678901234567890123456789" } })),
        ["/value/decimal invalid_decimal"]
    );
}

#[test]
fn measures_and_ratios_parse() {
    for formula in [
        json!({ "aggregate": "count" }),
        json!({ "aggregate": "count_distinct", "field": "customer.id" }),
        json!({ "aggregate": "average", "field": "amount", "where": { "field": "paid", "operator": "=", "value": true } }),
        json!({ "aggregate": "max", "field": "lastOrderDate", "type": "instant" }),
        json!({ "ratio": { "numerator": { "aggregate": "sum", "field": "amount" }, "denominator": { "aggregate": "count" } } }),
    ] {
        assert!(matches!(parsed(formula), Formula::Measure(_)));
    }
}

#[test]
fn an_expression_of_another_language_is_kept_as_it_is() {
    let formula =
        json!({ "language": "sql", "expression": "sum(x)", "dataSource": "orders", "more": [1, { "a": null }] });
    assert_eq!(canonical(formula.clone()), formula);
    assert!(matches!(parsed(formula), Formula::Opaque(_)));
    assert_eq!(errors(json!({ "language": 1 })), ["/expression missing", "/language wrong_type"]);
}

#[test]
fn all_errors_are_found_in_the_order_of_the_document() {
    let formula = r#"{"any":[
        {"field":"a b","operator":"~","value":null},
        {"operator":"greater","feild":"a","value":1},
        {"not":{"field":"a","operator":"in","value":[]},"extra":1},
        {"all":[{"field":"a","operator":">","value":"-30 days"},{"over":"orders","aggregate":"summ","operator":">"}]},
        7
    ]}"#;
    let found = errors_in(formula, &Catalogue::default());
    let found: Vec<_> = found.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect();
    assert_eq!(
        found,
        [
            "/any/0/field invalid_path",
            "/any/0/operator unknown_operator",
            "/any/1 unknown_formula",
            "/any/2/not/value empty_list",
            "/any/2/extra unknown_key",
            "/any/3/all/0/value invalid_duration",
            "/any/3/all/1/value missing",
            "/any/3/all/1/aggregate unknown_aggregate",
            "/any/4 wrong_type",
        ]
    );
}

#[test]
fn errors_say_what_is_allowed_and_what_was_probably_meant() {
    let error = |formula: Value| errors_in(&formula.to_string(), &Catalogue::default()).remove(0);
    let unknown = error(json!({ "field": "a", "operator": "=>>", "value": 1 }));
    assert_eq!((unknown.code, unknown.allowed.len()), (ErrorCode::UnknownOperator, 14));
    let meant = |operator: &str| error(json!({ "field": "a", "operator": operator, "value": "x" })).suggestion;
    assert_eq!(meant("contain"), Some(json!("contains")));
    assert_eq!(meant("is >="), Some(json!(">=")));
    assert_eq!(meant("~"), None);
}

#[test]
fn unknown_keys_are_errors_with_a_suggestion() {
    let formula = json!({ "aggregate": "sum", "feild": "amount" }).to_string();
    let found = errors_in(&formula, &Catalogue::default());
    let unknown = found.iter().find(|error| error.code == ErrorCode::UnknownKey).unwrap();
    assert_eq!((unknown.pointer.as_str(), unknown.suggestion.clone()), ("/feild", Some(json!("field"))));
    assert_eq!(errors(json!({ "all": [{ "field": "a", "operator": "exists" }], "any": [] })), ["/any unknown_key"]);
    let odd = r#"{"field":"a","operator":"exists","a/b~c":1}"#;
    assert_eq!(errors_in(odd, &Catalogue::default())[0].pointer, "/a~1b~0c");
}

#[test]
fn a_key_that_occurs_twice_is_an_error() {
    let formula = r#"{"field":"a","field":"b","operator":"exists"}"#;
    let found = errors_in(formula, &Catalogue::default());
    assert_eq!((found[0].pointer.as_str(), found[0].code), ("/field", ErrorCode::DuplicateKey));
}

#[test]
fn what_is_not_json_is_malformed() {
    for text in ["", "{", "{}}", "nul", "{'a':1}"] {
        assert_eq!(errors_in(text, &Catalogue::default())[0].code, ErrorCode::Malformed, "{text}");
    }
}

#[test]
fn values_must_fit_their_operators() {
    for (operator, value, expected) in [
        (">", json!(true), "/operator operator_not_allowed"),
        ("=", json!(null), "/value value_not_allowed"),
        ("=", json!([1]), "/value wrong_type"),
        ("in", json!(1), "/value wrong_type"),
        ("in", json!([1, "a"]), "/value/1 mixed_types"),
        ("in", json!([{ "date": "2026-03-01" }, { "duration": "P1D" }]), "/value/1 mixed_types"),
        ("between", json!([1, 2, 3]), "/value value_not_allowed"),
        ("between", json!([2, 1]), "/value empty_range"),
        ("starts_with", json!(1), "/value value_not_allowed"),
        ("contains", json!({ "date": "2026-03-01" }), "/value value_not_allowed"),
        ("exists", json!(true), "/value unexpected_value"),
        ("=", json!({ "date": "2026-02-30" }), "/value/date invalid_date"),
        ("=", json!({ "instant": "2026-03-01" }), "/value/instant invalid_instant"),
        ("=", json!({ "day": "2026-03-01" }), "/value/day unknown_key"),
        ("=", json!({}), "/value wrong_type"),
        (">", json!("0 days"), "/value invalid_duration"),
        ("=", json!({ "string": "a\u{0}" }), "/value/string nul_character"),
    ] {
        assert_eq!(
            errors(json!({ "field": "a", "operator": operator, "value": value })),
            [expected],
            "{operator} {value}"
        );
    }
    assert_eq!(errors(json!({ "field": "a", "operator": "=" })), ["/value missing"]);
    assert_eq!(
        errors(json!({ "over": "orders", "aggregate": "count", "operator": ">", "value": "30 days" })),
        ["/value value_not_allowed"]
    );
    assert_eq!(
        errors(json!({ "over": "orders", "aggregate": "count", "operator": "contains", "value": 1 })),
        ["/operator operator_not_allowed"]
    );
}

#[test]
fn limits_end_where_they_say() {
    let leaf = json!({ "field": "a", "operator": "exists" });
    let nested = |depth: usize| (1..depth).fold(leaf.clone(), |inner, _| json!({ "not": inner }));
    parsed(nested(16));
    assert_eq!(errors(nested(17)), [format!("{} too_deep", "/not".repeat(16))]);
    let wide = |nodes: usize| json!({ "all": vec![leaf.clone(); nodes - 1] });
    parsed(wide(256));
    assert_eq!(errors(wide(300)), ["/all/255 too_many_nodes"]);
    let list = |values: usize| json!({ "field": "a", "operator": "in", "value": vec![1; values] });
    parsed(list(1_000));
    assert_eq!(errors(list(1_001)), ["/value list_too_long"]);
    let text = |bytes: usize| json!({ "field": "a", "operator": "=", "value": "x".repeat(bytes) });
    parsed(text(1_024));
    assert_eq!(errors(text(1_025)), ["/value string_too_long"]);
    let deep = format!("{}{}", r#"{"a":"#.repeat(70), "}".repeat(70));
    assert!(errors_in(&deep.replace(":}", ":1}"), &Catalogue::default()).iter().any(|e| e.code == ErrorCode::TooDeep));
}
