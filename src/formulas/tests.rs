//! Between contract and language: what is understood, refused, compared and compiled.

#![allow(clippy::unwrap_used)]

use plinth_events::{
    FieldError, RefusalCode,
    fields::{FieldType, Undeclared},
    query::{formula::BindSource, metric::MetricRow},
};
use serde_json::{Value, json};

use super::*;

fn sent(formula: &Value) -> json::Formula {
    serde_json::from_str(&formula.to_string()).unwrap()
}

fn declared(fields: Value, undeclared: Undeclared) -> Catalogue {
    catalogue(&serde_json::from_value(fields).unwrap(), undeclared)
}

fn row(version: u32, name: &str, formula: Option<Value>) -> MetricRow {
    let row = json!({ "code": "at_risk_customer", "version": version, "name": name, "description": "",
        "effectiveAt": "2026-01-01T00:00:00Z", "deprecatedAt": null, "window": null, "status": "effective",
        "insertedBetween": null, "createdById": null, "createdAt": "2026-01-01T00:00:00Z", "position": 3,
        "reason": null, "withdrawn": false, "formula": formula });
    serde_json::from_str(&row.to_string()).unwrap()
}

fn at_risk(value: &str) -> Value {
    json!({ "field": "lastOrderDate", "operator": ">", "value": value })
}

#[test]
fn every_type_of_the_contract_is_the_one_of_that_name_in_the_language() {
    for name in ["boolean", "decimal", "string", "instant", "date", "boolean[]", "decimal[]", "string[]", "record[]"] {
        let of: FieldType = serde_json::from_value(name.into()).unwrap();
        assert_eq!(of.as_str(), name);
        let catalogue = declared(json!({ "a.b": name }), Undeclared::Refused);
        assert_eq!(
            serde_json::to_value(catalogue).unwrap(),
            json!({ "fields": { "a.b": name }, "undeclared": "refused" })
        );
    }
}

#[test]
fn all_errors_are_told_with_their_places_in_the_definition() {
    let formula = json!({ "all": [
        { "field": "status", "operator": "like", "value": "open" },
        { "field": "1st", "operator": "=", "value": 1 },
        { "field": "amount", "operatr": ">", "value": 100 },
    ] });
    let refusal = understand(&sent(&formula), &Catalogue::default()).unwrap_err();
    assert_eq!((refusal.code, refusal.status), (RefusalCode::InvalidFormula, 422));
    let errors: Vec<(&str, &str)> =
        refusal.errors.iter().map(|error| (error.pointer.as_str(), error.code.as_str())).collect();
    assert!(errors.contains(&("/formula/all/0/operator", "unknown_operator")), "{errors:?}");
    assert!(errors.contains(&("/formula/all/1/field", "invalid_path")), "{errors:?}");
    assert!(errors.contains(&("/formula/all/2/operatr", "unknown_key")), "{errors:?}");
    let FieldError { allowed, .. } = &refusal.errors[0];
    assert!(allowed.iter().any(|operator| operator == ">="), "{allowed:?}");
    assert_eq!(
        refusal.errors.iter().find(|error| error.code == "unknown_key").unwrap().suggestion,
        Some("operator".into())
    );
}

#[test]
fn what_declared_fields_say_beyond_the_formula_is_spelled_out_and_read_again_without_them() {
    let formula = sent(&json!({ "field": "contacted", "operator": "in", "value": ["2026-03-01", "2026-03-02"] }));
    let dates = declared(json!({ "contacted": "date" }), Undeclared::Allowed);
    let by_itself = understand(&formula, &Catalogue::default()).unwrap();
    let as_declared = understand(&formula, &dates).unwrap();
    assert_eq!(by_itself.meaning, None);
    assert_ne!(as_declared.formula, by_itself.formula);
    assert_eq!(read(Some(&formula), as_declared.meaning.as_ref()), Some(as_declared.formula));
    assert_eq!(read(Some(&formula), None), Some(by_itself.formula));
}

#[test]
fn a_formula_that_says_it_all_is_not_spelled_out() {
    let instants = declared(json!({ "lastOrderDate": "instant" }), Undeclared::Refused);
    assert_eq!(understand(&sent(&at_risk("30 days")), &instants).unwrap().meaning, None);
}

#[test]
fn declared_types_and_undeclared_fields_are_held_to() {
    let fields = |undeclared| declared(json!({ "lastOrderDate": "string" }), undeclared);
    let codes = |undeclared| {
        let formula = json!({ "all": [at_risk("30 days"), { "field": "paid", "operator": ">", "value": 1 },
            { "field": "lastOrderDate", "operator": ">", "value": { "duration": "P30D" } }] });
        let refusal = understand(&sent(&formula), &fields(undeclared)).unwrap_err();
        refusal.errors.into_iter().map(|error| error.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(Undeclared::Allowed), ["type_mismatch"]);
    assert_eq!(codes(Undeclared::Refused), ["unknown_field", "type_mismatch"]);
}

#[test]
fn what_cannot_be_read_is_kept_like_another_language() {
    let old = sent(&json!({ "any": "thing" }));
    assert!(matches!(read(Some(&old), None), Some(Formula::Opaque(_))));
    assert_eq!((sentence(Some(&old), None), sentence(None, None)), (None, None));
    let opaque = sent(&json!({ "language": "sql", "expression": "1" }));
    assert_eq!(sentence(Some(&opaque), None), None);
    assert_eq!(sentence(Some(&sent(&at_risk("30 days"))), None).as_deref(), Some("last order more than 30 days ago"));
}

#[test]
fn a_diff_has_a_class_and_says_where_the_versions_differ() {
    let class = |old: &MetricRow, new: &MetricRow| {
        let (class, differences) = diff(old, new);
        (class.as_str(), differences.into_iter().map(|difference| difference.pointer).collect::<Vec<_>>())
    };
    let first = row(1, "At Risk", Some(at_risk("30 days")));
    let with = |formula| row(2, "At Risk", formula);
    let alike = json!({ "value": "P30D", "field": "lastOrderDate", "operator": "gt" });
    assert_eq!(class(&first, &with(Some(alike.clone()))), ("equivalent", vec![]));
    assert_eq!(class(&first, &row(2, "At risk", Some(alike))), ("editorial", vec!["/name".to_owned()]));
    assert_eq!(class(&first, &with(Some(at_risk("45 days")))).0, "tightened");
    assert_eq!(class(&first, &with(Some(at_risk("20 days")))), ("loosened", vec!["/formula/value".to_owned()]));
    let swapped = json!({ "field": "firstOrderDate", "operator": ">", "value": "30 days" });
    assert_eq!(class(&first, &with(Some(swapped))).0, "changed");
    assert_eq!(class(&first, &with(None)), ("changed", vec!["/formula".to_owned()]));
    assert_eq!(class(&with(None), &with(None)).0, "equivalent");
}

#[test]
fn only_a_formula_of_the_language_becomes_sql() {
    let sql = |formula| super::sql(&row(1, "At Risk", formula), Default::default());
    let compiled = sql(Some(at_risk("30 days"))).unwrap();
    assert!(compiled.text.contains("plinth.metric_instant("), "{}", compiled.text);
    assert!(compiled.binds.iter().any(|bind| bind.of == BindSource::AsOf && bind.value.is_none()));
    assert!(compiled.binds.iter().any(|bind| bind.value.as_deref() == Some(r#"{"lastOrderDate"}"#)));
    for formula in [None, Some(json!({ "language": "sql", "expression": "1" }))] {
        assert_eq!(sql(formula).unwrap_err().code, RefusalCode::NotComputable);
    }
}
