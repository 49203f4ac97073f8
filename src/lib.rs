//! Plinth, the service: commands in, one log, read tables, streams. The map is in ARCHITECTURE.md.

pub mod app;
pub mod audit;
pub mod cli;
pub mod command;
pub mod config;
pub mod config_schema;
pub mod domain;
pub mod duty;
pub mod embedded;
pub mod endpoints;
pub mod erasure;
pub mod evaluation;
pub mod formulas;
pub mod http;
pub mod jobs;
pub mod log;
pub mod measure;
pub mod mirror;
pub mod notary;
pub mod query;
pub mod relay;
pub mod schema_errors;
pub mod secret_token;
pub mod stray;
pub mod streams;
pub mod telemetry;
pub mod testing;
pub mod timetable;
pub mod traces;
pub mod webhooks;

/// The page about workers in Rust, whose examples are compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/rust-worker.md")]
pub mod rust_worker {}
