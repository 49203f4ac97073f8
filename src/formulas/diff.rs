//! What changed from one version of a metric to another.

use plinth_events::{
    json::StoredJson,
    query::{
        formula::{DiffClass, MetricDifference},
        metric::MetricRow,
    },
};
use plinth_formula::{Class, Difference, Formula, compare};
use serde_json::{Value, value::to_raw_value};

use super::read;

/// How a new version relates to an old one, and where they differ: texts first, then formulas.
pub fn diff(from: &MetricRow, to: &MetricRow) -> (DiffClass, Vec<MetricDifference>) {
    let texts = [
        ("/name", from.name.as_str(), to.name.as_str()),
        ("/description", from.description.as_str(), to.description.as_str()),
    ];
    let mut differences: Vec<MetricDifference> = texts
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(pointer, old, new)| difference(pointer.to_owned(), Some(old.into()), Some(new.into())))
        .collect();
    let (class, formulas) = formulas(&formula(from), &formula(to));
    let class = match class {
        Class::Equivalent if differences.is_empty() => DiffClass::Equivalent,
        Class::Equivalent => DiffClass::Editorial,
        Class::Loosened => DiffClass::Loosened,
        Class::Tightened => DiffClass::Tightened,
        Class::Changed => DiffClass::Changed,
    };
    let below = |at: Difference| difference(format!("/formula{}", at.pointer), at.old, at.new);
    differences.extend(formulas.into_iter().map(below));
    (class, differences)
}

fn formula(row: &MetricRow) -> Option<Formula> {
    read(row.formula.as_ref(), row.meaning.as_ref())
}

/// A formula that comes or goes is a change as a whole.
fn formulas(from: &Option<Formula>, to: &Option<Formula>) -> (Class, Vec<Difference>) {
    match (from, to) {
        (None, None) => (Class::Equivalent, Vec::new()),
        (Some(old), Some(new)) => {
            let change = compare(old, new);
            (change.class, change.differences)
        }
        (old, new) => {
            let whole = |formula: &Option<Formula>| formula.as_ref().map(Formula::to_json);
            (Class::Changed, vec![Difference { pointer: String::new(), old: whole(old), new: whole(new) }])
        }
    }
}

fn difference(pointer: String, old: Option<Value>, new: Option<Value>) -> MetricDifference {
    let stored = |value: Option<Value>| -> Option<StoredJson> { to_raw_value(&value?).ok()?.try_into().ok() };
    MetricDifference { pointer, old: stored(old), new: stored(new) }
}
