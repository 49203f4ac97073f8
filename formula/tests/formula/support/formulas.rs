//! Random formulas about these records.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    sample::select,
    strategy::{BoxedStrategy, Union},
};
use serde_json::{Value, json};

use super::values::{number, temporal, text, value_of};

/// The value of a formula with its tag.
fn literal(name: &str) -> BoxedStrategy<Value> {
    match name.as_bytes()[0] {
        b's' => text().prop_map(|text| json!({ "string": text })).boxed(),
        b't' => temporal()
            .prop_map(|text| {
                let tag = if text.as_str().unwrap().len() == 10 { "date" } else { "instant" };
                json!({ tag: text })
            })
            .boxed(),
        _ => value_of(name),
    }
}

fn duration() -> BoxedStrategy<Value> {
    select(vec![
        "P30D",
        "30 days",
        "1 month",
        "1 month 1 day",
        "P1Y",
        "PT12H",
        "2 weeks",
        "P1DT0.5S",
        "24 hours",
        "2 months",
        "P400Y",
    ])
    .prop_map(|text| json!({ "duration": text }))
    .boxed()
}

fn comparison() -> impl Strategy<Value = &'static str> {
    select(vec!["=", "!=", ">", ">=", "<", "<="])
}

/// A test of a field.
fn leaf(names: &'static [&'static str]) -> BoxedStrategy<Value> {
    let compare = (select(names), comparison()).prop_flat_map(|(name, operator)| {
        let operator = if name.starts_with('b') && operator != "=" { "!=" } else { operator };
        literal(name).prop_map(move |value| json!({ "field": name, "operator": operator, "value": value }))
    });
    let one_of = (select(names), select(vec!["in", "not_in"])).prop_flat_map(|(name, operator)| {
        vec(literal(name), 1..4).prop_map(move |values| json!({ "field": name, "operator": operator, "value": values }))
    });
    let times: Vec<&str> = names.iter().copied().filter(|name| name.starts_with('t')).collect();
    let age = (select(times.clone()), comparison(), duration())
        .prop_map(|(name, operator, value)| json!({ "field": name, "operator": operator, "value": value }));
    let ages = select(times.clone()).prop_map(
        |name| json!({ "age": name, "operator": "between", "value": [{ "duration": "3 days" }, { "duration": "P1M" }] }),
    );
    let between = select(names.iter().copied().filter(|name| name.starts_with('n')).collect::<Vec<_>>())
        .prop_map(|name| json!({ "field": name, "operator": "between", "value": [0.1, 100] }));
    let part = (select(vec!["contains", "starts_with", "ends_with"]), text())
        .prop_map(|(operator, text)| json!({ "field": "s1", "operator": operator, "value": { "string": text } }));
    let exists = (select(names), select(vec!["exists", "not_exists"]))
        .prop_map(|(name, operator)| json!({ "field": name, "operator": operator }));
    prop_oneof![3 => compare, 1 => one_of, 3 => age, 1 => ages, 1 => between, 1 => part, 1 => exists].boxed()
}

fn whole_record_leaf() -> BoxedStrategy<Value> {
    let tags =
        prop_oneof![text().prop_map(|text| json!({ "string": text })), number(), any::<bool>().prop_map(Value::from)]
            .prop_map(|value| json!({ "field": "tags", "operator": "contains", "value": value }));
    let inner = prop_oneof![
        literal("n1").prop_map(|value| json!({ "field": "inner.n1", "operator": ">", "value": value })),
        duration().prop_map(|value| json!({ "field": "inner.t1", "operator": "<=", "value": value })),
        Just(json!({ "field": "inner", "operator": "exists" })),
    ];
    let pairs = vec![("n1", "n2"), ("s1", "s2"), ("t1", "t2"), ("b1", "b2"), ("n1", "s1"), ("t1", "s1")];
    let fields = (select(pairs), comparison(), any::<bool>()).prop_map(|((left, right), operator, typed)| {
        let kind = match left.as_bytes()[0] {
            b'n' => "decimal",
            b's' => "string",
            b't' => "instant",
            _ => "boolean",
        };
        match typed {
            true => json!({ "field": left, "operator": operator, "valueField": right, "type": kind }),
            false => json!({ "field": left, "operator": operator, "valueField": right }),
        }
    });
    prop_oneof![4 => leaf(&["n1", "n2", "s1", "s2", "t1", "t2", "b1", "b2"]), 1 => tags, 1 => inner, 2 => fields, 3 => over()]
        .boxed()
}

fn over() -> BoxedStrategy<Value> {
    let filter = proptest::option::of(nested(leaf(&["n1", "n2", "s1", "t1", "b1"]), 2));
    let numeric = (
        select(vec![
            ("count", None),
            ("count", Some("t1")),
            ("sum", Some("n1")),
            ("avg", Some("n2")),
            ("count_distinct", Some("s1")),
            ("count_distinct", Some("n1")),
            ("min", Some("n1")),
        ]),
        comparison(),
        literal("n1"),
    )
        .prop_map(|((aggregate, field), operator, value)| (aggregate, field, operator, value));
    let temporal = (select(vec!["min", "max"]), comparison(), prop_oneof![duration(), literal("t1")])
        .prop_map(|(aggregate, operator, value)| (aggregate, Some("t1"), operator, value));
    let texts = (select(vec!["min", "max"]), comparison(), literal("s1"))
        .prop_map(|(aggregate, operator, value)| (aggregate, Some("s1"), operator, value));
    (prop_oneof![4 => numeric, 3 => temporal, 1 => texts], filter)
        .prop_map(|((aggregate, field, operator, value), filter)| {
            let mut over = json!({ "over": "orders", "aggregate": aggregate, "operator": operator, "value": value });
            if let Some(field) = field {
                over["field"] = field.into();
            }
            if let Some(filter) = filter {
                over["where"] = filter;
            }
            over
        })
        .boxed()
}

fn nested(leaf: BoxedStrategy<Value>, depth: u32) -> BoxedStrategy<Value> {
    leaf.prop_recursive(depth, 12, 3, |inner| {
        Union::new(vec![
            vec(inner.clone(), 1..4).prop_map(|operands| json!({ "all": operands })).boxed(),
            vec(inner.clone(), 1..4).prop_map(|operands| json!({ "any": operands })).boxed(),
            inner.prop_map(|operand| json!({ "not": operand })).boxed(),
        ])
    })
    .boxed()
}

/// A predicate that parses, unless it uses a field as two types.
pub(crate) fn predicate() -> BoxedStrategy<Value> {
    nested(whole_record_leaf(), 3)
}

/// A measure.
pub(crate) fn measure() -> BoxedStrategy<Value> {
    let functions = select(vec![
        ("count", None, None),
        ("count", Some("s1"), None),
        ("count_distinct", Some("s1"), None),
        ("count_distinct", Some("n1"), None),
        ("count_distinct", Some("tags"), None),
        ("sum", Some("n1"), None),
        ("avg", Some("n2"), None),
        ("min", Some("n1"), None),
        ("max", Some("t1"), Some("instant")),
        ("min", Some("s1"), Some("string")),
    ]);
    let aggregate = (functions, proptest::option::of(predicate())).prop_map(|((aggregate, field, kind), filter)| {
        let mut measure = json!({ "aggregate": aggregate });
        for (key, value) in [("field", field), ("type", kind)] {
            if let Some(value) = value {
                measure[key] = value.into();
            }
        }
        if let Some(filter) = filter {
            measure["where"] = filter;
        }
        measure
    });
    let numbers = aggregate.clone().prop_filter("a number", |measure| measure.get("type").is_none());
    let ratio = (numbers.clone(), numbers).prop_map(
        |(numerator, denominator)| json!({ "ratio": { "numerator": numerator, "denominator": denominator } }),
    );
    prop_oneof![3 => aggregate, 1 => ratio].boxed()
}
