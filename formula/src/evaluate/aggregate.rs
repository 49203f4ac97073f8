//! Many records, made one value.

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::{
    RecordError,
    cell::{Cell, Datum},
    layout::{Layout, State},
    program::Node,
};
use crate::{
    ast::{Comparison, Function},
    limits,
    value::{ratio::ratio, sum::Sum},
};

/// Memory that a value takes beside its text.
const DISTINCT_OVERHEAD_BYTES: usize = 64;

/// What is computed of records: of which values, and of which records.
#[derive(Debug)]
pub(super) struct AggregateNode {
    pub(super) function: Function,
    pub(super) slot: Option<usize>,
    pub(super) filter: Option<Node>,
}

/// An aggregate of the records in a list, and how these are read.
#[derive(Debug)]
pub(super) struct ListAggregate {
    pub(super) layout: Layout,
    pub(super) aggregate: AggregateNode,
}

/// What was computed so far.
#[derive(Debug)]
pub(super) enum Accumulator {
    Count(u64),
    Distinct(HashSet<Datum<'static>>, usize),
    Sum(Box<Sum>),
    Average(Box<Sum>, u64),
    /// The value that compares so with all others.
    Extreme(Comparison, Option<Datum<'static>>),
}

impl AggregateNode {
    pub(super) fn accumulator(&self) -> Accumulator {
        match self.function {
            Function::Count => Accumulator::Count(0),
            Function::CountDistinct => Accumulator::Distinct(HashSet::new(), 0),
            Function::Sum => Accumulator::Sum(Box::default()),
            Function::Avg => Accumulator::Average(Box::default(), 0),
            Function::Min => Accumulator::Extreme(Comparison::Less, None),
            Function::Max => Accumulator::Extreme(Comparison::Greater, None),
        }
    }

    /// Takes in a record, if it passes the filter.
    pub(super) fn add(
        &self,
        cells: &[Cell<'_>],
        accumulator: &mut Accumulator,
        state: &mut State,
    ) -> Result<(), RecordError> {
        if let Some(filter) = &self.filter
            && filter.verdict(cells, state)? != Some(true)
        {
            return Ok(());
        }
        match (self.slot.map(|slot| &cells[slot]), accumulator) {
            (Some(Cell::Missing), _) => Ok(()),
            (_, Accumulator::Count(count)) => {
                *count += 1;
                Ok(())
            }
            (Some(Cell::Value(value)), accumulator) => accumulator.add(value),
            _ => Ok(()),
        }
    }
}

impl ListAggregate {
    /// The value of a list, given as JSON; none is unknown.
    pub(super) fn value(&self, list: &str, state: &mut State) -> Result<Option<Datum<'static>>, RecordError> {
        let mut accumulator = self.aggregate.accumulator();
        let records: Vec<&RawValue> =
            serde_json::from_str(list).map_err(|error| RecordError::Malformed(error.to_string()))?;
        for record in records {
            let cells = match record.get().starts_with('{') {
                true => self.layout.read(record.get(), state),
                false => Ok(self.layout.nothing(state)),
            };
            let cells = cells.map_err(|error| RecordError::Malformed(error.to_string()))?;
            self.aggregate.add(&cells, &mut accumulator, state)?;
        }
        Ok(accumulator.finish())
    }
}

impl Accumulator {
    fn add(&mut self, value: &Datum<'_>) -> Result<(), RecordError> {
        match (self, value) {
            (Self::Count(count), _) => *count += 1,
            (Self::Sum(sum), Datum::Decimal(term)) => sum.add(*term),
            (Self::Average(sum, count), Datum::Decimal(term)) => {
                sum.add(*term);
                *count += 1;
            }
            (Self::Extreme(comparison, best), value) => {
                if best.as_ref().is_none_or(|best| value.holds(*comparison, best) == Some(true)) {
                    *best = Some(value.clone().into_owned());
                }
            }
            (Self::Distinct(seen, bytes), value) => return remember(seen, bytes, value),
            (Self::Sum(_) | Self::Average(..), _) => {}
        }
        Ok(())
    }

    /// The value; none is unknown.
    pub(super) fn finish(self) -> Option<Datum<'static>> {
        match self {
            Self::Count(count) => Some(Datum::Decimal(count.into())),
            Self::Distinct(seen, _) => Some(Datum::Decimal(seen.len().into())),
            Self::Sum(sum) => sum.total().map(Datum::Decimal),
            Self::Average(sum, count) => ratio(sum.total()?, Decimal::from(count)).map(Datum::Decimal),
            Self::Extreme(_, best) => best,
        }
    }
}

fn remember(seen: &mut HashSet<Datum<'static>>, bytes: &mut usize, value: &Datum<'_>) -> Result<(), RecordError> {
    let value = value.clone().into_owned();
    let length = if let Datum::Text(text) = &value { text.len() } else { 0 };
    if seen.insert(value) {
        *bytes += length + DISTINCT_OVERHEAD_BYTES;
    }
    if *bytes > limits::DISTINCT_BYTES { Err(RecordError::TooManyDistinct) } else { Ok(()) }
}
