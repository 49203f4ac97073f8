//! Random records: fields whose names begin with their types, mostly there and mostly right.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    sample::select,
    strategy::BoxedStrategy,
};
use serde_json::{Map, Value, json};

use super::values::{number, temporal, text, value_of};

/// What no field should hold.
fn garbage() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        text(),
        number(),
        temporal(),
        select(vec!["#1e28#", "#1e300#", "#0.1234567890123456789012345678#", "#1e-400#"]).prop_map(Value::from),
        select(vec![
            "2026-02-30",
            "2026-3-1",
            "2026-03-01T24:00:00Z",
            "2026-03-01T12:00:00",
            "2026-03-01 12:00:00Z",
            "2026-03-01T12:00:60Z",
            "0000-01-01",
            "2026-03-01T12:00:00+24:00",
            "infinity",
            "now",
            "2026-03-01\n"
        ])
        .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["a", "#1.0#", null, true])),
    ]
    .boxed()
}

/// A record: fields whose names begin with their types, mostly there and mostly right.
pub(crate) fn record() -> BoxedStrategy<Value> {
    let order = fields(&["n1", "n2", "s1", "t1", "b1"]);
    let orders =
        prop_oneof![6 => vec(prop_oneof![8 => order, 1 => garbage()], 0..5).prop_map(Value::from), 1 => garbage()];
    let tags = prop_oneof![3 => vec(prop_oneof![text(), number(), any::<bool>().prop_map(Value::from)], 0..4)
        .prop_map(Value::from), 1 => garbage()];
    let nested = prop_oneof![4 => fields(&["n1", "t1"]), 1 => garbage()];
    let flat = fields(&["n1", "n2", "s1", "s2", "t1", "t2", "b1", "b2"]);
    (flat, orders, tags, nested, any::<[bool; 3]>())
        .prop_map(|(flat, orders, tags, nested, present)| {
            let mut record = flat.as_object().unwrap().clone();
            for ((name, value), present) in
                [("orders", orders), ("tags", tags), ("inner", nested)].into_iter().zip(present)
            {
                if present {
                    record.insert(name.to_owned(), value);
                }
            }
            Value::Object(record)
        })
        .boxed()
}

fn fields(names: &'static [&'static str]) -> BoxedStrategy<Value> {
    let values: Vec<_> = names
        .iter()
        .map(|name| {
            let right = value_of(name);
            prop_oneof![8 => right.prop_map(Some), 1 => garbage().prop_map(Some), 1 => Just(None)].boxed()
        })
        .collect();
    values
        .prop_map(move |values| {
            let entries = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
            Value::Object(entries.collect::<Map<_, _>>())
        })
        .boxed()
}
