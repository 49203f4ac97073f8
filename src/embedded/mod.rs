//! Postgres and nats-server as child processes: for `plinth dev`, for `plinth servers`, and for tests that kill and
//! restart them.
//!
//! It must not be used by `plinth serve`: a production service is given its servers by address. Nothing here knows
//! what Plinth stores; it hands out two URLs and keeps the processes behind them.
//!
//! What holds for both servers:
//! - they listen on 127.0.0.1 only, and their data, configuration and log lie in one folder each;
//! - every wait has a limit, and an error says which log to read;
//! - one thread per child starts it and reaps it, so none becomes a zombie, and on Linux the kernel ends a child whose
//!   parent died (`child.rs`);
//! - the lock on its log file is held by the server itself, so two servers never share a folder (`log.rs`).

mod account;
mod child;
mod cluster;
mod error;
mod find;
mod folder;
mod log;
mod nats;
mod port;
mod postgres;

pub use error::EmbeddedError;
pub use folder::{ThrowawayFolder, default_data_folder};
pub use nats::Nats;
pub use postgres::{Postgres, Tuning};
