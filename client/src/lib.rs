//! The Rust SDK of Plinth over NATS.
//!
//! - [`connect()`] makes a connection with the settings that suit Plinth; [`Connection`] has the rarer ones.
//! - [`Client`] sends commands and queries and gets their answers: [`Client::send`], [`Client::query`]. What Plinth
//!   cannot answer just now is sent again under the same command id, so that it has one effect.
//! - [`Client::publish_durable`] leaves a command with JetStream, and [`Client::receipt`] fetches its outcome later.
//! - [`EventFollower`] yields the events of the log in order, none missing.
//! - [`Worker`] runs the jobs of one type.
//!
//! Everything that is sent and received is a type of [`plinth_events`], here also as [`events`]. This crate knows NATS
//! and the contract, and nothing of the service behind them.
//!
//! A whole worker:
//!
//! ```no_run
//! use plinth_client::{Client, Job, JobFailure, Worker, connect, events::subject::Subjects};
//! use serde::{Deserialize, Serialize};
//! use tokio_util::sync::CancellationToken;
//!
//! #[derive(Deserialize)]
//! struct Image {
//!     path: String,
//! }
//!
//! #[derive(Serialize)]
//! struct Extracted {
//!     bytes: usize,
//! }
//!
//! async fn extract(job: Job) -> Result<Extracted, JobFailure> {
//!     let image: Image = job.parse()?;
//!     let content = tokio::fs::read(&image.path).await?;
//!     Ok(Extracted { bytes: content.len() })
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let nats = connect("nats://127.0.0.1:4222", None, "image-extractor").await?;
//!     let client = Client::new(nats, Subjects::default());
//!     let shutdown = CancellationToken::new();
//!     let worker = Worker::builder(&client, "image_extraction".parse()?).concurrency(64).handler(extract);
//!     let running = tokio::spawn(worker.run(shutdown.clone()));
//!     tokio::signal::ctrl_c().await?;
//!     shutdown.cancel();
//!     Ok(running.await?)
//! }
//! ```

mod answer;
mod attempts;
mod backoff;
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
    client::{Client, SendOptions},
    connect::{ConnectError, Connection, OnEvent, connect},
    error::SendError,
    follower::{EventFollower, FollowError},
    worker::{Job, JobFailure, Worker, WorkerBuilder},
};
