//! Formulas of metrics, applied to records. Queries and `plinth metric` do it here, so that both say the same.
//!
//! It knows neither the log nor the broker, and never looks at a clock.

mod changes;
mod summary;
mod terms;

pub use self::{
    changes::Changes,
    summary::{summary, verdict},
    terms::Terms,
};
