//! What became of a formula: whether a new one says the same, is true of more records, of fewer, or of others.
//!
//! Canonical forms are compared, so the order of keys and operands, the spelling of operators and durations and the like
//! make no difference. Where it is not certain that one formula implies the other, the answer is "changed".

mod test;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::ast::{Aggregate, Formula, Measure, Predicate};

/// How a new formula relates to an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// It says the same.
    Equivalent,
    /// It is true of everything that the old one is true of. (Of a measure: it takes in more records.)
    Loosened,
    /// The old one is true of everything that it is true of. (Of a measure: it takes in fewer records.)
    Tightened,
    /// Neither of these, as far as can be told.
    Changed,
}

/// What became of a formula.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// How the new formula relates to the old one.
    pub class: Class,
    /// Where they differ.
    pub differences: Vec<Difference>,
}

/// Something that is not the same in two formulas.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// JSON pointer into the canonical form of the new formula, or into that of the old one for what is gone.
    pub pointer: String,
    /// What the old formula has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Json>,
    /// What the new formula has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Json>,
}

/// Compares a new formula with an old one.
pub fn compare(old: &Formula, new: &Formula) -> Change {
    let mut differences = Vec::new();
    let class = match (old.normal(), new.normal()) {
        (Formula::Predicate(old), Formula::Predicate(new)) => predicates(&old, &new, "", &mut differences),
        (Formula::Measure(old), Formula::Measure(new)) => measures(&old, &new, "", &mut differences),
        (old, new) => changed(&old.to_json(), &new.to_json(), "", &mut differences),
    };
    Change { class, differences }
}

impl Class {
    /// What two changes are together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Equivalent, class) | (class, Self::Equivalent) => class,
            (one, other) if one == other => one,
            _ => Self::Changed,
        }
    }

    fn opposite(self) -> Self {
        match self {
            Self::Loosened => Self::Tightened,
            Self::Tightened => Self::Loosened,
            same => same,
        }
    }
}

fn predicates(old: &Predicate, new: &Predicate, pointer: &str, found: &mut Vec<Difference>) -> Class {
    use Predicate::{All, Any};
    if old == new {
        return Class::Equivalent;
    }
    match (old, new) {
        // another operand of `all` is one more condition, of `any` one more way to pass
        (All(_), All(_)) | (All(_), Predicate::Field { .. }) | (Predicate::Field { .. }, All(_)) => {
            operands(old, new, "all", Class::Tightened, pointer, found)
        }
        (Any(_), Any(_)) | (Any(_), Predicate::Field { .. }) | (Predicate::Field { .. }, Any(_)) => {
            operands(old, new, "any", Class::Loosened, pointer, found)
        }
        (Any(inner), single) | (single, Any(inner)) if inner.contains(single) => {
            operands(old, new, "any", Class::Loosened, pointer, found)
        }
        (All(_), _) | (_, All(_)) => operands(old, new, "all", Class::Tightened, pointer, found),
        (Any(_), _) | (_, Any(_)) => operands(old, new, "any", Class::Loosened, pointer, found),
        _ => {
            changed(&old.to_json(), &new.to_json(), pointer, found);
            leaves(old, new)
        }
    }
}

/// Two tests of the same thing.
fn leaves(old: &Predicate, new: &Predicate) -> Class {
    match (old, new) {
        (Predicate::Field { field: one, test: old }, Predicate::Field { field: other, test: new }) if one == other => {
            test::tests(old, new)
        }
        (
            Predicate::Over { path: one, aggregate: of_one, test: old },
            Predicate::Over { path: other, aggregate: of_other, test: new },
        ) if one == other && of_one == of_other => test::tests(old, new),
        _ => Class::Changed,
    }
}

/// The operands under a key, a single predicate being its only operand, with their pointers.
fn under<'p>(predicate: &'p Predicate, key: &str, pointer: &str) -> Vec<(&'p Predicate, String)> {
    match (predicate, key) {
        (Predicate::All(operands), "all") | (Predicate::Any(operands), "any") => {
            operands.iter().enumerate().map(|(at, operand)| (operand, format!("{pointer}/{key}/{at}"))).collect()
        }
        _ => vec![(predicate, pointer.to_owned())],
    }
}

/// Operands of which one more has the effect `added`.
fn operands(
    old: &Predicate,
    new: &Predicate,
    key: &str,
    added: Class,
    pointer: &str,
    found: &mut Vec<Difference>,
) -> Class {
    let (mut gone, mut come) = (under(old, key, pointer), under(new, key, pointer));
    gone.retain(|(operand, _)| {
        let same = come.iter().position(|(other, _)| other == operand);
        same.map(|same| come.remove(same)).is_none()
    });
    let mut class = Class::Equivalent;
    gone.retain(|(old, _)| {
        let related = come.iter().enumerate().find_map(|(place, (new, pointer))| {
            let mut differences = Vec::new();
            let class = predicates(old, new, pointer, &mut differences);
            (class != Class::Changed).then_some((place, class, differences))
        });
        let Some((place, change, differences)) = related else { return true };
        come.remove(place);
        found.extend(differences);
        class = class.and(change);
        false
    });
    for (operand, pointer) in &gone {
        found.push(Difference { pointer: pointer.clone(), old: Some(operand.to_json()), new: None });
        class = class.and(added.opposite());
    }
    for (operand, pointer) in &come {
        found.push(Difference { pointer: pointer.clone(), old: None, new: Some(operand.to_json()) });
        class = class.and(added);
    }
    class
}

fn measures(old: &Measure, new: &Measure, pointer: &str, found: &mut Vec<Difference>) -> Class {
    match (old, new) {
        (Measure::Aggregate(one), Measure::Aggregate(other)) if same_but_for_filter(one, other) => {
            filters(one.filter.as_deref(), other.filter.as_deref(), &format!("{pointer}/where"), found)
        }
        (Measure::Ratio(old_part, old_whole), Measure::Ratio(new_part, new_whole)) => {
            let part = measures(old_part, new_part, &format!("{pointer}/ratio/numerator"), found);
            let whole = measures(old_whole, new_whole, &format!("{pointer}/ratio/denominator"), found);
            if (part, whole) == (Class::Equivalent, Class::Equivalent) { Class::Equivalent } else { Class::Changed }
        }
        _ => changed(&old.to_json(), &new.to_json(), pointer, found),
    }
}

fn same_but_for_filter(one: &Aggregate, other: &Aggregate) -> bool {
    (one.function, &one.field, one.kind) == (other.function, &other.field, other.kind)
}

fn filters(old: Option<&Predicate>, new: Option<&Predicate>, pointer: &str, found: &mut Vec<Difference>) -> Class {
    if let (Some(old), Some(new)) = (old, new) {
        return predicates(old, new, pointer, found);
    }
    if old.is_none() && new.is_none() {
        return Class::Equivalent;
    }
    let difference =
        Difference { pointer: pointer.to_owned(), old: old.map(Predicate::to_json), new: new.map(Predicate::to_json) };
    found.push(difference);
    if new.is_some() { Class::Tightened } else { Class::Loosened }
}

/// Notes which keys of two objects differ; those of different sorts differ as a whole.
fn changed(old: &Json, new: &Json, pointer: &str, found: &mut Vec<Difference>) -> Class {
    if old == new {
        return Class::Equivalent;
    }
    let whole = || Difference { pointer: pointer.to_owned(), old: Some(old.clone()), new: Some(new.clone()) };
    match (old.as_object(), new.as_object()) {
        (Some(old), Some(new)) if old.keys().any(|key| new.contains_key(key)) => {
            found.extend(differing_keys(old, new, pointer));
        }
        _ => found.push(whole()),
    }
    Class::Changed
}

fn differing_keys(old: &Map<String, Json>, new: &Map<String, Json>, pointer: &str) -> Vec<Difference> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    let difference = |key: &String| {
        let key_pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        Difference { pointer: key_pointer, old: old.get(key).cloned(), new: new.get(key).cloned() }
    };
    differing.map(difference).collect()
}
