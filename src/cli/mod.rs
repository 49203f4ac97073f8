//! The subcommands, one file each. They print tables for people and, with `--json`, JSON for programs.
#![warn(clippy::print_stdout, reason = "a reader that is gone is no reason to panic: `output::print`")]

mod audit;
#[expect(clippy::print_stdout, reason = "a measurement that nobody reads may end")]
mod bench;
mod conformance;
mod dev;
mod doctor;
mod failure;
mod health;
mod history;
mod http_get;
mod import;
mod job;
mod key;
mod message;
mod metric;
mod migrate;
mod mirror;
mod output;
mod parked;
mod pretty;
mod query;
mod queue;
mod rebuild;
mod refusal;
mod remote;
mod replay;
mod schedule;
mod schema;
mod seed;
mod send;
mod serve;
mod servers;
mod table;
mod timeline;
mod verify;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// An event-sourced foundation for business applications: metric definitions, dashboard layouts, background jobs.
#[derive(Parser)]
#[command(name = "plinth", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve commands and queries over NATS and HTTP
    Serve(serve::Serve),
    /// Run everything on this machine: Postgres, nats-server and Plinth with a demo tenant
    Dev(dev::Dev),
    /// Run a program with a Postgres and a nats-server of its own
    Servers(servers::Servers),
    /// Bring the database to the schema of this version
    Migrate(migrate::Migrate),
    /// Send one command
    Send(send::Send),
    /// Ask one query
    Query(query::Query),
    /// Send commands from files, one JSON object a line
    Import(import::Import),
    /// Show every event of a metric: who, when, why
    History(history::History),
    /// Ask what a metric means at any time, as known at any time
    Metric(metric::Metric),
    /// Define a starter set of metrics for a tenant
    Seed(seed::Seed),
    /// Look into jobs, and act on them
    #[command(alias = "jobs")]
    Job(job::Job),
    /// Limit, pause or resume the jobs of a tenant, of a type, or of everybody
    Queue(queue::Queue),
    /// Create, list or revoke the API keys of a tenant
    Key(key::Key),
    /// Print events from a position on
    Replay(replay::Replay),
    /// Run a program for every job of a type
    Work(work::Work),
    /// Show schedules and when they fire
    Schedule(schedule::Schedule),
    /// Check whether a worker program keeps the protocol
    Conformance(conformance::Conformance),
    /// List or redrive durable commands that failed
    Parked(parked::Parked),
    /// Recreate the read tables from the log, online
    Rebuild(rebuild::Rebuild),
    /// Replay the log and compare the read tables with it
    Verify(verify::Verify),
    /// Keep the read tables in an application's own Postgres
    Mirror(mirror::Mirror),
    /// Prove what the log holds, and check such proofs
    Audit(audit::Audit),
    /// Check servers, settings and streams
    Doctor(doctor::Doctor),
    /// Print the JSON Schemas and the AsyncAPI document of the contract
    Schema(schema::Schema),
    /// Measure, one JSON line per figure
    Bench(bench::Bench),
    /// Ask a running service whether it is ready
    Health(health::Health),
}

impl Cli {
    /// Runs the subcommand to its end.
    pub fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return failure::print(&error.into()),
        };
        runtime.block_on(self.command.run()).unwrap_or_else(|error| failure::print(&error))
    }
}

impl Command {
    async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(command) => command.run().await,
            Self::Dev(command) => command.run().await,
            Self::Servers(command) => command.run().await,
            Self::Migrate(command) => command.run().await,
            Self::Send(command) => command.run().await,
            Self::Query(command) => command.run().await,
            Self::Import(command) => command.run().await,
            Self::History(command) => command.run().await,
            Self::Metric(command) => command.run().await,
            Self::Seed(command) => command.run().await,
            Self::Job(command) => command.run().await,
            Self::Queue(command) => command.run().await,
            Self::Key(command) => command.run().await,
            Self::Replay(command) => command.run().await,
            Self::Work(command) => command.run().await,
            Self::Schedule(command) => command.run().await,
            Self::Conformance(command) => command.run().await,
            Self::Parked(command) => command.run().await,
            Self::Rebuild(command) => command.run().await,
            Self::Verify(command) => command.run().await,
            Self::Mirror(command) => command.run().await,
            Self::Audit(command) => command.run().await,
            Self::Doctor(command) => command.run().await,
            Self::Schema(command) => command.run(),
            Self::Bench(command) => command.run().await,
            Self::Health(command) => command.run().await,
        }
    }
}
