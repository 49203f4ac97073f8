//! Random values of records and formulas.

use proptest::{
    prelude::{Strategy, any},
    prop_oneof,
    sample::select,
    strategy::BoxedStrategy,
};
use serde_json::{Value, json};

/// Numbers, written in many ways.
pub(super) fn number() -> BoxedStrategy<Value> {
    let written = select(vec!["0", "-0.0", "1", "1.0", "10e-1", "2.5", "-3", "100", "99.999999999999", "0.1", "7e3"]);
    let long = select(vec!["1234567890123456789012345678", "0.000000000000000000000000001", "-9e27"]);
    let text = prop_oneof![4 => written, 1 => long];
    // an exact number only survives as raw text, which `raw` puts in place of the mark
    text.prop_map(|text| json!(format!("#{text}#"))).boxed()
}

pub(super) fn text() -> BoxedStrategy<Value> {
    select(vec!["", "a", "ab", "b", "paid", "open", "Ä", "é\u{301}", "🦀", "\"quoted\\", "30 days", "z\u{ffff}"])
        .prop_map(Value::from)
        .boxed()
}

pub(super) fn temporal() -> BoxedStrategy<Value> {
    let near = (0_i64..120, 0_i64..86_400).prop_map(|(days, seconds)| {
        let second = 1_767_225_600 + days * 86_400 + seconds;
        chrono::DateTime::from_timestamp(second, 0).unwrap().to_rfc3339()
    });
    let written = select(vec![
        "2026-03-01",
        "2026-03-29",
        "2026-01-31T00:00:00Z",
        "2026-03-02T12:00:00.123456789+02:00",
        "2026-03-01T12:00:00z",
        "2026-02-28T23:00:00-00:30",
        "2026-03-29T00:30:00Z",
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
    ]);
    prop_oneof![near, written.prop_map(str::to_owned)].prop_map(Value::from).boxed()
}

pub(super) fn value_of(name: &str) -> BoxedStrategy<Value> {
    match name.as_bytes()[0] {
        b'n' => number(),
        b's' => text(),
        b't' => temporal(),
        _ => any::<bool>().prop_map(Value::from).boxed(),
    }
}
