//! The way of a command: parsed at the edge, decided and committed by the one writer, answered.
//!
//! ```text
//! endpoint (requests), intake (durable)  ->  parse  ->  Executor: batch -> lock -> decide -> append -> commit  ->  answer
//! ```
//!
//! The writer decides under the lock of the log head, on states that it keeps in a cache and brings up to date with
//! what other replicas wrote before it decides. So a decision always sees the present, commands of one batch see each
//! other's events, and no command is ever decided twice because of a race.

pub mod admission;
pub mod answer;
pub mod arrivals;
pub mod batch;
pub mod cache;
pub mod commands;
pub mod decide;
pub mod endpoint;
pub mod executor;
pub mod explain;
pub mod intake;
pub mod keys;
pub mod loading;
pub mod parse;
pub mod rehearsal;
pub mod rejection;
pub mod respond;
pub mod schedule_jobs;
pub mod single_jobs;
pub mod spans;
pub mod states;
pub mod steps;
pub mod submission;
pub mod unique_keys;
pub mod unrecorded;

pub use commands::Commands;
pub use executor::{Executor, Submitter};
