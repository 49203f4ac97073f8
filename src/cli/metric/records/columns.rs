//! Which columns a formula needs, and what they hold: formats without types of their own are read by it.

use std::collections::BTreeMap;

use anyhow::bail;
use plinth_formula::{
    FieldPath, Formula,
    ast::{Aggregate, FieldComparison, Function, Measure, Predicate, Test},
    value::Kind,
};

/// The columns to read.
#[derive(Debug, Default)]
pub(in crate::cli::metric) struct Columns {
    fields: BTreeMap<FieldPath, Holds>,
    /// Whether the others are read too.
    all: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    /// Whatever: the formula asks only whether something is there, or which.
    Anything,
    /// What it looks like: the formula compares it with another field, and nothing says as what.
    Either,
    /// Values of a kind.
    Of(Kind),
}

impl Columns {
    /// Those that a formula needs.
    pub(in crate::cli::metric) fn of(formula: &Formula) -> Self {
        let mut columns = Self::default();
        match formula {
            Formula::Predicate(predicate) => columns.need_predicate(predicate),
            Formula::Measure(measure) => columns.need_measure(measure),
            Formula::Opaque(_) => {}
        }
        columns
    }

    /// And all others, to be passed on.
    pub(in crate::cli::metric) fn and_all_others(self, all: bool) -> Self {
        Self { all, ..self }
    }

    /// Those of two formulas.
    pub(in crate::cli::metric) fn and(mut self, other: Self) -> anyhow::Result<Self> {
        for (path, holds) in other.fields {
            match (self.fields.get(&path), holds) {
                (Some(Holds::Of(one)), Holds::Of(other)) if *one != other => {
                    bail!("{path} holds {} to one formula and {} to the other", one.as_str(), other.as_str())
                }
                _ => self.need(&path, holds),
            }
        }
        Ok(self)
    }

    /// Whether all columns are read.
    pub(super) fn are_all(&self) -> bool {
        self.all
    }

    /// The paths that are needed.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(FieldPath::as_str)
    }

    /// What a column holds; none if it is not read.
    pub(super) fn holds(&self, name: &str) -> Option<Holds> {
        let needed = name.parse().ok().and_then(|path: FieldPath| self.fields.get(&path)).copied();
        needed.or(self.all.then_some(Holds::Anything))
    }

    /// Of two uses of a field, the one that says more about its type counts.
    fn need(&mut self, path: &FieldPath, holds: Holds) {
        let known = self.fields.entry(path.clone()).or_insert(holds);
        *known = holds.max(*known);
    }

    fn need_predicate(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::All(operands) | Predicate::Any(operands) => {
                operands.iter().for_each(|operand| self.need_predicate(operand));
            }
            Predicate::Not(operand) => self.need_predicate(operand),
            Predicate::Field { field, test } => self.need(field, tested(test)),
            Predicate::Fields(FieldComparison { left, right, kind, .. }) => {
                let holds = kind.map_or(Holds::Either, Holds::Of);
                self.need(left, holds);
                self.need(right, holds);
            }
            Predicate::Over { path, .. } => self.need(path, Holds::Anything),
        }
    }

    fn need_measure(&mut self, measure: &Measure) {
        match measure {
            Measure::Aggregate(aggregate) => self.need_aggregate(aggregate),
            Measure::Ratio(numerator, denominator) => {
                self.need_measure(numerator);
                self.need_measure(denominator);
            }
        }
    }

    fn need_aggregate(&mut self, aggregate: &Aggregate) {
        let holds = match aggregate.function {
            Function::Count | Function::CountDistinct => Holds::Anything,
            Function::Sum | Function::Avg => Holds::Of(Kind::Decimal),
            Function::Min | Function::Max => Holds::Of(aggregate.kind),
        };
        if let Some(field) = &aggregate.field {
            self.need(field, holds);
        }
        if let Some(filter) = &aggregate.filter {
            self.need_predicate(filter);
        }
    }
}

fn tested(test: &Test) -> Holds {
    match test {
        Test::Exists | Test::NotExists => Holds::Anything,
        Test::StartsWith(_) | Test::EndsWith(_) => Holds::Of(Kind::Text),
        _ => test.values().first().map_or(Holds::Anything, |value| Holds::Of(value.kind())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use plinth_formula::{Catalogue, parse};

    use super::*;

    fn columns(formula: &str) -> Columns {
        Columns::of(&parse(formula, &Catalogue::default()).unwrap())
    }

    #[test]
    fn a_column_holds_what_the_formula_compares_it_with() {
        let found = columns(
            r#"{"all":[{"field":"id","operator":"exists"},{"field":"id","operator":"=","value":"007"},
                {"field":"customer.lastOrderDate","operator":">","value":"30 days"},
                {"field":"revenue","operator":">","valueField":"cost"},
                {"over":"orders","aggregate":"count","operator":">","value":2}]}"#,
        );
        let expected = [
            ("cost", Holds::Either),
            ("customer.lastOrderDate", Holds::Of(Kind::Temporal)),
            ("id", Holds::Of(Kind::Text)),
            ("orders", Holds::Anything),
            ("revenue", Holds::Either),
        ];
        assert_eq!(found.paths().collect::<Vec<_>>(), expected.map(|(path, _)| path));
        for (path, holds) in expected {
            assert_eq!(found.holds(path), Some(holds), "{path}");
        }
        assert_eq!(found.holds("name"), None);
        assert_eq!(found.and_all_others(true).holds("First Name"), Some(Holds::Anything));
    }

    #[test]
    fn two_formulas_must_agree_on_what_a_column_holds() {
        let number = || columns(r#"{"aggregate":"sum","field":"revenue"}"#);
        let text = columns(r#"{"field":"revenue","operator":"=","value":"high"}"#);
        assert!(number().and(columns(r#"{"aggregate":"count","field":"revenue"}"#)).is_ok());
        let error = number().and(text).unwrap_err().to_string();
        assert_eq!(error, "revenue holds decimal to one formula and string to the other");
    }
}
