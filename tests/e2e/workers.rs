//! Workers of the SDK, from outside.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use plinth_client::{Handlers, Job, JobFailure, JobKind, SendOptions, Worker};
use plinth_events::{
    Command,
    command::{job::EnqueueJob, job_notes::LogLevel},
    envelope::Origin,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{sync::oneshot, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::support::{Acting, Ground, eventually, sdk_worker, start_sdk_worker};

/// Longest wait for what a handler does.
const START_LIMIT: Duration = Duration::from_secs(10);

/// Counts the words of texts.
struct WordCount;

#[derive(Serialize, Deserialize)]
struct Text {
    text: String,
}

impl JobKind for WordCount {
    const TYPE: &'static str = "word_count";
    type Payload = Text;
    type Output = usize;
    type Error = io::Error;

    fn failure(error: io::Error) -> JobFailure {
        match error.kind() {
            io::ErrorKind::InvalidData => JobFailure::permanent(error).kind("Empty").details(json!({ "words": 0 })),
            _ => error.into(),
        }
    }
}

async fn count(text: Text, job: Job) -> Result<usize, io::Error> {
    job.log(LogLevel::Info, format!("attempt {} counts", job.attempt));
    match text.text.split_whitespace().count() {
        0 => Err(io::Error::new(io::ErrorKind::InvalidData, "no words")),
        words => Ok(words),
    }
}

/// A worker that is told to stop when the test is over.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn start(worker: Worker) -> Self {
        let stop = CancellationToken::new();
        Self { stop: stop.clone(), task: tokio::spawn(worker.run(stop)) }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

fn handle<F>(job_type: &str, handler: impl Fn(Job) -> F + Send + Sync + 'static) -> Handlers
where
    F: Future<Output = Result<(), JobFailure>> + Send + 'static,
{
    Handlers::new().handle(job_type.parse().unwrap(), handler)
}

#[tokio::test]
async fn one_worker_serves_typed_and_untyped_handlers_and_its_errors_stand_in_the_history() {
    let Some(ground) = Ground::new("typed handlers").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let handlers = handle("report", async |_| Ok(())).register::<WordCount>(count);
    let worker = Running::start(Worker::new(&client, handlers));
    let enqueue = |payload: Value| acting.enqueue("word_count", json!({ "payload": payload }));
    let good = enqueue(json!({ "text": "to be or not to be" })).await;
    let (empty, unfit) = (enqueue(json!({ "text": " " })).await, enqueue(json!({ "words": 6 })).await);
    let report = acting.enqueue("report", json!({})).await;
    acting.becomes(&good, "completed").await;
    acting.becomes(&report, "completed").await;
    acting.becomes(&empty, "failed").await;
    acting.becomes(&unfit, "failed").await;
    worker.stop().await;

    assert_eq!(acting.query("job.get", json!({ "jobId": good })).await.unwrap()["result"], 6);
    let logs = acting.query("job.logs", json!({ "jobId": good })).await.unwrap();
    assert_eq!(logs["lines"][0]["message"], "attempt 1 counts");
    let failed = async |job: &Value| {
        let mut history = acting.query("job.history", json!({ "jobId": job })).await.unwrap();
        history["events"].as_array_mut().unwrap().pop().unwrap()["data"].take()
    };
    let event = failed(&empty).await;
    assert_eq!((&event["error"], &event["kind"]), (&json!("no words"), &json!("Empty")));
    assert_eq!(event["details"], json!({ "words": 0 }));
    assert_eq!(failed(&unfit).await["kind"], "BadPayload");
    ground.assert_verified().await;
}

#[tokio::test]
async fn a_cancellation_reaches_a_running_handler_within_a_second() {
    let Some(ground) = Ground::new("cancelling a running handler").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({})).await;
    let (heard, hears) = oneshot::channel();
    let heard = Mutex::new(Some(heard));
    let handlers = handle("report", move |job: Job| {
        let heard = heard.lock().unwrap().take();
        async move {
            job.cancelled.cancelled().await;
            heard.into_iter().for_each(|heard| heard.send(Instant::now()).unwrap());
            Err(JobFailure::permanent("stopped"))
        }
    });
    // the next heartbeat is twenty minutes away
    let worker = Running::start(Worker::new(&client, handlers).lease(Duration::from_secs(3_600)));
    acting.becomes(&job, "processing").await;
    let asked = Instant::now();
    acting.result("job.cancel", json!({ "jobs": [job], "reason": "enough" })).await;
    let took = hears.await.unwrap() - asked;
    assert!(took < Duration::from_secs(1), "{took:?}");
    acting.becomes(&job, "failed").await;
    assert_eq!(acting.job(&job).await.2.as_deref(), Some("cancelled: enough"));
    worker.stop().await;
}

/// Says when it is dropped.
struct Alarm(Arc<AtomicBool>);

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

#[tokio::test]
async fn a_handler_is_stopped_at_its_deadline() {
    let Some(ground) = Ground::new("the deadline of a handler").await else { return };
    let replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({ "timeoutSeconds": 1, "maxAttempts": 1 })).await;
    let stopped = Arc::new(AtomicBool::new(false));
    let alarm = stopped.clone();
    let handlers = handle("report", move |_| {
        let alarm = Alarm(alarm.clone());
        async move {
            let _alarm = alarm;
            std::future::pending().await
        }
    });
    let worker = Running::start(Worker::new(&client, handlers).lease(Duration::from_secs(3_600)));
    acting.becomes(&job, "processing").await;
    // the worker does it by itself: nobody is there who could tell it
    assert_eq!(replica.stop().await, Some(0));
    eventually(START_LIMIT, "the handler is stopped", async || stopped.load(Relaxed).then_some(())).await;
    let _replica = ground.replica().await;
    acting.becomes(&job, "failed").await;
    assert_eq!(acting.job(&job).await.2.as_deref(), Some("timed out after 1 s"));
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_stops_burns_no_attempt() {
    let Some(ground) = Ground::new("stopping a worker").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = acting.enqueue("report", json!({ "maxAttempts": 1 })).await;
    let handlers = handle("report", |job: Job| async move {
        job.log(LogLevel::Warn, "never done");
        std::future::pending().await
    });
    let worker = Running::start(Worker::new(&client, handlers).grace(Duration::from_millis(100)));
    acting.becomes(&job, "processing").await;
    worker.stop().await;
    assert_eq!(acting.job(&job).await, ("pending".to_owned(), 0, None));
    let logs = acting.query("job.logs", json!({ "jobId": job })).await.unwrap();
    assert_eq!(logs["lines"][0]["message"], "never done");
}

#[tokio::test]
async fn what_a_handler_sends_belongs_to_what_its_job_belongs_to() {
    let Some(ground) = Ground::new("chaining").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let sender = client.clone();
    let handlers = handle("first", move |job: Job| {
        let client = sender.within(job.context());
        async move {
            let next: EnqueueJob = serde_json::from_str(r#"{"type": "second", "payload": {}}"#)?;
            client.send(job.tenant, &Command::EnqueueJob(next), &SendOptions::new()).await?;
            Ok(())
        }
    });
    let worker = Running::start(Worker::new(&client, handlers));
    let origin = Origin { correlation_id: Some("order-7".to_owned()), ..Origin::default() };
    let first: EnqueueJob = serde_json::from_str(r#"{"type": "first", "payload": {}}"#).unwrap();
    let options = SendOptions { origin, ..SendOptions::new() };
    let reply = client.send(acting.tenant, &Command::EnqueueJob(first), &options).await.unwrap();
    let invitation = ground.invitation("second").await;
    worker.stop().await;
    assert_eq!(invitation.correlation_id.as_deref(), Some("order-7"));
    let history = acting.query("job.history", json!({ "jobId": invitation.job_id })).await.unwrap();
    assert_eq!(history["events"][0]["origin"]["causationId"], json!(reply.events[0].id));
}

#[tokio::test]
async fn the_next_attempt_goes_on_where_a_worker_was_killed() {
    let Some(program) = sdk_worker() else { return };
    let Some(ground) = Ground::new("the checkpoint of a killed worker").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let payload = json!({ "do": "checkpoint", "value": 7 });
    let job = acting.enqueue("pages", json!({ "payload": payload })).await;
    let mut process = start_sdk_worker(&program, &ground, "pages", 1);
    let ask = async || acting.query("job.get", json!({ "jobId": job })).await.unwrap();
    eventually(START_LIMIT, "the process saved a checkpoint, and says so", async || {
        (ask().await["progress"] == json!({ "percent": 70, "message": "a checkpoint is saved" })).then_some(())
    })
    .await;
    process.kill().await.unwrap();

    let handlers = Handlers::new().handle("pages".parse().unwrap(), async |job: Job| Ok(job.checkpoint::<u32>()));
    let worker = Running::start(Worker::new(&client, handlers));
    acting.becomes(&job, "completed").await;
    let row = ask().await;
    assert_eq!((&row["result"], &row["attempts"]), (&json!(7), &json!(2)));
    worker.stop().await;
}
