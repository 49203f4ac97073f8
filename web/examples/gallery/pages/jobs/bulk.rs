//! The same done to many jobs.

use maud::Markup;
use plinth_events::{Refusal, RefusalCode};
use plinth_web::jobs::{
    BulkActionView, BulkConfirmView, BulkFields, BulkFormView, BulkListView, bulk_action, bulk_confirm, bulk_form,
    bulk_list,
};
use serde_json::{Value, json};

use super::{ANN, now, of, people};

fn action(number: u32, kind: Value, status: &str, counts: [u64; 3]) -> Value {
    let [matched, changed, refused] = counts;
    let ended_at = (status != "running").then_some("2026-03-12T09:27:31.204Z");
    json!({
        "actionId": format!("0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7{number:02}"), "position": 4_811_000 + number,
        "action": kind, "filter": { "type": "send_invoice", "status": "failed", "changedAfter": "2026-03-12T08:00:00Z",
        "errorContains": "connection refused" }, "reason": "the mail server is back", "startedById": ANN,
        "startedAt": "2026-03-12T09:26:04.120Z", "endedAt": ended_at, "status": status, "matched": matched,
        "changed": changed, "refused": refused,
    })
}

fn fields() -> BulkFields {
    BulkFields {
        job_type: "send_invoice".to_owned(),
        status: "failed".to_owned(),
        error_contains: "connection refused".to_owned(),
        action: "retry".to_owned(),
        reason: "the mail server is back".to_owned(),
        ..BulkFields::default()
    }
}

pub fn all() -> Markup {
    let cancel = json!({ "kind": "cancel" });
    let priority = json!({ "kind": "prioritize", "priority": -20 });
    let actions = json!([
        action(3, json!({ "kind": "retry" }), "running", [18_204, 6_100, 12]),
        action(2, priority, "finished", [412, 412, 0]),
        action(1, cancel, "cancelled", [1_204, 600, 3]),
    ]);
    let page = of(json!({ "actions": actions, "next": 4_811_001 }));
    bulk_list(&BulkListView { page, is_first: true, people: people(), now: now(), can_operate: true })
}

pub fn form() -> Markup {
    let refusal = Refusal::new(RefusalCode::InvalidValue, "must have 1 to 2000 characters").at("/reason");
    let types = vec!["send_invoice".to_owned()];
    let fields = BulkFields { reason: String::new(), ..fields() };
    bulk_form(&BulkFormView { fields, types, problem: Some(refusal.problem()) })
}

pub fn confirm() -> Markup {
    let filter = json!({ "type": "send_invoice", "status": "failed", "errorContains": "connection refused" });
    let action = of(json!({ "kind": "retry" }));
    bulk_confirm(&BulkConfirmView { fields: fields(), action, filter: of(filter), jobs: 18_204 })
}

pub fn running() -> Markup {
    let action = of(action(3, json!({ "kind": "retry" }), "running", [18_204, 6_100, 12]));
    bulk_action(&BulkActionView { action, people: people(), can_operate: true })
}
