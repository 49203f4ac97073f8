//! From a formula to what is carried out: paths become places of cells, ages points in time.

use super::{
    NotEvaluable,
    aggregate::{AggregateNode, ListAggregate},
    cell::{Datum, Scalars},
    check::Check,
    layout::Layout,
    program::{MeasureTree, Node, Program},
};
use crate::{
    ast::{Aggregate, FieldComparison, Formula, Function, Measure, Predicate, Test},
    value::{Kind, Value, instant::Instant, zone::Zone},
};

pub(super) struct Compiler<'a> {
    as_of: Instant,
    zone: &'a Zone,
    layouts: usize,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(as_of: Instant, zone: &'a Zone) -> Self {
        Self { as_of, zone, layouts: 0 }
    }

    /// How many layouts were made.
    pub(super) fn layouts(&self) -> usize {
        self.layouts
    }

    /// The layout of the records that are evaluated.
    pub(super) fn layout(&mut self) -> Layout {
        self.layouts += 1;
        Layout::new(self.layouts - 1, None, self.zone.clone())
    }

    pub(super) fn program(&mut self, formula: &Formula, layout: &mut Layout) -> Result<Program, NotEvaluable> {
        match formula {
            Formula::Opaque(_) => Err(NotEvaluable::Opaque),
            Formula::Predicate(predicate) => self.node(predicate, layout).map(Program::Predicate),
            Formula::Measure(measure) => {
                let mut aggregates = Vec::new();
                let tree = self.measure(measure, layout, &mut aggregates)?;
                Ok(Program::Measure { aggregates, tree })
            }
        }
    }

    fn measure(
        &mut self,
        measure: &Measure,
        layout: &mut Layout,
        aggregates: &mut Vec<AggregateNode>,
    ) -> Result<MeasureTree, NotEvaluable> {
        match measure {
            Measure::Aggregate(aggregate) => {
                aggregates.push(self.aggregate(aggregate, layout)?);
                Ok(MeasureTree::Aggregate(aggregates.len() - 1))
            }
            Measure::Ratio(numerator, denominator) => {
                let numerator = self.measure(numerator, layout, aggregates)?;
                let denominator = self.measure(denominator, layout, aggregates)?;
                Ok(MeasureTree::Ratio(Box::new(numerator), Box::new(denominator)))
            }
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate, layout: &mut Layout) -> Result<AggregateNode, NotEvaluable> {
        let scalars = match aggregate.function {
            Function::Count => Scalars::None,
            Function::CountDistinct => Scalars::Any,
            Function::Sum | Function::Avg => Scalars::Of(Kind::Decimal),
            Function::Min | Function::Max => Scalars::Of(aggregate.kind),
        };
        let slot = aggregate.field.as_ref().map(|field| layout.slot(field, scalars, false));
        let filter = match &aggregate.filter {
            Some(filter) => Some(self.node(filter, layout)?),
            None => None,
        };
        Ok(AggregateNode { function: aggregate.function, slot, filter })
    }

    fn node(&mut self, predicate: &Predicate, layout: &mut Layout) -> Result<Node, NotEvaluable> {
        match predicate {
            Predicate::All(operands) => self.nodes(operands, layout).map(Node::All),
            Predicate::Any(operands) => self.nodes(operands, layout).map(Node::Any),
            Predicate::Not(operand) => Ok(Node::Not(Box::new(self.node(operand, layout)?))),
            Predicate::Fields(fields) => Ok(fields_node(fields, layout)),
            Predicate::Field { field, test } => {
                let (scalars, lists) = needed(test);
                Ok(Node::Field { slot: layout.slot(field, scalars, lists), check: self.check(test)? })
            }
            Predicate::Over { path, aggregate, test } => {
                self.layouts += 1;
                let list = layout.full(path);
                let mut inner = Layout::new(self.layouts - 1, Some(list), self.zone.clone());
                let aggregate = self.aggregate(aggregate, &mut inner)?;
                let aggregate = Box::new(ListAggregate { layout: inner, aggregate });
                Ok(Node::Over { slot: layout.slot(path, Scalars::None, true), aggregate, check: self.check(test)? })
            }
        }
    }

    fn nodes(&mut self, operands: &[Predicate], layout: &mut Layout) -> Result<Vec<Node>, NotEvaluable> {
        operands.iter().map(|operand| self.node(operand, layout)).collect()
    }

    /// An age is greater the earlier the point in time: `age > 30 days` is `field < asOf - 30 days`.
    fn check(&self, test: &Test) -> Result<Check, NotEvaluable> {
        let values = |values: &[Value]| values.iter().map(|value| self.datum(value)).collect::<Result<_, _>>();
        Ok(match test {
            Test::Compare(comparison, value) if value.is_age() => {
                Check::Compare(comparison.mirrored(), self.datum(value)?)
            }
            Test::Compare(comparison, value) => Check::Compare(*comparison, self.datum(value)?),
            Test::In(list) => Check::In { values: values(list)?, expected: true },
            Test::NotIn(list) => Check::In { values: values(list)?, expected: false },
            Test::Between(low, high) if low.is_age() => Check::Between(self.datum(high)?, self.datum(low)?),
            Test::Between(low, high) => Check::Between(self.datum(low)?, self.datum(high)?),
            Test::Contains(value) => Check::Contains(self.datum(value)?),
            Test::StartsWith(part) => Check::StartsWith(part.clone()),
            Test::EndsWith(part) => Check::EndsWith(part.clone()),
            Test::Exists => Check::Exists { expected: true },
            Test::NotExists => Check::Exists { expected: false },
        })
    }

    fn datum(&self, value: &Value) -> Result<Datum<'static>, NotEvaluable> {
        Ok(match value {
            Value::Boolean(value) => Datum::Boolean(*value),
            Value::Decimal(value) => Datum::Decimal(*value),
            Value::Text(value) => value.clone().into(),
            Value::Instant(value) => Datum::Instant(*value),
            Value::Date(value) => Datum::Instant(value.midnight(self.zone)),
            Value::Duration(age) => {
                let then = age.before(self.as_of, self.zone);
                Datum::Instant(then.ok_or(NotEvaluable::AsOfOutOfRange(self.as_of))?)
            }
        })
    }
}

fn fields_node(fields: &FieldComparison, layout: &mut Layout) -> Node {
    let scalars = fields.kind.map_or(Scalars::Any, Scalars::Of);
    let (left, right) = (layout.slot(&fields.left, scalars, false), layout.slot(&fields.right, scalars, false));
    let untyped = fields.kind.is_none().then(|| layout.zone().clone());
    Node::Fields { left, comparison: fields.comparison, right, untyped }
}

/// What a test needs to find at its path, and whether that may be a list.
fn needed(test: &Test) -> (Scalars, bool) {
    match test {
        Test::Exists | Test::NotExists => (Scalars::None, false),
        Test::StartsWith(_) | Test::EndsWith(_) => (Scalars::Of(Kind::Text), false),
        Test::Contains(Value::Text(_)) => (Scalars::Of(Kind::Text), true),
        Test::Contains(_) => (Scalars::None, true),
        Test::Compare(..) | Test::In(_) | Test::NotIn(_) | Test::Between(..) => {
            (test.values().first().map_or(Scalars::None, |value| Scalars::Of(value.kind())), false)
        }
    }
}
