//! Formulas in the languages of others.

use crate::support::formula;
use plinth_formula::{Instant, Zone, json_logic, semantic_expression, sql};
use serde_json::{Value, json};

fn logic(json: Value) -> Result<Value, String> {
    let as_of: Instant = "2026-03-31T12:00:00Z".parse().unwrap();
    json_logic(&formula(&json), as_of, &Zone::utc()).map_err(|error| error.to_string())
}

#[track_caller]
fn assert_ansi(json: Value, expected: &str) {
    let expression = semantic_expression(&formula(&json)).unwrap();
    assert_eq!(expression, json!({ "dialects": [{ "dialect": "ANSI_SQL", "expression": expected }] }));
}

fn age() -> Value {
    json!({ "field": "lastOrderDate", "operator": ">", "value": "30 days" })
}

#[test]
fn a_rule_of_json_logic_is_false_where_the_formula_is_unknown() {
    let var = json!({ "var": "lastOrderDate" });
    let known = json!({ "!=": [var, null] });
    assert_eq!(logic(age()).unwrap(), json!({ "and": [known, { "<": [var, "2026-03-01T12:00:00Z"] }] }));
    assert_eq!(
        logic(json!({ "not": age() })).unwrap(),
        json!({ "and": [known, { ">=": [var, "2026-03-01T12:00:00Z"] }] })
    );
    assert_eq!(
        logic(json!({ "not": { "field": "a", "operator": "contains", "value": "x" } })).unwrap(),
        json!({ "and": [{ "!=": [{ "var": "a" }, null] }, { "!": [{ "in": ["x", { "var": "a" }] }] }] })
    );
    assert_eq!(
        logic(json!({ "over": "orders", "aggregate": "sum", "field": "amount", "operator": ">=", "value": 100 }))
            .unwrap(),
        json!({ "and": [{ "!=": [{ "var": "orders" }, null] }, { ">=": [
            { "reduce": [
                { "filter": [{ "var": "orders" }, { "and": [{ "!=": [{ "var": "amount" }, null] }, true] }] },
                { "+": [{ "var": "accumulator" }, { "var": "current.amount" }] },
                0
            ] },
            100
        ] }] })
    );
}

#[test]
fn what_json_logic_cannot_say_is_refused() {
    for json in [
        json!({ "aggregate": "count" }),
        json!({ "language": "sql", "expression": "x" }),
        json!({ "over": "orders", "aggregate": "max", "field": "amount", "operator": "=", "value": 1 }),
        json!({ "field": "a", "operator": "=", "value": { "decimal": "1234567890123456789012345678" } }),
    ] {
        assert!(logic(json.clone()).unwrap_err().starts_with("JsonLogic cannot say "), "{json}");
    }
}

#[test]
fn the_semantic_interchange_form_has_standard_sql() {
    assert_ansi(age(), r#""lastOrderDate" < CURRENT_TIMESTAMP - INTERVAL '30' DAY"#);
    assert_ansi(
        json!({ "all": [
            { "field": "customer.name", "operator": "=", "value": "O'Brien" },
            { "not": { "field": "a", "operator": "between", "value": [1, 2.5] } },
        ] }),
        r#"("customer"."name" = 'O''Brien' AND NOT ("a" BETWEEN 1 AND 2.5))"#,
    );
    assert_ansi(
        json!({ "aggregate": "sum", "field": "amount", "where": { "field": "paid", "operator": "=", "value": true } }),
        r#"COALESCE(SUM(CASE WHEN "paid" = TRUE THEN "amount" END), 0)"#,
    );
    let count = json!({ "aggregate": "count" });
    assert_ansi(
        json!({ "ratio": { "numerator": count, "denominator": count } }),
        "(1.0 * COUNT(*) / NULLIF(COUNT(*), 0))",
    );
    let over = json!({ "over": "orders", "aggregate": "count", "operator": "=", "value": 1 });
    assert!(semantic_expression(&formula(&over)).is_err());
}

#[test]
fn the_text_for_postgres_has_no_word_of_the_formula() {
    let hostile = "'; drop table x; --";
    let compiled = sql(&formula(&json!({ "all": [
        { "field": "secretField", "operator": "in", "value": [hostile, "b\\\"{}"] },
        { "field": "lastOrderDate", "operator": ">", "value": "30 days" },
    ] })))
    .unwrap();
    assert_eq!(
        compiled.text,
        "((metric_text((record #> $1::text[])) collate \"C\" = any ($2::text[])) and \
         (metric_instant((record #> $3::text[]), $4::text) < metric_before($6::timestamptz, $5::interval, $4::text)))"
    );
    let texts: Vec<String> =
        compiled.binds.iter().map(|bind| bind.text("2026-03-01T00:00:00Z".parse().unwrap(), &Zone::utc())).collect();
    assert_eq!(texts[1], r#"{"'; drop table x; --","b\\\"{}"}"#);
    assert_eq!(texts[4..], ["P30D", "2026-03-01T00:00:00Z"]);
}
