//! Two tests of one value: which of them implies the other.

use std::cmp::Ordering;

use super::Class;
use crate::{
    ast::{Comparison, Test},
    value::Value,
};

/// Where a range ends, and whether its end belongs to it.
type Bound<'t> = Option<(&'t Value, bool)>;

/// How a new test relates to an old one.
pub(super) fn tests(old: &Test, new: &Test) -> Class {
    if old == new {
        return Class::Equivalent;
    }
    match (old, new) {
        // every other test can only be passed by what exists
        (Test::Exists, new) if *new != Test::NotExists => return Class::Tightened,
        (old, Test::Exists) if *old != Test::NotExists => return Class::Loosened,
        _ => {}
    }
    if let (Some(old), Some(new)) = (allowed(old), allowed(new)) {
        return subset(&old, &new);
    }
    if let (Some(old), Some(new)) = (excluded(old), excluded(new)) {
        return subset(&old, &new).opposite();
    }
    match (range(old), range(new)) {
        (Some((old_low, old_high)), Some((new_low, new_high))) => {
            bound(old_low, new_low, Ordering::Greater).and(bound(old_high, new_high, Ordering::Less))
        }
        _ => Class::Changed,
    }
}

fn allowed(test: &Test) -> Option<Vec<&Value>> {
    matches!(test, Test::Compare(Comparison::Equal, _) | Test::In(_)).then(|| test.values())
}

fn excluded(test: &Test) -> Option<Vec<&Value>> {
    matches!(test, Test::Compare(Comparison::NotEqual, _) | Test::NotIn(_)).then(|| test.values())
}

fn subset(old: &[&Value], new: &[&Value]) -> Class {
    let within = |some: &[&Value], others: &[&Value]| some.iter().all(|value| others.contains(value));
    match (within(new, old), within(old, new)) {
        (true, true) => Class::Equivalent,
        (true, false) => Class::Tightened,
        (false, true) => Class::Loosened,
        (false, false) => Class::Changed,
    }
}

/// From where to where.
fn range(test: &Test) -> Option<(Bound<'_>, Bound<'_>)> {
    match test {
        Test::Compare(Comparison::Greater, value) => Some((Some((value, false)), None)),
        Test::Compare(Comparison::GreaterOrEqual, value) => Some((Some((value, true)), None)),
        Test::Compare(Comparison::Less, value) => Some((None, Some((value, false)))),
        Test::Compare(Comparison::LessOrEqual, value) => Some((None, Some((value, true)))),
        Test::Between(low, high) => Some((Some((low, true)), Some((high, true)))),
        _ => None,
    }
}

/// One end of a range: moved in the direction `inwards`, the range is narrower.
fn bound(old: Bound<'_>, new: Bound<'_>, inwards: Ordering) -> Class {
    let ((old, old_included), (new, new_included)) = match (old, new) {
        (None, None) => return Class::Equivalent,
        (None, Some(_)) => return Class::Tightened,
        (Some(_), None) => return Class::Loosened,
        (Some(old), Some(new)) => (old, new),
    };
    match new.partial_cmp(old) {
        None => Class::Changed,
        Some(Ordering::Equal) => match (old_included, new_included) {
            (true, false) => Class::Tightened,
            (false, true) => Class::Loosened,
            _ => Class::Equivalent,
        },
        Some(direction) if direction == inwards => Class::Tightened,
        Some(_) => Class::Loosened,
    }
}
