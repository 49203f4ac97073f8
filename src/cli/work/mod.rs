//! `plinth work`: runs any program for every job of a type.

mod program;
mod verdict;

use std::{num::NonZeroU16, process::ExitCode, time::Duration};

use clap::Args;
use plinth_client::{Client, Handlers, Job, JobFailure, Worker};
use plinth_events::{limits, names::JobType};
use serde_json::{json, value::RawValue};
use tokio::{
    pin,
    signal::unix::{Signal, SignalKind, signal},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::program::{Environment, Program};
use super::{
    output::{self, printable},
    remote::Remote,
};
use crate::telemetry;

/// The exit code of a program that was told to stop and did not wait, as shells have it: 128 and SIGINT.
const INTERRUPTED: u8 = 130;

/// Run a program for every job of a type.
///
/// The program gets the payload on standard input, and PLINTH_JOB_ID, PLINTH_JOB_TYPE, PLINTH_TENANT, PLINTH_ATTEMPT
/// and PLINTH_MAX_ATTEMPTS in its environment. Exit code 0 completes the job with what was printed as its result; 65
/// fails it for good; any other code fails the attempt, with the end of standard error as the reason.
#[derive(Args)]
pub(super) struct Work {
    /// The type, such as image_extraction
    #[arg(value_name = "TYPE")]
    job_type: JobType,
    /// The program, as a command for sh
    #[arg(long, value_name = "COMMAND")]
    exec: String,
    /// An argument for the program, passed as it is; may be repeated
    #[arg(long = "arg", value_name = "ARGUMENT", allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// Most jobs at a time
    #[arg(long, value_name = "JOBS", default_value = "4")]
    concurrency: NonZeroU16,
    /// After how long without a sign of life of this worker a job goes to another one, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=limits::LEASE_SECONDS.into()))]
    lease_seconds: u32,
    /// How long the program may take for a job, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    timeout_seconds: u64,
    /// Print JSON, one finished job a line
    #[arg(long)]
    json: bool,
    /// What to log: a level, or a list such as info,plinth=debug
    #[arg(long, env = "PLINTH_LOG", default_value = "info,async_nats=warn")]
    log: String,
    #[command(flatten)]
    remote: Remote,
}

impl Work {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        telemetry::start(&self.log)?;
        let mut signals = Signals::new()?;
        let client = self.remote.client().await?;
        let stop = CancellationToken::new();
        let working = self.worker(&client).run(stop.clone());
        pin!(working);
        tokio::select! {
            () = &mut working => return Ok(ExitCode::SUCCESS),
            () = signals.next() => stop.cancel(),
        }
        tell("finishing the running jobs; once more to stop at once");
        // dropping the worker kills what it runs
        Ok(tokio::select! {
            () = &mut working => ExitCode::SUCCESS,
            () = signals.next() => ExitCode::from(INTERRUPTED),
        })
    }

    fn worker(&self, client: &Client) -> Worker {
        let program = Program {
            command: self.exec.clone(),
            arguments: self.arguments.clone(),
            limit: Duration::from_secs(self.timeout_seconds),
        };
        let json = self.json;
        let run = move |job| run_and_tell(program.clone(), job, json);
        Worker::new(client, Handlers::new().handle(self.job_type.clone(), run))
            .concurrency(self.concurrency.get().into())
            .lease(Duration::from_secs(self.lease_seconds.into()))
    }
}

/// SIGINT (Ctrl-C) and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

type Ran = Result<Option<Box<RawValue>>, JobFailure>;

async fn run_and_tell(program: Program, job: Job, json: bool) -> Ran {
    let started = Instant::now();
    let ran = program.run(environment(&job), job.payload.as_str(), &job.cancelled).await;
    let line = if json { json_line(&job, &ran, started.elapsed()) } else { line(&job, &ran, started.elapsed()) };
    // a worker goes on when nobody reads what it prints
    let _ = output::print(line);
    ran
}

fn environment(job: &Job) -> Environment {
    [
        ("PLINTH_JOB_ID", job.id.to_string()),
        ("PLINTH_JOB_TYPE", job.job_type.to_string()),
        ("PLINTH_TENANT", job.tenant.to_string()),
        ("PLINTH_ATTEMPT", job.attempt.to_string()),
        ("PLINTH_MAX_ATTEMPTS", job.max_attempts.to_string()),
    ]
}

fn line(job: &Job, ran: &Ran, duration: Duration) -> String {
    let Job { id, attempt, max_attempts, .. } = job;
    let outcome = if ran.is_ok() { "completed" } else { "failed" };
    let line = format!("{outcome:<9}  {id}  attempt {attempt} of {max_attempts}  {:.3} s", duration.as_secs_f64());
    match ran {
        Err(JobFailure::Failed { error, .. }) => printable(&format!("{line}  {error}")),
        _ => line,
    }
}

fn json_line(job: &Job, ran: &Ran, duration: Duration) -> String {
    let failure = match ran {
        Err(JobFailure::Failed { error, retryable, .. }) => json!({ "error": error, "retryable": retryable }),
        _ => json!(null),
    };
    let line = json!({
        "jobId": job.id, "tenantId": job.tenant, "attempt": job.attempt, "maxAttempts": job.max_attempts,
        "outcome": if ran.is_ok() { "completed" } else { "failed" }, "failure": failure,
        "seconds": duration.as_secs_f64(),
    });
    line.to_string()
}

#[expect(clippy::print_stderr, reason = "for whoever pressed Ctrl-C, and not part of the output")]
fn tell(text: &str) {
    eprintln!("{text}");
}
