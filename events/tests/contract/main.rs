//! Holds the contract still: what is committed is what the types say, and what was recorded once parses for ever.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod agreement;
mod asyncapi;
mod committed;
mod fixtures;
mod refusals;
mod replies;
mod samples;
mod schemas;
