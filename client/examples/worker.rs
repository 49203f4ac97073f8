//! A whole worker: counts the words of texts. `plinth send job.enqueue '{"type": "word_count", "payload": {"path": "a"}}'`

use std::{io, time::Duration};

use plinth_client::{
    Client, Handlers, Job, JobFailure, JobKind, Worker, connect,
    events::{command::job_notes::LogLevel, subject::Subjects},
};
use serde::{Deserialize, Serialize};
use tokio::{
    fs::File,
    io::{AsyncBufReadExt, BufReader},
    signal::ctrl_c,
};
use tokio_util::sync::CancellationToken;

/// The jobs: what they get and what they give.
struct WordCount;

impl JobKind for WordCount {
    const TYPE: &'static str = "word_count";
    type Payload = Text;
    type Output = Count;
    type Error = io::Error;

    /// A text that is not there will not be there the next time either; everything else may pass.
    fn failure(error: io::Error) -> JobFailure {
        match error.kind() {
            io::ErrorKind::NotFound => JobFailure::permanent(error).kind("NotFound"),
            _ => JobFailure::new(error).kind("Io").retry_after(Duration::from_secs(10)),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Text {
    path: String,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Count {
    lines: u64,
    words: u64,
}

/// Goes on where an earlier attempt was, says how far it is, and stops when somebody wants it to.
async fn count(text: Text, job: Job) -> Result<Count, io::Error> {
    let mut count: Count = job.checkpoint().unwrap_or_default();
    let mut lines = BufReader::new(File::open(&text.path).await?).lines();
    for _ in 0..count.lines {
        lines.next_line().await?;
    }
    while let Some(line) = lines.next_line().await? {
        count.lines += 1;
        count.words += line.split_whitespace().count() as u64;
        if count.lines.is_multiple_of(100_000) {
            job.progress(50, format!("line {}", count.lines));
            job.save_checkpoint(&count).await.map_err(io::Error::other)?;
        }
        if job.cancelled.is_cancelled() {
            return Err(io::Error::other("stopped half-way"));
        }
    }
    job.log(LogLevel::Info, format!("{} has {} words", text.path, count.words));
    Ok(count)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(connect("nats://127.0.0.1:4222", None, "word-counter").await?, Subjects::default());
    let handlers = Handlers::new().register::<WordCount>(count);
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(Worker::new(&client, handlers).concurrency(64).run(shutdown.clone()));
    ctrl_c().await?;
    shutdown.cancel();
    Ok(running.await?)
}
