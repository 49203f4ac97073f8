//! The pages about schedules with sample data.

use maud::Markup;
use plinth_events::{Refusal, RefusalCode, envelope::RecordedEvent};
use plinth_web::schedules::{
    ScheduleFields, ScheduleFormView, ScheduleListView, ScheduleQuestion, ScheduleView, delete_question, schedule,
    schedule_form, schedules,
};
use serde_json::{Value, json};

use super::jobs::{ANN, now, of, people};

fn row(name: &str, cron: &str, zone: &str, is_paused: bool) -> Value {
    let fires = ["2026-03-12T10:00:00Z", "2026-03-13T06:00:00Z", "2026-03-14T06:00:00Z", "2026-03-15T06:00:00Z"];
    json!({
        "name": name, "cron": cron, "timeZone": zone, "catchUp": 1, "overlap": "skip",
        "job": { "type": "nightly_report", "payload": { "report": name, "to": ["finance@example.com"] }, "maxAttempts": 5 },
        "description": "What finance reads first thing in the morning.", "paused": is_paused,
        "pauseReason": is_paused.then_some("the year-end closing runs"),
        "nextFireTimes": if is_paused { json!([]) } else { json!(fires) }, "lastFireTime": "2026-03-12T06:00:00Z",
        "lastJobId": "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7b5", "createdAt": "2026-01-07T12:00:00Z",
        "updatedAt": "2026-03-01T08:00:00Z",
    })
}

pub fn all() -> Markup {
    let page = json!({ "next": null, "schedules": [
        row("clean_up", "@hourly", "UTC", false),
        row("morning_report", "0 7 * * mon-fri", "Europe/Berlin", false),
        row("year_end", "0 0 1 1 *", "America/New_York", true),
    ] });
    schedules(&ScheduleListView { page: of(page), is_first: true, now: now(), can_operate: true })
}

pub fn none() -> Markup {
    let page = of(json!({ "next": null, "schedules": [] }));
    schedules(&ScheduleListView { page, is_first: true, now: now(), can_operate: true })
}

pub fn one() -> Markup {
    let row = row("morning_report", "0 7 * * mon-fri", "Europe/Berlin", false);
    let fired = json!({ "fireTime": "2026-03-12T06:00:00Z", "jobId": "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7b5" });
    let skipped = |from: &str, count: u32, reason: &str| json!({ "from": from, "until": "2026-03-11T06:00:00Z", "count": count, "reason": reason });
    let events = vec![
        event(5, "2026-03-12T06:00:00.012Z", "ScheduleFired", None, &fired),
        event(4, "2026-03-11T06:00:00.009Z", "ScheduleSkipped", None, &skipped("2026-03-11T06:00:00Z", 1, "overlap")),
        event(3, "2026-03-11T06:10:00Z", "ScheduleSkipped", None, &skipped("2026-03-09T06:00:00Z", 3, "misfire")),
        event(
            2,
            "2026-03-01T08:00:00Z",
            "SchedulePaused",
            Some(ANN),
            &json!({ "reason": "the year-end closing runs" }),
        ),
        event(1, "2026-01-07T12:00:00Z", "ScheduleDefined", Some(ANN), &row),
    ];
    schedule(&ScheduleView { schedule: of(row), events, people: people(), now: now(), can_operate: true })
}

pub fn paused() -> Markup {
    let row = of(row("year_end", "0 0 1 1 *", "America/New_York", true));
    schedule(&ScheduleView { schedule: row, events: Vec::new(), people: people(), now: now(), can_operate: true })
}

fn event(position: u64, time: &str, kind: &str, actor: Option<&str>, more: &Value) -> RecordedEvent {
    let mut data = json!({ "name": "morning_report" });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    of(json!({
        "position": 4_811_000 + position, "id": format!("0192d4a6-6011-7d10-9c00-0000000000{position:02}"),
        "tenantId": "3f6c1b52-8f0e-4a7d-9a53-5f0f0b9d7c11", "aggregateType": "schedule",
        "aggregateId": "3f6c1b52-8f0e-4a7d-9a53-5f0f0b9d7c11/morning_report", "sequence": position, "type": kind,
        "version": "1", "recordedAt": time, "commandId": "0192d4a6-5011-7e20-8d00-000000000011",
        "origin": { "actor": actor }, "data": data,
    }))
}

pub fn form() -> Markup {
    let refusal = Refusal::new(RefusalCode::InvalidValue, "the pattern 0 25 * * * is not valid: hour 25 is beyond 23");
    let fields = ScheduleFields {
        name: "morning_report".to_owned(),
        cron: "0 25 * * *".to_owned(),
        job_type: "nightly_report".to_owned(),
        ..ScheduleFields::new()
    };
    let problem = Some(refusal.at("/cron").problem());
    schedule_form(&ScheduleFormView { name: None, fields, types: Vec::new(), problem })
}

pub fn deleting() -> Markup {
    let name = "morning_report".parse().unwrap();
    delete_question(&ScheduleQuestion { name, reason: String::new(), problem: None })
}
