//! Which records change their verdict when a formula becomes another one.

use std::collections::BTreeMap;

use plinth_events::{
    limits,
    query::{
        evaluate::{Applied, MetricPreview, Verdict, VerdictChange},
        formula::DiffClass,
    },
};
use plinth_formula::Summary;

use super::{summary, verdict};

/// The changes so far.
#[derive(Debug, Default)]
pub struct Changes {
    ways: BTreeMap<(Verdict, Verdict), VerdictChange>,
}

impl Changes {
    /// Takes in what two formulas say of a record; a measure says nothing of a single one.
    pub fn count(&mut self, place: u64, old: Option<plinth_formula::Verdict>, new: Option<plinth_formula::Verdict>) {
        let (Some(from), Some(to)) = (old.map(verdict), new.map(verdict)) else { return };
        if from == to {
            return;
        }
        let none = || VerdictChange { from, to, records: 0, examples: Vec::new() };
        let change = self.ways.entry((from, to)).or_insert_with(none);
        change.records += 1;
        if change.examples.len() < limits::CHANGE_EXAMPLES {
            change.examples.push(place);
        }
    }

    /// What the new formula changes, once both have taken in all records.
    pub fn preview(self, applied: Applied, class: DiffClass, old: &Summary, new: &Summary) -> MetricPreview {
        let are_predicates = old.verdicts.is_some() && new.verdicts.is_some();
        let changes = are_predicates.then(|| self.finish());
        MetricPreview { applied, class, old: summary(old), new: summary(new), changes }
    }

    fn finish(self) -> Vec<VerdictChange> {
        self.ways.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use plinth_formula::Verdict::{False, True, Unknown};

    use super::*;

    #[test]
    fn records_that_change_are_counted_and_the_first_are_named() {
        let mut changes = Changes::default();
        for place in 1..=100 {
            changes.count(place, Some(True), Some(if place % 2 == 0 { False } else { True }));
        }
        changes.count(101, Some(Unknown), Some(True));
        changes.count(102, None, Some(True));
        let found = changes.finish();
        let counted: Vec<_> = found.iter().map(|change| (change.from, change.to, change.records)).collect();
        assert_eq!(counted, [(Verdict::True, Verdict::False, 50), (Verdict::Unknown, Verdict::True, 1)]);
        assert_eq!(found[0].examples, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
        assert_eq!(found[1].examples, [101]);
    }
}
