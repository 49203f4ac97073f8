//! The expression object of the open semantic interchange form (Apache Ossie, formerly OSI): an expression for each
//! dialect of SQL. Plinth gives one of standard SQL.

use serde_json::{Value as Json, json};

use super::{NotExpressible, ansi::Ansi};
use crate::ast::Formula;

/// `{"dialects": [{"dialect": "ANSI_SQL", "expression": …}]}`, as a field (of a predicate) or a metric (of a measure) has it.
///
/// The columns are named as the paths, their types are those that the formula asks for, and ages are of the time at which
/// the expression is evaluated, since the form knows no other.
///
/// # Errors
/// When standard SQL cannot say it of columns: aggregates of lists in a record, elements of lists, other languages.
pub fn semantic_expression(formula: &Formula) -> Result<Json, NotExpressible> {
    let expression = match formula {
        Formula::Predicate(predicate) => Ansi.predicate(predicate)?,
        Formula::Measure(measure) => Ansi.measure(measure)?,
        Formula::Opaque(_) => {
            return Err(NotExpressible { language: "standard SQL", what: "an expression of another language" });
        }
    };
    Ok(json!({ "dialects": [{ "dialect": "ANSI_SQL", "expression": expression }] }))
}
