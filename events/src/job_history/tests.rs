//! Random histories, asked about at random points, against a naive fold of JSON.

#![allow(clippy::unwrap_used)]

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json, value::to_raw_value};
use uuid::Uuid;

use super::*;
use crate::{
    envelope::Origin,
    event::Aggregate,
    ids::{CommandId, EventId, JobId, TenantId},
    time::Moment,
};

const JOB: JobId = JobId(Uuid::from_u128(7));

/// What happened, with the data of its event beside the job and its type.
fn step() -> impl Strategy<Value = (&'static str, Value)> {
    let time = || prop_oneof![Just("2026-07-01T00:00:00Z"), Just("2026-08-01T00:00:00Z")];
    let retry = move || prop::option::of(time());
    let error = || prop_oneof![Just("no such page"), Just("lease expired")];
    prop_oneof![
        (1..4_u32, 2..9_u64).prop_map(|(attempt, token)| {
            let lease = "2026-07-01T00:00:30Z";
            let data = json!({ "attempt": attempt, "token": token, "worker": format!("worker-{token}"),
                "leaseSeconds": 30, "leaseUntil": lease });
            ("JobStarted", data)
        }),
        (1..4_u32, prop::option::of(0..9_u32)).prop_map(|(attempt, result)| {
            ("JobCompleted", json!({ "attempt": attempt, "token": 2, "result": result }))
        }),
        (1..4_u32, error(), retry()).prop_map(|(attempt, error, retry_at)| {
            ("JobFailed", json!({ "attempt": attempt, "token": 2, "error": error, "retryAt": retry_at }))
        }),
        (1..4_u32, error(), retry()).prop_map(|(attempt, error, retry_at)| {
            ("JobLeaseExpired", json!({ "attempt": attempt, "token": 2, "error": error, "retryAt": retry_at }))
        }),
        (0..4_u32, time())
            .prop_map(|(attempts, at)| { ("JobSnoozed", json!({ "token": 2, "attempts": attempts, "runAt": at })) }),
        Just(("JobCancelRequested", json!({ "reason": "not needed" }))),
        Just(("JobCancelled", json!({ "reason": "enough" }))),
        time().prop_map(|at| ("JobRetried", json!({ "runAt": at, "priority": 0 }))),
        time().prop_map(|at| ("JobArchived", json!({ "endedAt": at }))),
    ]
}

/// A job's events, at the positions 10, 20, 30 … and as many minutes after midnight.
fn history(steps: Vec<(&'static str, Value)>) -> Vec<RecordedEvent> {
    let enqueued = json!({ "payload": { "page": 1.50 }, "maxAttempts": 3, "runAt": "2026-07-01T00:00:00Z",
        "priority": 0 });
    let steps = [("JobEnqueued", enqueued)].into_iter().chain(steps);
    (1_u64..).zip(steps).map(|(sequence, (event_type, data))| recorded(sequence, event_type, data)).collect()
}

fn recorded(sequence: u64, event_type: &str, mut data: Value) -> RecordedEvent {
    data["jobId"] = json!(JOB);
    data["type"] = json!("export");
    RecordedEvent {
        position: sequence * 10,
        id: EventId(Uuid::from_u128(sequence.into())),
        tenant_id: TenantId(Uuid::from_u128(1)),
        aggregate_type: Aggregate::Job,
        aggregate_id: format!("{}/{JOB}", TenantId(Uuid::from_u128(1))),
        sequence,
        event_type: event_type.to_owned(),
        version: "1".to_owned(),
        recorded_at: minute(sequence * 10),
        command_id: CommandId(Uuid::from_u128(sequence.into())),
        origin: Origin::default(),
        data: to_raw_value(&data).unwrap(),
    }
}

fn minute(minute: u64) -> Moment {
    let midnight: Moment = "2026-07-01T00:00:00.000123Z".parse().unwrap();
    (midnight.utc() + chrono::TimeDelta::minutes(minute.cast_signed())).into()
}

/// The row as a person would keep it, from the JSON of the events before a limit. Archived, it is thrown away.
fn naive(events: &[RecordedEvent], is_known: impl Fn(&RecordedEvent) -> bool) -> Value {
    let mut row = Value::Null;
    for recorded in events.iter().filter(|recorded| is_known(recorded)) {
        let data: Value = serde_json::from_str(recorded.data.get()).unwrap();
        let at = json!(Instant::from(recorded.recorded_at));
        if recorded.event_type == "JobEnqueued" {
            row = json!({ "id": JOB, "type": data["type"], "payload": data["payload"], "status": "pending",
                "attempts": 0, "maxAttempts": data["maxAttempts"], "result": null, "error": null, "createdAt": at,
                "phase": { "name": "pending", "runAt": data["runAt"] } });
        }
        if recorded.event_type == "JobArchived" || row.is_null() {
            row = Value::Null;
            continue;
        }
        naive_step(&mut row, &recorded.event_type, &data, &at);
        row["updatedAt"] = at;
    }
    row
}

fn naive_step(row: &mut Value, event_type: &str, data: &Value, at: &Value) {
    let pending = |until: &Value| json!({ "name": "pending", "runAt": until });
    match event_type {
        "JobStarted" => {
            row["phase"] = json!({ "name": "processing", "worker": data["worker"], "token": data["token"],
                "startedAt": at });
            row["attempts"] = data["attempt"].clone();
        }
        "JobCompleted" => {
            (row["phase"], row["error"], row["attempts"]) =
                (json!({ "name": "completed" }), Value::Null, data["attempt"].clone());
            if !data["result"].is_null() {
                row["result"] = data["result"].clone();
            }
        }
        "JobFailed" | "JobLeaseExpired" => {
            (row["error"], row["attempts"]) = (data["error"].clone(), data["attempt"].clone());
            let is_over = data["retryAt"].is_null();
            row["phase"] = if is_over { json!({ "name": "failed" }) } else { pending(&data["retryAt"]) };
        }
        "JobSnoozed" => (row["phase"], row["attempts"]) = (pending(&data["runAt"]), data["attempts"].clone()),
        "JobRetried" => (row["phase"], row["attempts"]) = (pending(&data["runAt"]), json!(0)),
        "JobCancelled" => {
            row["error"] = format!("cancelled: {}", data["reason"].as_str().unwrap()).into();
            row["phase"] = json!({ "name": "failed" });
        }
        "JobCancelRequested" if row["phase"]["name"] == "processing" => {
            row["phase"]["cancelReason"] = data["reason"].clone();
        }
        _ => {}
    }
    row["status"] = row["phase"]["name"].clone();
}

fn asked(events: &[RecordedEvent], known_at: Option<KnownAt>) -> Value {
    serde_json::to_value(as_of(events, known_at).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn at_any_point_a_job_is_as_a_naive_fold_has_it(steps in vec(step(), 0..20), point in 0..220_u64) {
        let events = history(steps);
        let at_position = asked(&events, Some(KnownAt::Position(point)));
        prop_assert_eq!(at_position, naive(&events, |recorded| recorded.position <= point));
        let time = minute(point);
        let at_time = asked(&events, Some(KnownAt::Time(time)));
        prop_assert_eq!(at_time, naive(&events, |recorded| recorded.recorded_at <= time));
        prop_assert_eq!(asked(&events, None), naive(&events, |_| true));
    }
}

#[test]
fn before_it_was_enqueued_there_was_no_job() {
    let events = history(Vec::new());
    assert_eq!(asked(&events, Some(KnownAt::Position(9))), Value::Null);
    assert_eq!(asked(&events, Some(KnownAt::Position(10)))["status"], "pending");
}
