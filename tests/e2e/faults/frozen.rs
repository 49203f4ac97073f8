//! A worker that is frozen for longer than its lease, and wakes with its job done: it is too late.

use std::time::Duration;

use futures_util::StreamExt;
use nix::sys::signal::Signal;
use plinth_client::{Handlers, JobFailure, SendOptions, Worker};
use plinth_events::{CommandName, envelope::header};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{Acting, Ground, sdk_worker, signal, start_sdk_worker, terminate};

/// Longest wait for the report of a worker that wakes.
const REPORT_LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn what_a_worker_reports_after_it_was_frozen_beyond_its_lease_is_refused() {
    let Some(program) = sdk_worker() else { return };
    let Some(ground) = Ground::new("a worker is frozen").await else { return };
    let _replica = ground.replica().await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let file = ground.folder.join("done");
    let payload = json!({ "do": "block", "file": file, "value": "first" });
    // by the next attempt the broker has forgotten what the frozen worker asked it for
    let retry = json!({ "policy": "fixed", "seconds": 2 });
    let job = acting.enqueue("frozen", json!({ "payload": payload, "retry": retry })).await;
    let mut frozen = start_sdk_worker(&program, &ground, "frozen", 1);
    acting.becomes(&job, "processing").await;
    signal(&frozen, Signal::SIGSTOP);

    let second = async |_| Ok::<_, JobFailure>("second");
    let worker = Worker::new(&client, Handlers::new().handle("frozen".parse().unwrap(), second));
    let stop = CancellationToken::new();
    let working = tokio::spawn(worker.run(stop.clone()));
    acting.becomes(&job, "completed").await;
    stop.cancel();
    working.await.unwrap();

    // the handler is done at the moment at which the frozen worker wakes
    let mut reports =
        client.nats().subscribe(ground.subjects.command(acting.tenant, CommandName::CompleteJobs)).await.unwrap();
    client.nats().flush().await.unwrap();
    std::fs::write(&file, "").unwrap();
    signal(&frozen, Signal::SIGCONT);
    let report = tokio::time::timeout(REPORT_LIMIT, reports.next()).await.expect("a report in time").unwrap();
    let body: Value = serde_json::from_slice(&report.payload).unwrap();
    assert_eq!((&body["jobs"][0]["jobId"], &body["jobs"][0]["result"]), (&job, &json!("first")));

    // a command has one answer, whoever asks for it
    let command_id = report.headers.unwrap().get(header::COMMAND_ID).unwrap().as_str().parse().unwrap();
    let options = SendOptions { command_id, ..SendOptions::new() };
    let reply = client.send_raw(acting.tenant, CommandName::CompleteJobs, report.payload, &options).await.unwrap();
    let answer: Value = reply.result_as().unwrap();
    assert_eq!((&answer["jobs"][0]["status"], &answer["jobs"][0]["code"]), (&json!("refused"), &json!("stale_lease")));
    assert!(reply.events.is_empty(), "{:?}", reply.events);

    assert_eq!(terminate(&mut frozen).await, Some(0));
    let row = acting.query("job.get", json!({ "jobId": job })).await.unwrap();
    let found = (&row["status"], &row["result"], &row["attempts"]);
    assert_eq!(found, (&json!("completed"), &json!("second"), &json!(2)));
    let history = acting.query("job.history", json!({ "jobId": job })).await.unwrap();
    let types: Vec<&str> =
        history["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["JobEnqueued", "JobStarted", "JobLeaseExpired", "JobStarted", "JobCompleted"]);
    ground.assert_verified().await;
}
