//! The formula language, from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod canonical;
mod compare;
mod evaluate;
mod export;
mod ndjson;
mod parse;
mod postgres;
mod sentence;
mod support;
mod types;
