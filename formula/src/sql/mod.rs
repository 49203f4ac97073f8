//! A formula as SQL for Postgres.
//!
//! The text is made of fixed pieces only: every path and every value is a bind. It reads the JSON of a record from a
//! column `record` of type `jsonb` and calls the [`FUNCTIONS`], which must have been created. What it says is what the
//! evaluator says, unknown (null) included.

mod bind;
mod expression;

pub use bind::Bind;

use self::expression::Writer;
use crate::ast::{Formula, Measure};

/// The functions that the texts call, as SQL that creates them: the migration that does so in the database of the service.
pub const FUNCTIONS: &str = include_str!("../../../migrations/0019_formula_functions.sql");

/// An expression of SQL.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlText {
    /// The expression, with `$1`, `$2` … for the binds: for each record a boolean, or an aggregate of records.
    pub text: String,
    /// What the places stand for.
    pub binds: Vec<Bind>,
    /// Whether it is an aggregate: one value of all rows.
    pub is_aggregate: bool,
}

/// The formula as an expression of Postgres; none if it is of another language.
pub fn sql(formula: &Formula) -> Option<SqlText> {
    let mut writer = Writer::default();
    let (text, is_aggregate) = match formula {
        Formula::Predicate(predicate) => (writer.predicate(predicate), false),
        Formula::Measure(measure) => (of_measure(measure, &mut writer), true),
        Formula::Opaque(_) => return None,
    };
    Some(SqlText { text, binds: writer.into_binds(), is_aggregate })
}

fn of_measure(measure: &Measure, writer: &mut Writer) -> String {
    match measure {
        Measure::Aggregate(aggregate) => writer.aggregate(aggregate),
        Measure::Ratio(numerator, denominator) => {
            let (numerator, denominator) = (of_measure(numerator, writer), of_measure(denominator, writer));
            format!("metric_ratio({numerator}, {denominator})")
        }
    }
}
