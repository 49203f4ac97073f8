//! The types of fields, inferred and declared.

use plinth_formula::{Catalogue, ErrorCode, Undeclared, parse};
use serde_json::{Value, json};

use crate::parse::{canonical, errors, errors_in, parsed};

/// What a tenant may have declared.
pub(crate) fn catalogue() -> Catalogue {
    serde_json::from_value(json!({ "fields": {
        "lastOrderDate": "instant", "birthday": "date", "amount": "decimal", "name": "string", "isActive": "boolean",
        "tags": "string[]", "scores": "decimal[]", "orders": "record[]", "orders.amount": "decimal",
        "orders.shippedAt": "instant"
    } }))
    .unwrap()
}

#[test]
fn the_types_of_a_field_must_agree_in_the_whole_formula() {
    let formula = json!({ "all": [
        { "field": "d", "operator": ">", "value": "30 days" },
        { "field": "d", "operator": "!=", "value": "2026-03-01" },
    ] });
    let found = errors_in(&formula.to_string(), &Catalogue::default());
    assert_eq!((found[0].pointer.as_str(), found[0].code), ("/all/1/value", ErrorCode::TypeConflict));
    assert_eq!(found[0].suggestion, Some(json!({ "date": "2026-03-01" })));
    let pair = json!({ "all": [
        { "field": "n", "operator": "=", "value": 1 },
        { "field": "s", "operator": "=", "value": "x" },
        { "field": "n", "operator": ">", "valueField": "s" },
    ] });
    assert_eq!(errors(pair), ["/all/2/valueField type_conflict"]);
    let inferred = canonical(json!({ "all": [
        { "field": "shipped", "operator": ">", "value": "30 days" },
        { "field": "shipped", "operator": ">", "valueField": "ordered" },
    ] }));
    assert_eq!(inferred["all"][1]["type"], "instant");
    let inside = json!({ "all": [
        { "field": "amount", "operator": "=", "value": "x" },
        { "over": "orders", "aggregate": "sum", "field": "amount", "operator": ">", "value": 1 },
    ] });
    parsed(inside);
}

#[test]
fn declared_types_are_checked() {
    let check = |formula: Value| {
        let found = parse(&formula.to_string(), &catalogue()).err().unwrap_or_default();
        found.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    for formula in [
        json!({ "field": "lastOrderDate", "operator": "in", "value": ["30 days"] }),
        json!({ "field": "birthday", "operator": "=", "value": "2026-03-01" }),
        json!({ "field": "tags", "operator": "contains", "value": "vip" }),
        json!({ "field": "scores", "operator": "contains", "value": 5 }),
        json!({ "field": "undeclared", "operator": "=", "value": 5 }),
        json!({ "over": "orders", "aggregate": "max", "field": "shippedAt", "operator": "=", "value": "30 days" }),
        json!({ "aggregate": "max", "field": "lastOrderDate" }),
    ] {
        assert_eq!(check(formula.clone()), none, "{formula}");
    }
    for (formula, expected) in [
        (json!({ "field": "amount", "operator": "=", "value": "5" }), "/value type_mismatch"),
        (json!({ "field": "lastOrderDate", "operator": ">", "value": 5 }), "/value type_mismatch"),
        (json!({ "field": "lastOrderDate", "operator": "=", "value": "x" }), "/value invalid_duration"),
        (json!({ "field": "tags", "operator": "=", "value": "vip" }), "/value type_mismatch"),
        (json!({ "field": "orders", "operator": "=", "value": "vip" }), "/value type_mismatch"),
        (json!({ "over": "amount", "aggregate": "count", "operator": "=", "value": 1 }), "/over type_mismatch"),
        (json!({ "aggregate": "sum", "field": "name" }), "/field type_mismatch"),
        (json!({ "field": "name", "operator": "=", "valueField": "amount" }), "/valueField type_conflict"),
        (json!({ "field": "tags", "operator": "=", "valueField": "other" }), "/valueField type_conflict"),
        (
            json!({ "over": "orders", "aggregate": "sum", "field": "amount", "operator": "=", "value": 1,
                "where": { "field": "shippedAt", "operator": "=", "value": true } }),
            "/where/value type_mismatch",
        ),
    ] {
        assert_eq!(check(formula.clone()), [expected], "{formula}");
    }
    let formula = json!({ "field": "amount", "operator": "=", "value": "5" }).to_string();
    assert_eq!(errors_in(&formula, &catalogue())[0].suggestion, Some(json!(5)));
}

#[test]
fn a_closed_catalogue_refuses_other_fields() {
    let closed = Catalogue { undeclared: Undeclared::Refused, ..catalogue() };
    let formula = json!({ "field": "lastOrderDat", "operator": "exists" }).to_string();
    let error = errors_in(&formula, &closed).remove(0);
    assert_eq!((error.pointer.as_str(), error.code), ("/field", ErrorCode::UnknownField));
    assert_eq!(error.suggestion, Some(json!("lastOrderDate")));
    let formula =
        json!({ "over": "orders", "aggregate": "sum", "field": "amont", "operator": ">", "value": 1 }).to_string();
    assert_eq!(errors_in(&formula, &closed)[0].suggestion, Some(json!("amount")));
}

#[test]
fn a_catalogue_survives_json() {
    let text = serde_json::to_string(&catalogue()).unwrap();
    assert_eq!(serde_json::from_str::<Catalogue>(&text).unwrap(), catalogue());
    assert!(serde_json::from_str::<Catalogue>(r#"{"fields":{"a b":"string"}}"#).is_err());
    assert!(serde_json::from_str::<Catalogue>(r#"{"fields":{"a":"text"}}"#).is_err());
}
