//! A worker with the Rust SDK that does what `plinth conformance` asks for:
//!
//! ```sh
//! plinth conformance -- target/debug/examples/conformance_worker
//! ```

use std::{env, error::Error, path::PathBuf, thread, time::Duration};

use plinth_client::{Client, Handlers, Job, JobFailure, Worker, connect, events::subject::Subjects};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::block_in_place,
    time::sleep,
};
use tokio_util::sync::CancellationToken;

/// What a payload asks for.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Task {
    Complete {
        value: Value,
    },
    Fail {
        error: String,
        retryable: Option<bool>,
        retry_after_seconds: Option<u64>,
    },
    Snooze {
        seconds: u64,
    },
    Wait {
        seconds: f64,
    },
    Checkpoint {
        value: Value,
    },
    /// Not asked for by `plinth conformance`: holds up its thread until there is a file, so that nothing stops it.
    Block {
        file: PathBuf,
        value: Value,
    },
}

async fn work(job: Job) -> Result<Value, JobFailure> {
    match job.parse()? {
        Task::Complete { value } => Ok(value),
        Task::Fail { error, retryable: Some(false), .. } => Err(JobFailure::permanent(error)),
        Task::Fail { error, retry_after_seconds: None, .. } => Err(JobFailure::new(error)),
        Task::Fail { error, retry_after_seconds: Some(seconds), .. } => {
            Err(JobFailure::new(error).retry_after(Duration::from_secs(seconds)))
        }
        Task::Snooze { seconds } => Err(JobFailure::Snoozed(Duration::from_secs(seconds))),
        Task::Wait { seconds } => tokio::select! {
            () = sleep(Duration::from_secs_f64(seconds)) => Ok(Value::Null),
            () = job.cancelled.cancelled() => Err(JobFailure::permanent("cancelled")),
        },
        Task::Checkpoint { value } => match job.checkpoint() {
            Some(saved) => Ok(saved),
            None => {
                job.save_checkpoint(&value).await?;
                job.progress(70, "a checkpoint is saved");
                job.cancelled.cancelled().await;
                Err(JobFailure::permanent("cancelled"))
            }
        },
        Task::Block { file, value } => {
            block_in_place(|| {
                while !file.exists() {
                    thread::sleep(Duration::from_millis(20));
                }
            });
            Ok(value)
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let prefix: Subjects = env::var("PLINTH_SUBJECT_PREFIX")?.parse()?;
    let client = Client::new(connect(&env::var("NATS_URL")?, None, "conformance").await?, prefix);
    let lease = Duration::from_secs(env::var("PLINTH_LEASE_SECONDS")?.parse()?);
    let handlers = Handlers::new().handle(env::var("PLINTH_JOB_TYPE")?.parse()?, work);
    let worker = Worker::new(&client, handlers).lease(lease).grace(Duration::from_secs(1));
    let shutdown = CancellationToken::new();
    let told = shutdown.clone();
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        terminate.recv().await;
        told.cancel();
    });
    worker.run(shutdown).await;
    Ok(())
}
