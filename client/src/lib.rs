//! The Rust SDK of Plinth over NATS.
//!
//! - [`connect()`] makes a connection with the settings that suit Plinth; [`Connection`] has the rarer ones.
//! - [`Client`] sends commands and queries and gets their answers: [`Client::send`], [`Client::query`]. What Plinth
//!   cannot answer just now is sent again under the same command id, so that it has one effect.
//! - [`Client::publish_durable`] leaves a command with JetStream, and [`Client::receipt`] fetches its outcome later.
//! - [`EventFollower`] yields the events of the log in order, none missing; with a [`Bookmark`] it goes on after a restart.
//! - [`Worker`] runs jobs with [`Handlers`], typed by [`JobKind`] or not.
//!
//! Everything that is sent and received is a type of [`plinth_events`], here also as [`events`]. This crate knows NATS
//! and the contract, and nothing of the service behind them.
//!
//! A whole worker:
//!
//! ```no_run
#![doc = include_str!("../examples/worker.rs")]
//! ```

mod answer;
mod attempts;
mod backoff;
mod bookmark;
mod client;
mod connect;
mod durable;
mod error;
mod follower;
mod request;
mod stream_reader;
mod worker;

pub use plinth_events as events;

pub use async_nats::jetstream::publish::PublishAck;

pub use self::{
    bookmark::{Bookmark, EventAt, Extent},
    client::{Client, SendOptions},
    connect::{ConnectError, Connection, OnEvent, connect},
    error::SendError,
    follower::{EventFollower, FollowError},
    worker::{
        CheckpointError, CheckpointRequest, Handler, Handlers, Job, JobFailure, JobKind, Notes, Outcome, Started,
        Worker,
    },
};
