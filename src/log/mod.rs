//! The log in Postgres: its head and lock, appending, reading, and the tables that go with a command.
//!
//! One file per table or per way of reading. Nothing here knows the rules of an aggregate or talks to the broker.

pub mod admission;
pub mod append;
pub mod benchmark;
pub mod checkpoint;
pub mod commands;
pub mod database;
pub mod erase;
pub mod head;
pub mod lease;
pub mod load;
pub mod notary_block;
pub mod parked;
pub mod raw;
pub mod read;
pub mod rebuild;
pub mod tree;
pub mod unique_keys;
pub mod upcast;
pub mod web_session;

pub use database::{Database, LogError};
