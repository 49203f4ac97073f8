//! Random formulas and random records that have something to do with each other.

mod formulas;
mod records;
mod values;

pub(crate) use formulas::{measure, predicate};
use plinth_formula::{Catalogue, Formula, parse};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
pub(crate) use records::record;
use serde_json::Value;

/// Random values, the same in every run.
pub(crate) fn samples<S: Strategy>(strategy: S, count: usize) -> impl Iterator<Item = S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(move |_| strategy.new_tree(&mut runner).unwrap().current())
}

/// A formula without a catalogue.
#[track_caller]
pub(crate) fn formula(json: &Value) -> Formula {
    match parse(&json.to_string(), &Catalogue::default()) {
        Ok(formula) => formula,
        Err(errors) => panic!("{json}: {errors:?}"),
    }
}

/// JSON text in which numbers are written as they were chosen.
pub(crate) fn raw(value: &Value) -> String {
    value.to_string().replace("\"#", "").replace("#\"", "")
}
