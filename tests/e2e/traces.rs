//! Traces: one from a command to the end of its job, whoever works. What the service sends arrives at a collector that the
//! test is itself.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value as Attribute,
    trace::v1::{Span, status::StatusCode},
};
use plinth_client::SendOptions;
use plinth_events::{CommandName, Scope, envelope::Origin};
use prost::Message;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{net::TcpListener, process::Command};

use crate::support::{Acting, Api, Ground, Replica, eventually};

/// Longest wait for spans, the start of Python included.
const LIMIT: Duration = Duration::from_secs(30);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// Of an application that enqueues a job, and records its trace.
const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const CALLER_SPAN: &str = "00f067aa0ba902b7";
/// Of a worker with a trace of its own.
const WORKER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

type Spans = Arc<Mutex<Vec<Span>>>;

/// Takes spans by OTLP over HTTP.
struct Collector {
    url: String,
    spans: Spans,
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let spans = Spans::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&spans));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, spans }
    }

    /// A replica that sends its traces here.
    async fn replica(&self, ground: &Ground) -> Replica {
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", self.url.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
        Replica::start_with(ground, &variables).await
    }

    /// The spans of a name, once there are so many.
    async fn spans(&self, name: &str, count: usize) -> Vec<Span> {
        eventually(LIMIT, &format!("{count} spans {name} have come"), async || {
            let spans: Vec<Span> = self.all().into_iter().filter(|span| span.name == name).collect();
            (spans.len() >= count).then_some(spans)
        })
        .await
    }

    fn all(&self) -> Vec<Span> {
        self.spans.lock().unwrap().clone()
    }
}

async fn take(State(spans): State<Spans>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    spans.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
}

/// The trace of a span and its parent.
fn place(span: &Span) -> (String, String) {
    (hex(&span.trace_id), hex(&span.parent_span_id))
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute(span: &Span, key: &str) -> Value {
    let found = span.attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.clone()?.value) {
        Some(Attribute::StringValue(text)) => json!(text),
        Some(Attribute::IntValue(number)) => json!(number),
        other => panic!("{key} of {} is {other:?}", span.name),
    }
}

/// What a command within a trace answers.
async fn send(acting: &Acting<'_>, traceparent: &str, command: CommandName, body: Value) -> Value {
    let origin = Origin { traceparent: Some(traceparent.to_owned()), ..Origin::default() };
    let options = SendOptions { origin, ..SendOptions::new() };
    let reply = acting.client.send_raw(acting.tenant, command, body.to_string().into(), &options).await.unwrap();
    reply.result_as().unwrap()
}

#[tokio::test]
async fn one_trace_goes_from_a_command_to_the_end_of_a_job_that_plain_python_did() {
    let Ok(python) = std::env::var("PLINTH_PYTHON") else {
        println!("skipped: the Python worker needs PLINTH_PYTHON, run ./dev test");
        return;
    };
    let Some(ground) = Ground::new("a trace across Python").await else { return };
    let collector = Collector::start().await;
    let _replica = collector.replica(&ground).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let _worker = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/worker.py"))
        .envs(ground.environment())
        .env("PLINTH_JOB_TYPE", "report")
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let job = json!({ "type": "report", "payload": { "do": "complete", "value": "a secret" } });
    let enqueued = send(&acting, CALLER, CommandName::EnqueueJob, job).await;

    let command = collector.spans("EnqueueJob", 1).await.remove(0);
    let attempt = collector.spans("job report", 1).await.remove(0);
    for span in [&command, &attempt] {
        assert_eq!(place(span), (TRACE.to_owned(), CALLER_SPAN.to_owned()), "{}", span.name);
        assert_eq!(attribute(span, "tenant.id"), json!(acting.tenant));
        assert!(span.start_time_unix_nano < span.end_time_unix_nano);
    }
    assert!(command.start_time_unix_nano < attempt.end_time_unix_nano);
    assert_eq!(attribute(&command, "outcome"), "accepted");
    // behind those of the tenant and the user
    assert_eq!((attribute(&command, "position"), attribute(&command, "batch.commands")), (json!(3), json!(1)));
    assert_eq!(attribute(&attempt, "job.id"), enqueued["jobId"]);
    assert_eq!((attribute(&attempt, "attempt"), attribute(&attempt, "outcome")), (json!(1), json!("completed")));
    assert!(attempt.links.is_empty(), "the worker knows nothing of traces");
    assert!(!format!("{:?}", collector.all()).contains("a secret"), "payloads are in no span");
}

#[tokio::test]
async fn every_attempt_has_a_span_and_a_worker_with_a_trace_of_its_own_is_linked() {
    let Some(ground) = Ground::new("traces of attempts").await else { return };
    let collector = Collector::start().await;
    let replica = collector.replica(&ground).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let job = json!({ "type": "report", "payload": null });
    let job = send(&acting, CALLER, CommandName::EnqueueJob, job).await["jobId"].take();
    let token = acting.start(&job, 30).await;
    let failure = json!({ "jobId": job, "token": token, "error": "no such page", "retryAfterSeconds": 0 });
    acting.result("job.fail", json!({ "jobs": [failure] })).await;
    let token = acting.start(&job, 30).await;
    let done = json!({ "jobs": [{ "jobId": job, "token": token }] });
    send(&acting, WORKER, CommandName::CompleteJobs, done).await;

    // what was not sent yet is sent before the end
    assert_eq!(replica.stop().await, Some(0));
    let [failed, completed] = collector.spans("job report", 2).await.try_into().unwrap();
    for span in [&failed, &completed] {
        assert_eq!(place(span), (TRACE.to_owned(), CALLER_SPAN.to_owned()));
    }
    let told = |span: &Span| (attribute(span, "attempt"), attribute(span, "outcome"));
    assert_eq!([told(&failed), told(&completed)], [(json!(1), json!("retried")), (json!(2), json!("completed"))]);
    assert_eq!(failed.status.unwrap().code, i32::from(StatusCode::Error));
    let links: Vec<String> = completed.links.iter().map(|link| hex(&link.trace_id)).collect();
    assert_eq!(links, ["0af7651916cd43dd8448eb211c80319c"]);
    let report = collector.spans("CompleteJobs", 1).await.remove(0);
    assert_eq!(hex(&report.trace_id), "0af7651916cd43dd8448eb211c80319c");
}

#[tokio::test]
async fn only_what_a_caller_records_is_traced() {
    let Some(ground) = Ground::new("traces that nobody records").await else { return };
    let collector = Collector::start().await;
    let replica = collector.replica(&ground).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    for traceparent in ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "none"] {
        let job = json!({ "type": "report", "payload": null });
        send(&acting, traceparent, CommandName::EnqueueJob, job).await;
    }
    assert_eq!(replica.stop().await, Some(0));
    assert_eq!(collector.all(), []);
}

#[tokio::test]
async fn a_collector_that_is_away_holds_up_nobody() {
    let Some(ground) = Ground::new("traces without a collector").await else { return };
    let replica = Replica::start_with(&ground, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let begun = Instant::now();
    for _ in 0..50 {
        send(&acting, CALLER, CommandName::EnqueueJob, json!({ "type": "report", "payload": null })).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(replica.stop().await, Some(0));
}

#[tokio::test]
async fn a_command_over_http_is_a_part_of_its_request() {
    let Some(ground) = Ground::new("a trace over HTTP").await else { return };
    let collector = Collector::start().await;
    let replica = collector.replica(&ground).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    let api = Api::with_scopes(&replica, &acting, &[Scope::JobsWrite]).await;
    let job = json!({ "type": "report", "payload": {} });
    api.send(Method::POST, "/api/jobs", &[("traceparent", CALLER)], job).await.expect(201);
    let request = collector.spans("POST /api/jobs", 1).await.remove(0);
    assert_eq!(place(&request), (TRACE.to_owned(), CALLER_SPAN.to_owned()));
    assert_eq!(attribute(&request, "http.response.status_code"), json!(201));
    let command = collector.spans("EnqueueJob", 1).await.remove(0);
    assert_eq!(place(&command), (TRACE.to_owned(), hex(&request.span_id)));
}
