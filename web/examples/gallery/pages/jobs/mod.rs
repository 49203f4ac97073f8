//! The pages about jobs with sample data: what the service would find, as JSON of the contract.

pub mod bulk;
mod one;

use maud::Markup;
use plinth_events::{Refusal, RefusalCode, UserId, time::Moment};
use plinth_web::{
    components::People,
    jobs::{
        CancelView, EnqueueFields, EnqueueView, ListView, OverviewView, PauseView, Range, cancel_question, enqueue,
        list, overview, pause_question,
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use self::one::{archived, blocked, failed, running};

pub const ANN: &str = "0d1f4c5e-0bfe-5a71-86f9-dfa38a2e194a";

pub fn of<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

pub fn now() -> Moment {
    "2026-03-12T09:30:00Z".parse().unwrap()
}

pub fn people() -> People {
    People::new([(of::<UserId>(json!(ANN)), "Ann Example".to_owned())])
}

fn counts(job_type: &str, counts: [u64; 4]) -> Value {
    let [pending, processing, completed, failed] = counts;
    json!({ "type": job_type, "pending": pending, "processing": processing, "completed": completed, "failed": failed })
}

/// An hour of jobs by the minute.
fn statistics() -> Value {
    let series: Vec<Value> = (0..60_u64)
        .map(|minute| {
            let wave = (minute * 13 % 17) + (minute / 6);
            json!({
                "time": format!("2026-03-12T08:{minute:02}:00Z"), "enqueued": 40 + wave, "started": 38 + wave,
                "completed": 36 + wave, "failedAttempts": minute % 4, "snoozed": 0, "failed": minute % 11 / 9,
                "cancelled": minute % 23 / 22, "retried": 0, "archived": 0, "waitP50Ms": 4 + wave / 4,
                "waitP99Ms": 18 + wave, "runP50Ms": 120 + wave * 2, "runP99Ms": 800 + wave * 20,
            })
        })
        .collect();
    let types = [
        counts("send_invoice", [1_204, 12, 812_450, 31]),
        counts("image_extraction", [87, 4, 104_211, 2]),
        counts("sync_customers", [0, 1, 8_760, 0]),
        counts("nightly_report", [1, 0, 364, 1]),
    ];
    json!({
        "position": 4_811_204, "eventsBehind": 3,
        "jobs": { "pending": 1_292, "processing": 17, "completed": 925_785, "failed": 34 }, "types": types,
        "from": "2026-03-12T08:00:00Z", "until": "2026-03-12T09:00:00Z", "step": "minute",
        "whole": { "enqueued": 3_211, "started": 3_144, "completed": 3_090, "failedAttempts": 88, "snoozed": 0,
            "failed": 12, "cancelled": 2, "retried": 0, "archived": 0 },
        "series": series,
    })
}

fn nothing() -> Value {
    let none = json!({ "pending": 0, "processing": 0, "completed": 0, "failed": 0 });
    let activity = json!({ "enqueued": 0, "started": 0, "completed": 0, "failedAttempts": 0, "snoozed": 0, "failed": 0,
        "cancelled": 0, "retried": 0, "archived": 0 });
    json!({ "position": 1, "eventsBehind": 0, "jobs": none, "types": [], "from": "2026-03-12T08:00:00Z",
        "until": "2026-03-12T09:00:00Z", "step": "minute", "whole": activity, "series": [] })
}

pub fn all() -> Markup {
    let queues = json!([
        { "type": "image_extraction", "isPaused": true, "settings": {}, "running": 4 },
        { "type": "send_invoice", "isPaused": false, "running": 12,
          "settings": { "concurrency": 20, "rate": { "jobs": 600, "seconds": 60 } } },
    ]);
    overview(&OverviewView {
        statistics: of(statistics()),
        queues: of(queues),
        range: Range::Hour,
        can_write: true,
        can_operate: true,
    })
}

pub fn none() -> Markup {
    let queues = json!([{ "type": null, "isPaused": true, "settings": {}, "running": 0 }]);
    overview(&OverviewView {
        statistics: of(nothing()),
        queues: of(queues),
        range: Range::Week,
        can_write: true,
        can_operate: true,
    })
}

fn row(number: u32, job_type: &str, status: &str, more: Value) -> Value {
    let mut row = json!({
        "id": format!("0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7{number:02x}"), "type": job_type, "payload": { "invoice": number },
        "status": status, "attempts": 1, "maxAttempts": 5, "result": null, "error": null,
        "createdAt": "2026-03-12T09:12:04.120Z", "updatedAt": "2026-03-12T09:29:48.300Z",
    });
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

pub fn listed() -> Markup {
    let error = "connection refused: smtp.example.com:587\n  at send (mail.js:31)\n  at process (worker.js:104)";
    let long = "the reply was not what was expected: ".repeat(8);
    let jobs = json!([
        row(1, "send_invoice", "processing", json!({ "progress": { "percent": 64, "message": "page 64 of 100" } })),
        row(2, "send_invoice", "pending", json!({ "attempts": 2, "error": error })),
        row(3, "image_extraction", "completed", json!({ "result": { "pages": 12 } })),
        row(4, "send_invoice", "failed", json!({ "attempts": 5, "error": long })),
        row(5, "nightly_report", "completed", json!({ "createdAt": "2026-03-11T01:00:00Z" })),
    ]);
    list(&ListView {
        page: of(json!({ "jobs": jobs, "next": { "createdAt": "2026-03-11T01:00:00Z",
            "jobId": "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c705" } })),
        next: Some("eyJqb2IiOjF9".to_owned()),
        job_type: None,
        status: None,
        statistics: of(statistics()),
        is_first: true,
        now: now(),
        can_write: true,
        can_operate: true,
    })
}

pub fn none_listed() -> Markup {
    list(&ListView {
        page: of(json!({ "jobs": [], "next": null })),
        next: None,
        job_type: Some("send_invoice".parse().unwrap()),
        status: Some(of(json!("failed"))),
        statistics: of(nothing()),
        is_first: true,
        now: now(),
        can_write: false,
        can_operate: false,
    })
}

pub fn cancelling() -> Markup {
    let refusal = Refusal::new(RefusalCode::InvalidValue, "must have 1 to 2000 characters").at("/reason");
    let job = of(row(1, "send_invoice", "processing", json!({})));
    cancel_question(&CancelView { job, reason: String::new(), problem: Some(refusal.problem()) })
}

pub fn pausing() -> Markup {
    let job_type = Some("send_invoice".parse().unwrap());
    pause_question(&PauseView { job_type, reason: "the mail server is down".to_owned(), problem: None })
}

pub fn enqueuing() -> Markup {
    let detail = "this is not JSON: expected `,` or `}` at line 3 column 3";
    let refusal = Refusal::new(RefusalCode::InvalidValue, detail).at("/payload");
    let fields = EnqueueFields {
        job_type: "send_invoice".to_owned(),
        payload: "{\n  \"invoice\": 4711\n  \"to\": \"ann@example.com\"\n}".to_owned(),
        priority: "5".to_owned(),
        ..EnqueueFields::default()
    };
    let types = ["image_extraction", "send_invoice"].map(str::to_owned).to_vec();
    enqueue(&EnqueueView { fields, types, problem: Some(refusal.problem()) })
}
