//! Queries: asked by request and reply, answered from the read tables and, for history, from the log.

pub mod answer;
pub mod endpoint;

pub use answer::Queries;
