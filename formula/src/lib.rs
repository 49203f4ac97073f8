//! The formula language of Plinth (section 6 of the specification): what a metric is computed by.
//!
//! A formula is JSON. [`parse`] makes it a [`Formula`], or says everything that is wrong with it. A formula can be
//!
//! - evaluated on records: [`Evaluator`], [`read_ndjson`];
//! - put into words: [`sentence`];
//! - written in one form for all that mean the same: [`Formula::canonical`];
//! - compared with another one: [`compare()`];
//! - compiled to Postgres: [`sql()`]; exported: [`json_logic`], [`semantic_expression`].
//!
//! Logic has three values: what is missing, null or of a wrong type is unknown, and so is what depends on it. Nothing is
//! converted, numbers are decimals, and there is no "now": a formula is evaluated at a given time, in a given zone, and
//! then says the same for ever.
//!
//! The crate knows nothing of events, databases or the clock.
//!
//! ```
//! use plinth_formula::{Catalogue, Evaluator, Verdict, Zone, parse, sentence};
//!
//! let text = r#"{"field": "lastOrderDate", "operator": ">", "value": "30 days"}"#;
//! let formula = parse(text, &Catalogue::default()).map_err(|errors| errors[0].clone())?;
//! assert_eq!(sentence(&formula), "last order more than 30 days ago");
//!
//! let evaluator = Evaluator::new(&formula, "2026-03-31T12:00:00Z".parse()?, &Zone::utc())?;
//! let mut evaluation = evaluator.start();
//! let verdict = evaluation.record(r#"{"lastOrderDate": "2026-02-01T09:30:00Z"}"#)?;
//! assert_eq!(verdict, Some(Verdict::True));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod ast;
mod canonical;
mod catalogue;
mod compare;
mod error;
pub mod evaluate;
mod export;
pub mod limits;
mod parse;
mod path;
mod sentence;
pub mod sql;
pub mod value;

pub use ast::Formula;
pub use catalogue::{Catalogue, FieldType, Undeclared};
pub use compare::{Change, Class, Difference, compare};
pub use error::{ErrorCode, FormulaError};
pub use evaluate::{Evaluation, Evaluator, NotEvaluable, ReadError, RecordError, Summary, Verdict, read_ndjson};
pub use export::{NotExpressible, json_logic, semantic_expression};
pub use parse::parse;
pub use path::{FieldPath, InvalidPath};
pub use sentence::sentence;
pub use sql::{SqlText, sql};
pub use value::{
    instant::{Instant, InvalidInstant},
    zone::{UnknownZone, Zone},
};
