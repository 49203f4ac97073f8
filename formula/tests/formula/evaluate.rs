//! What formulas say of records.

use crate::support::{formula, measure, predicate, raw, record, samples};
use plinth_formula::{Evaluation, Evaluator, Instant, NotEvaluable, RecordError, Summary, Verdict, Zone};
use serde_json::{Value, json};

const AS_OF: &str = "2026-03-31T12:00:00Z";

fn as_of() -> Instant {
    AS_OF.parse().unwrap()
}

fn evaluator(json: &Value) -> Evaluator {
    Evaluator::new(&formula(json), as_of(), &Zone::utc()).unwrap()
}

#[track_caller]
fn verdict(json: &Value, record: &str) -> Verdict {
    evaluator(json).start().record(record).unwrap().unwrap()
}

#[track_caller]
fn assert_verdicts(json: Value, cases: &[(&str, Verdict)]) {
    for (record, expected) in cases {
        assert_eq!(verdict(&json, record), *expected, "{json} of {record}");
    }
}

fn take_in(evaluation: &mut Evaluation<'_>, records: &[impl AsRef<str>]) {
    for record in records {
        evaluation.record(record.as_ref()).unwrap();
    }
}

/// What a pass over records finds, as JSON.
#[track_caller]
fn summary(json: &Value, records: &[&str]) -> Value {
    let evaluator = evaluator(json);
    let mut evaluation = evaluator.start();
    take_in(&mut evaluation, records);
    serde_json::to_value(evaluation.finish()).unwrap()
}

use Verdict::{False, True, Unknown};

#[test]
fn an_age_is_how_long_before_the_time_of_evaluation() {
    let json = json!({ "field": "lastOrderDate", "operator": ">", "value": "30 days" });
    assert_verdicts(
        json,
        &[
            (r#"{"lastOrderDate":"2026-03-01T11:59:59.999999Z"}"#, True),
            (r#"{"lastOrderDate":"2026-03-01T12:00:00Z"}"#, False),
            (r#"{"lastOrderDate":"2026-03-01T14:00:00+02:00"}"#, False),
            (r#"{"lastOrderDate":"2026-03-01"}"#, True),
            (r#"{"lastOrderDate":"2026-03-02"}"#, False),
            (r#"{"lastOrderDate":"2030-01-01T00:00:00Z"}"#, False),
            (r#"{"lastOrderDate":null}"#, Unknown),
            (r#"{}"#, Unknown),
            (r#"{"lastOrderDate":"yesterday"}"#, Unknown),
            (r#"{"lastOrderDate":1767225600}"#, Unknown),
        ],
    );
}

#[test]
fn logic_has_three_values() {
    let (t, f, u) = (("t", 1), ("f", 2), ("u", 1));
    let test = |(field, value): (&str, i32)| json!({ "field": field, "operator": "=", "value": value });
    let record = r#"{"t":1,"f":1}"#;
    for (operands, all, any) in [
        ([t, t], True, True),
        ([t, f], False, True),
        ([t, u], Unknown, True),
        ([u, t], Unknown, True),
        ([f, u], False, Unknown),
        ([u, f], False, Unknown),
        ([u, u], Unknown, Unknown),
        ([f, f], False, False),
    ] {
        let operands: Vec<Value> = operands.into_iter().map(test).collect();
        assert_eq!(verdict(&json!({ "all": operands }), record), all, "{operands:?}");
        assert_eq!(verdict(&json!({ "any": operands }), record), any, "{operands:?}");
    }
    assert_eq!(verdict(&json!({ "not": test(u) }), record), Unknown);
    assert_eq!(verdict(&json!({ "not": test(t) }), record), False);
    assert_eq!(verdict(&json!({ "field": "u", "operator": "!=", "value": 1 }), record), Unknown);
    assert_eq!(verdict(&json!({ "field": "u", "operator": "not_in", "value": [1, 2] }), record), Unknown);
    assert_eq!(verdict(&json!({ "field": "u", "operator": "not_exists" }), record), True);
}

#[test]
fn nothing_is_converted() {
    let is_one = json!({ "field": "a", "operator": "=", "value": 1 });
    assert_verdicts(
        is_one,
        &[
            (r#"{"a":1}"#, True),
            (r#"{"a":1.000}"#, True),
            (r#"{"a":10e-1}"#, True),
            (r#"{"a":1.0000000000000000000000001}"#, False),
            (r#"{"a":"1"}"#, Unknown),
            (r#"{"a":true}"#, Unknown),
            (r#"{"a":[1]}"#, Unknown),
            (r#"{"a":1e300}"#, Unknown),
        ],
    );
    assert_verdicts(json!({ "field": "a", "operator": "=", "value": 0.3 }), &[(r#"{"a":0.3}"#, True)]);
    let tenth = json!({ "over": "l", "aggregate": "sum", "field": "a", "operator": "=", "value": 0.3 });
    assert_verdicts(tenth, &[(r#"{"l":[{"a":0.1},{"a":0.2}]}"#, True)]);
}

#[test]
fn every_operator_says_what_it_should() {
    let test = |operator: &str, value: Value| json!({ "field": "a", "operator": operator, "value": value });
    assert_verdicts(test("in", json!(["x", "y"])), &[(r#"{"a":"y"}"#, True), (r#"{"a":"z"}"#, False)]);
    assert_verdicts(test("not_in", json!([1, 2])), &[(r#"{"a":3}"#, True), (r#"{"a":2}"#, False)]);
    assert_verdicts(
        test("between", json!([1, 2])),
        &[(r#"{"a":1}"#, True), (r#"{"a":2}"#, True), (r#"{"a":2.1}"#, False)],
    );
    assert_verdicts(
        test("contains", json!("b")),
        &[
            (r#"{"a":"abc"}"#, True),
            (r#"{"a":"ac"}"#, False),
            (r#"{"a":["a","b"]}"#, True),
            (r#"{"a":["abc",null,1]}"#, False),
            (r#"{"a":{"b":1}}"#, Unknown),
        ],
    );
    assert_verdicts(
        test("contains", json!(1)),
        &[(r#"{"a":[2,1.0]}"#, True), (r#"{"a":["1"]}"#, False), (r#"{"a":1}"#, Unknown)],
    );
    assert_verdicts(
        test("starts_with", json!("ä")),
        &[(r#"{"a":"äb"}"#, True), (r#"{"a":"\u00e4b"}"#, True), (r#"{"a":"b"}"#, False)],
    );
    assert_verdicts(test("ends_with", json!("b")), &[(r#"{"a":"ab"}"#, True), (r#"{"a":"\"b\""}"#, False)]);
    assert_verdicts(
        json!({ "field": "a", "operator": "exists" }),
        &[(r#"{"a":[]}"#, True), (r#"{"a":null}"#, False), (r#"{}"#, False)],
    );
    assert_verdicts(
        test("between", json!(["1 day", "2 days"])),
        &[(r#"{"a":"2026-03-30T12:00:00Z"}"#, True), (r#"{"a":"2026-03-29T11:00:00Z"}"#, False)],
    );
}

#[test]
fn two_fields_are_compared_by_what_they_hold() {
    assert_verdicts(
        json!({ "field": "a", "operator": "<", "valueField": "b" }),
        &[
            (r#"{"a":9,"b":10}"#, True),
            (r#"{"a":"9","b":"10"}"#, False),
            (r#"{"a":"2026-03-01T00:00:00+01:00","b":"2026-02-28T23:30:00Z"}"#, True),
            (r#"{"a":"2026-03-01","b":"x"}"#, True),
            (r#"{"a":1,"b":"x"}"#, Unknown),
            (r#"{"a":false,"b":true}"#, Unknown),
            (r#"{"a":1}"#, Unknown),
        ],
    );
}

#[test]
fn paths_lead_into_records_and_the_last_of_equal_keys_counts() {
    let json = json!({ "field": "a.b", "operator": "=", "value": 1 });
    assert_verdicts(
        json,
        &[
            (r#"{"a":{"b":1}}"#, True),
            (r#"{"a.b":1}"#, Unknown),
            (r#"{"a":[{"b":1}]}"#, Unknown),
            (r#"{"a":{"b":2},"a":{"b":1}}"#, True),
            (r#"{"a":{"b":1},"a":{"c":1}}"#, Unknown),
            (r#"{"a":{"b":1},"a":5}"#, Unknown),
            (r#"{"a":{"b":2,"b":1}}"#, True),
            (r#"{"\u0061":{"b":1}}"#, True),
        ],
    );
}

#[test]
fn aggregates_of_a_list_leave_out_what_is_unknown() {
    let over = |aggregate: &str, value: Value| {
        json!({ "over": "orders", "aggregate": aggregate, "field": "n", "operator": "=", "value": value,
            "where": { "field": "paid", "operator": "=", "value": true } })
    };
    let record = r#"{"orders":[{"n":1,"paid":true},{"n":2,"paid":true},{"n":2,"paid":true},{"n":7},{"n":8,"paid":false},
        {"n":"9","paid":true},{"paid":true},5,null]}"#;
    for (aggregate, value) in [
        ("count", json!(4)),
        ("sum", json!(5)),
        ("count_distinct", json!(3)),
        ("avg", json!({ "decimal": "1.666666666667" })),
        ("min", json!(1)),
        ("max", json!(2)),
    ] {
        assert_eq!(verdict(&over(aggregate, value), record), True, "{aggregate}");
    }
    let of = |aggregate: &str| over(aggregate, json!(0));
    for (aggregate, expected) in [("sum", True), ("count", True), ("avg", Unknown), ("max", Unknown)] {
        assert_eq!(verdict(&of(aggregate), r#"{"orders":[]}"#), expected, "{aggregate}");
        assert_eq!(verdict(&of(aggregate), r#"{}"#), Unknown);
        assert_eq!(verdict(&of(aggregate), r#"{"orders":5}"#), Unknown);
    }
    let latest = json!({ "over": "orders", "aggregate": "max", "field": "at", "operator": ">", "value": "30 days" });
    assert_eq!(verdict(&latest, r#"{"orders":[{"at":"2026-02-01"},{"at":"2026-01-01"}]}"#), True);
}

#[test]
fn a_measure_is_one_value_of_all_records() {
    let records = [r#"{"n":1,"s":"a"}"#, r#"{"n":2.5,"s":"b"}"#, r#"{"n":"x","s":"b"}"#, "{}"];
    let value = |json: Value| summary(&json, &records)["value"].clone();
    assert_eq!(value(json!({ "aggregate": "count" })), json!({ "decimal": "4" }));
    assert_eq!(value(json!({ "aggregate": "count", "field": "n" })), json!({ "decimal": "3" }));
    assert_eq!(value(json!({ "aggregate": "count_distinct", "field": "s" })), json!({ "decimal": "2" }));
    assert_eq!(value(json!({ "aggregate": "sum", "field": "n" })), json!({ "decimal": "3.5" }));
    assert_eq!(value(json!({ "aggregate": "avg", "field": "n" })), json!({ "decimal": "1.75" }));
    assert_eq!(value(json!({ "aggregate": "avg", "field": "none" })), json!(null));
    assert_eq!(value(json!({ "aggregate": "sum", "field": "none" })), json!({ "decimal": "0" }));
    assert_eq!(value(json!({ "aggregate": "max", "field": "s", "type": "string" })), json!({ "string": "b" }));
    let count = |field: &str| json!({ "aggregate": "count", "field": field });
    let ratio = |one: &str, other: &str| json!({ "ratio": { "numerator": count(one), "denominator": count(other) } });
    assert_eq!(value(ratio("s", "n")), json!({ "decimal": "1" }));
    assert_eq!(value(ratio("s", "none")), json!(null));
}

#[test]
fn the_summary_counts_verdicts_and_bad_values() {
    let json = json!({ "all": [
        { "field": "n", "operator": ">", "value": 1 },
        { "field": "n", "operator": "<", "value": 9 },
        { "field": "note", "operator": "not_exists" },
        { "over": "orders", "aggregate": "sum", "field": "amount", "operator": ">", "value": 0 },
    ] });
    let records = [
        r#"{"n":5,"orders":[{"amount":1},{"amount":"x"},{}]}"#,
        r#"{"n":"5","orders":[{"amount":1}]}"#,
        r#"{"n":null,"orders":{}}"#,
        r#"{"n":0,"orders":[]}"#,
    ];
    let expected = r#"{"records":4,"verdicts":{"true":1,"false":1,"unknown":2},"quality":{"n":{"missing":1,"wrongType":1},"orders":{"missing":0,"wrongType":1},"orders.amount":{"missing":1,"wrongType":1}}}"#;
    let evaluator = evaluator(&json);
    let mut evaluation = evaluator.start();
    take_in(&mut evaluation, &records);
    assert_eq!(serde_json::to_string(&evaluation.finish()).unwrap(), expected);
}

#[test]
fn the_order_of_records_makes_no_difference() {
    let records: Vec<String> = samples(record(), 80).map(|record| raw(&record)).collect();
    let found = |json: &Value, records: &[String]| -> Option<Summary> {
        let formula = plinth_formula::parse(&raw(json), &plinth_formula::Catalogue::default()).ok()?;
        let evaluator = Evaluator::new(&formula, as_of(), &Zone::utc()).unwrap();
        let mut evaluation = evaluator.start();
        take_in(&mut evaluation, records);
        Some(evaluation.finish())
    };
    let reversed: Vec<String> = records.iter().rev().cloned().collect();
    for json in samples(measure(), 120).chain(samples(predicate(), 60)) {
        assert_eq!(found(&json, &records), found(&json, &reversed), "{json}");
    }
}

#[test]
fn the_canonical_form_says_the_same_of_every_record() {
    let records: Vec<String> = samples(record(), 60).map(|record| raw(&record)).collect();
    let parse = |text: &str| plinth_formula::parse(text, &plinth_formula::Catalogue::default());
    for formula in samples(predicate(), 300).filter_map(|json| parse(&raw(&json)).ok()) {
        let canonical = parse(&formula.canonical()).unwrap();
        let [one, other] = [&formula, &canonical].map(|formula| {
            let evaluator = Evaluator::new(formula, as_of(), &Zone::utc()).unwrap();
            let mut evaluation = evaluator.start();
            records.iter().map(|record| evaluation.record(record).unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(one, other, "{}", formula.canonical());
    }
}

#[test]
fn months_and_dates_are_those_of_the_zone() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let json = json!({ "field": "d", "operator": "<=", "value": "1 day" });
    // midnight of 29 March in Berlin is 23:00 UTC of the day before, and the day had 23 hours
    let evaluator = Evaluator::new(&formula(&json), "2026-03-29T22:00:00Z".parse().unwrap(), &berlin).unwrap();
    assert_eq!(evaluator.start().record(r#"{"d":"2026-03-29"}"#).unwrap(), Some(True));
    assert_eq!(evaluator.start().record(r#"{"d":"2026-03-28T22:59:59Z"}"#).unwrap(), Some(False));
    assert!(Zone::named("Europe/Bonn").is_err());
}

#[test]
fn what_cannot_be_evaluated_is_said() {
    let opaque = formula(&json!({ "language": "sql", "expression": "x" }));
    assert_eq!(Evaluator::new(&opaque, as_of(), &Zone::utc()).unwrap_err(), NotEvaluable::Opaque);
    let count = formula(&json!({ "aggregate": "count" }));
    let never = Instant::from_micros(i64::MAX);
    assert_eq!(Evaluator::new(&count, never, &Zone::utc()).unwrap_err(), NotEvaluable::AsOfOutOfRange(never));
    let old = formula(&json!({ "field": "d", "operator": ">", "value": "1000 years 366000 days" }));
    for as_of in ["0001-01-01T00:00:00Z", "9998-12-31T23:59:59.999999Z"] {
        Evaluator::new(&old, as_of.parse().unwrap(), &Zone::named("Asia/Kolkata").unwrap()).unwrap();
    }
}

#[test]
fn a_record_may_have_been_parsed_already() {
    let evaluator = evaluator(&json!({ "field": "a", "operator": "=", "value": 0.1 }));
    let mut evaluation = evaluator.start();
    assert_eq!(evaluation.parsed_record(&json!({ "a": 0.1 })).unwrap(), Some(True));
    assert!(matches!(evaluation.parsed_record(&json!([])), Err(RecordError::Malformed(_))));
}
