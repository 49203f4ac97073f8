//! One job: running, failed, waiting for others, archived.

use maud::Markup;
use plinth_events::{envelope::RecordedEvent, job_history::as_of, query::KnownAt, time::Moment};
use plinth_web::jobs::{JobView, job};
use serde_json::{Value, json};

use super::{ANN, now, of, people};

const JOB: &str = "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7b5";

/// An event `seconds` after nine.
fn event(position: u64, seconds: f64, kind: &str, actor: Option<&str>, more: Value) -> RecordedEvent {
    let nine: Moment = "2026-03-12T09:00:00Z".parse().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "a sample")]
    let time = nine.plus_micros((seconds * 1e6) as i64);
    let mut data = json!({ "jobId": JOB, "type": "send_invoice" });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    of(json!({
        "position": 4_811_000 + position, "id": format!("0192d4a6-6011-7d10-9c00-0000000000{position:02}"),
        "tenantId": "3f6c1b52-8f0e-4a7d-9a53-5f0f0b9d7c11", "aggregateType": "job",
        "aggregateId": format!("3f6c1b52-8f0e-4a7d-9a53-5f0f0b9d7c11/{JOB}"), "sequence": position, "type": kind,
        "version": "1", "recordedAt": time, "commandId": "0192d4a6-5011-7e20-8d00-000000000011",
        "origin": { "actor": actor }, "data": data,
    }))
}

fn enqueued(more: Value) -> RecordedEvent {
    let mut data = json!({ "payload": { "invoice": 4711, "to": "ann@example.com", "lines": [{ "sku": "A-1", "amount": 12.5 }] },
        "maxAttempts": 3, "runAt": "2026-03-12T09:00:00Z", "priority": 5 });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event(1, 0.0, "JobEnqueued", Some(ANN), data)
}

fn started(position: u64, seconds: f64, attempt: u32) -> RecordedEvent {
    let data = json!({ "attempt": attempt, "token": attempt, "worker": "mailer-7f9c", "leaseSeconds": 30,
        "leaseUntil": "2026-03-12T09:20:00Z" });
    event(position, seconds, "JobStarted", None, data)
}

fn failure(position: u64, seconds: f64, attempt: u32, retry_at: Option<&str>) -> RecordedEvent {
    let data = json!({ "attempt": attempt, "token": attempt, "error": "connection refused: smtp.example.com:587",
        "kind": "smtp_unreachable", "details": { "host": "smtp.example.com", "port": 587 }, "retryAt": retry_at });
    event(position, seconds, "JobFailed", None, data)
}

fn view(events: Vec<RecordedEvent>) -> JobView {
    let job = as_of(&events, None).unwrap().unwrap();
    JobView {
        job,
        archived_at: None,
        events,
        has_more_events: false,
        dependents: Vec::new(),
        has_more_dependents: false,
        log: of(json!({ "lines": [], "next": null })),
        shows_all: false,
        people: people(),
        now: now(),
        can_write: true,
    }
}

fn line(attempt: u32, number: u32, level: &str, message: &str) -> Value {
    json!({ "attempt": attempt, "token": attempt, "line": number, "level": level, "message": message,
        "at": format!("2026-03-12T09:{:02}:{:02}.{:03}Z", attempt * 8, number * 7, number * 113) })
}

pub fn running() -> Markup {
    let mut view = view(vec![
        enqueued(json!({ "runAt": "2026-03-12T09:04:00Z", "timeoutSeconds": 900, "uniqueKey": "invoice:4711" })),
        started(2, 241.2, 1),
        event(3, 300.0, "JobCheckpointed", None, json!({ "token": 1, "checkpoint": { "page": 12 } })),
        failure(4, 420.0, 1, Some("2026-03-12T09:10:00Z")),
        started(5, 612.0, 2),
        event(
            6,
            905.0,
            "JobLeaseExpired",
            None,
            json!({ "attempt": 2, "token": 2, "error": "lease expired", "retryAt": "2026-03-12T09:20:00Z" }),
        ),
        started(7, 1_203.0, 3),
        event(8, 1_700.0, "JobCancelRequested", Some(ANN), json!({ "reason": "the invoice was wrong" })),
    ]);
    view.dependents = of(json!(["0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7c1", "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7c2"]));
    view.has_more_dependents = true;
    view.job.progress = Some(of(json!({ "percent": 64, "message": "page 64 of 100" })));
    view.log = of(json!({ "next": null, "lines": [
        line(1, 1, "info", "opening smtp.example.com:587"),
        line(1, 2, "warn", "slow to answer: 3.2 s"),
        line(1, 3, "error", "connection refused"),
        line(3, 1, "debug", "going on from page 12"),
        line(3, 2, "info", "rendered 64 pages\nwith 3 warnings"),
    ] }));
    job(&view)
}

pub fn failed() -> Markup {
    let mut view = view(vec![
        enqueued(json!({ "schedule": { "name": "monthly_invoices", "fireTime": "2026-03-12T09:00:00Z" } })),
        started(2, 0.004, 1),
        failure(3, 0.310, 1, Some("2026-03-12T09:00:02Z")),
        started(4, 2.011, 2),
        event(5, 2.5, "JobSnoozed", None, json!({ "token": 2, "attempts": 1, "runAt": "2026-03-12T09:00:04Z" })),
        started(6, 4.002, 2),
        failure(7, 4.4, 2, None),
    ]);
    view.job.payload = of(json!((0..900).map(|row| json!({ "row": row })).collect::<Vec<_>>()));
    job(&view)
}

pub fn blocked() -> Markup {
    let parents = json!(["0192d4a6-5c1e-7b3a-9a40-2f6e8d10c701", "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c702"]);
    job(&view(vec![enqueued(json!({ "dependsOn": parents, "sequenceKey": "customer:12" }))]))
}

pub fn archived() -> Markup {
    let completed =
        json!({ "attempt": 1, "token": 1, "result": { "messageId": "<4711@example.com>", "bytes": 81_204 } });
    let events = vec![
        enqueued(json!({})),
        started(2, 0.020, 1),
        event(3, 0.520, "JobCompleted", None, completed),
        event(4, 1_000.0, "JobArchived", None, json!({ "endedAt": "2026-03-12T09:00:00.520Z" })),
    ];
    let row = as_of(&events, Some(KnownAt::Position(4_811_003))).unwrap().unwrap();
    let mut view = view(events[..3].to_vec());
    view.archived_at = Some(events[3].recorded_at);
    (view.job, view.events) = (row, events);
    job(&view)
}
