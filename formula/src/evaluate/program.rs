//! A formula as it is carried out on the cells of a record.
//!
//! Nothing is skipped, even where the verdict is already clear, so that the counters of data quality do not depend on
//! the order of operands.

use rust_decimal::Decimal;

use super::{
    RecordError,
    aggregate::{AggregateNode, ListAggregate},
    cell::{Cell, Datum},
    check::Check,
    layout::State,
};
use crate::{
    ast::Comparison,
    value::{Value, ratio::ratio, zone::Zone},
};

#[derive(Debug)]
pub(super) enum Program {
    Predicate(Node),
    Measure { aggregates: Vec<AggregateNode>, tree: MeasureTree },
}

/// How the values of aggregates become the value of the measure.
#[derive(Debug)]
pub(super) enum MeasureTree {
    /// The value of the aggregate of this number.
    Aggregate(usize),
    Ratio(Box<Self>, Box<Self>),
}

/// A predicate.
#[derive(Debug)]
pub(super) enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Field { slot: usize, check: Check },
    Fields { left: usize, comparison: Comparison, right: usize, untyped: Option<Zone> },
    Over { slot: usize, aggregate: Box<ListAggregate>, check: Check },
}

impl Program {
    pub(super) fn aggregates(&self) -> &[AggregateNode] {
        match self {
            Self::Predicate(_) => &[],
            Self::Measure { aggregates, .. } => aggregates,
        }
    }
}

impl Node {
    /// True, false, or none: unknown.
    pub(super) fn verdict(&self, cells: &[Cell<'_>], state: &mut State) -> Result<Option<bool>, RecordError> {
        match self {
            Self::All(operands) => decide(operands, false, cells, state),
            Self::Any(operands) => decide(operands, true, cells, state),
            Self::Not(operand) => Ok(operand.verdict(cells, state)?.map(|verdict| !verdict)),
            Self::Field { slot, check } => Ok(check.passes(&cells[*slot])),
            Self::Fields { left, comparison, right, untyped } => {
                let (Cell::Value(left), Cell::Value(right)) = (&cells[*left], &cells[*right]) else { return Ok(None) };
                Ok(match untyped {
                    Some(zone) => left.holds_untyped(*comparison, right, zone),
                    None => left.holds(*comparison, right),
                })
            }
            Self::Over { slot, aggregate, check } => {
                let Cell::List(list) = cells[*slot] else { return Ok(None) };
                Ok(aggregate.value(list, state)?.and_then(|value| check.passes_value(&value)))
            }
        }
    }
}

/// `decisive` if one operand is so; else unknown if one is; else the opposite.
fn decide(
    operands: &[Node],
    decisive: bool,
    cells: &[Cell<'_>],
    state: &mut State,
) -> Result<Option<bool>, RecordError> {
    let mut result = Some(!decisive);
    for operand in operands {
        match operand.verdict(cells, state)? {
            Some(verdict) if verdict == decisive => result = Some(decisive),
            None if result != Some(decisive) => result = None,
            _ => {}
        }
    }
    Ok(result)
}

impl MeasureTree {
    /// The value of the measure.
    pub(super) fn value(&self, values: &[Option<Datum<'static>>]) -> Option<Value> {
        match self {
            Self::Aggregate(number) => values[*number].clone().map(Value::from),
            Self::Ratio(..) => self.number(values).map(Value::Decimal),
        }
    }

    fn number(&self, values: &[Option<Datum<'static>>]) -> Option<Decimal> {
        match self {
            Self::Aggregate(number) => match values[*number] {
                Some(Datum::Decimal(value)) => Some(value),
                _ => None,
            },
            Self::Ratio(numerator, denominator) => ratio(numerator.number(values)?, denominator.number(values)?),
        }
    }
}
