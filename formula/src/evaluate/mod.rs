//! A formula, applied to records.
//!
//! An [`Evaluator`] is a formula made ready for one time of evaluation: ages have become points in time, paths a tree
//! that picks the few needed values out of the text of a record and skips the rest. An [`Evaluation`] is one pass over
//! records. It holds counters, and of measures what they add up, but no records. The same formula, records and time give
//! the same results, in whatever order the records come.

mod aggregate;
mod cell;
mod check;
mod compile;
mod layout;
mod ndjson;
mod program;
mod summary;

pub use ndjson::{ReadError, read_ndjson};
pub use summary::{Quality, Summary, Verdict, Verdicts};

use self::{
    aggregate::Accumulator,
    compile::Compiler,
    layout::{Layout, State},
    program::{MeasureTree, Program},
};
use crate::{
    ast::Formula,
    limits,
    value::{instant::Instant, zone::Zone},
};

/// When the year 9999 begins, the last that calendars know and too late for a time of evaluation.
const END: Instant = Instant::from_micros(253_370_764_800_000_000);

/// A formula, ready to be applied.
#[derive(Debug)]
pub struct Evaluator {
    layout: Layout,
    program: Program,
    /// How many layouts there are: that of the records, and those of lists in them.
    layouts: usize,
}

/// Why a formula cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotEvaluable {
    /// It is an expression of another language.
    #[error("the formula is an expression of another language, which Plinth does not evaluate")]
    Opaque,
    /// The time of evaluation is before the year 1 or after the year 9998.
    #[error("the time of evaluation {0} is not in the years 1 to 9998")]
    AsOfOutOfRange(Instant),
}

/// Why a record cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is not a JSON object.
    #[error("a record must be a JSON object: {0}")]
    Malformed(String),
    /// It has more than [`limits::RECORD_BYTES`].
    #[error("a record has at most {max} bytes", max = limits::RECORD_BYTES)]
    TooLong,
    /// `count_distinct` met more different values than it can remember.
    #[error("count_distinct met too many different values to remember them; compute this measure in SQL")]
    TooManyDistinct,
}

impl Evaluator {
    /// Makes a formula ready to be applied at a point in time. Days, months and dates are those of the zone.
    ///
    /// # Errors
    /// When it is an expression of another language, or the time is out of range.
    pub fn new(formula: &Formula, as_of: Instant, zone: &Zone) -> Result<Self, NotEvaluable> {
        if !(Instant::MIN..END).contains(&as_of) {
            return Err(NotEvaluable::AsOfOutOfRange(as_of));
        }
        let mut compiler = Compiler::new(as_of, zone);
        let mut layout = compiler.layout();
        let program = compiler.program(formula, &mut layout)?;
        Ok(Self { layout, program, layouts: compiler.layouts() })
    }

    /// Begins a pass over records.
    pub fn start(&self) -> Evaluation<'_> {
        let accumulators = self.program.aggregates().iter().map(|aggregate| aggregate.accumulator()).collect();
        let (state, verdicts) = (State::new(self.layouts), Verdicts::default());
        Evaluation { evaluator: self, state, accumulators, verdicts, records: 0 }
    }
}

/// One pass over records.
#[derive(Debug)]
pub struct Evaluation<'e> {
    evaluator: &'e Evaluator,
    state: State,
    accumulators: Vec<Accumulator>,
    verdicts: Verdicts,
    records: u64,
}

impl Evaluation<'_> {
    /// Takes in a record, the text of a JSON object. Of a key that occurs twice, the last one counts.
    ///
    /// A predicate says its verdict; a measure says nothing until the end.
    ///
    /// # Errors
    /// When the record is malformed or too long, or is one too many for `count_distinct`. It does not count then.
    pub fn record(&mut self, json: &str) -> Result<Option<Verdict>, RecordError> {
        if json.len() > limits::RECORD_BYTES {
            return Err(RecordError::TooLong);
        }
        let Self { evaluator, state, .. } = self;
        let cells = evaluator.layout.read(json, state).map_err(|error| RecordError::Malformed(error.to_string()))?;
        self.records += 1;
        match &evaluator.program {
            Program::Predicate(predicate) => {
                let verdict = predicate.verdict(&cells, state)?.into();
                self.verdicts.count(verdict);
                Ok(Some(verdict))
            }
            Program::Measure { aggregates, .. } => {
                for (aggregate, accumulator) in aggregates.iter().zip(&mut self.accumulators) {
                    aggregate.add(&cells, accumulator, state)?;
                }
                Ok(None)
            }
        }
    }

    /// Takes in a record that was parsed already. A number counts as `serde_json` writes it: of one with a fraction, the
    /// digits that a double keeps.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn parsed_record(&mut self, record: &serde_json::Value) -> Result<Option<Verdict>, RecordError> {
        self.record(&record.to_string())
    }

    /// Ends the pass.
    pub fn finish(self) -> Summary {
        let values: Vec<_> = self.accumulators.into_iter().map(Accumulator::finish).collect();
        let (verdicts, value) = match &self.evaluator.program {
            Program::Predicate(_) => (Some(self.verdicts), None),
            Program::Measure { tree, .. } => (None, Some(MeasureTree::value(tree, &values))),
        };
        Summary { records: self.records, verdicts, value, quality: self.state.quality() }
    }
}
