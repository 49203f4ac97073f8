//! `schedule` against a real Postgres: however events are grouped, the rows are the same, and they say what happened.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use plinth_events::{
    Event,
    event::{
        schedule::{
            ScheduleBackfilled, ScheduleDefined, ScheduleDeleted, ScheduleEvent, ScheduleFired, SchedulePaused,
            ScheduleResumed, ScheduleSkipped,
        },
        tenant::TenantDeleted,
    },
    names::ScheduleName,
    schedule::SkipReason,
    time::Instant,
};
use plinth_projections::{apply, schedule::read};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::json;
use sqlx::PgConnection;
use support::{Log, assert_grouping_makes_no_difference, job::*, samples};

const NAMES: [&str; 2] = ["nightly", "hourly"];

fn name(text: &str) -> ScheduleName {
    text.parse().unwrap()
}

fn defined(schedule: &str, cron: &str, next_fire_at: Option<Instant>) -> ScheduleEvent {
    let data = json!({
        "name": schedule, "cron": cron, "timeZone": "Europe/Berlin", "catchUp": 1, "overlap": "allow",
        "job": { "type": "export", "payload": { "rows": 1e2 } }, "nextFireAt": next_fire_at,
    });
    ScheduleEvent::ScheduleDefined(serde_json::from_value::<ScheduleDefined>(data).unwrap())
}

fn fired(schedule: &str, fire_time: Instant, next_fire_at: Option<Instant>) -> ScheduleEvent {
    ScheduleFired { name: name(schedule), fire_time, job_id: JOB, next_fire_at }.into()
}

async fn happen(connection: &mut PgConnection, log: &mut Log, events: impl IntoIterator<Item = ScheduleEvent>) {
    let before = log.entries.len();
    events.into_iter().for_each(|event| log.record(TENANT, None, Event::Schedule(event)));
    apply(connection, &log.entries[before..]).await.unwrap();
}

async fn due(connection: &mut PgConnection) -> Vec<ScheduleName> {
    read::due(connection, 10).await.unwrap().into_iter().map(|(_, name)| name).collect()
}

#[tokio::test]
async fn a_schedule_is_due_from_its_next_fire_time_on_and_while_it_is_not_paused() {
    let Some((database, mut connection, mut log)) = with_tenant().await else { return };
    let (past, earlier, future) = (in_seconds(-1), in_seconds(-9), in_seconds(60));
    let events = [defined("nightly", "0 3 * * *", Some(past)), defined("hourly", "@hourly", Some(earlier))];
    happen(&mut connection, &mut log, events).await;
    assert_eq!(due(&mut connection).await, ["hourly", "nightly"].map(name));
    happen(&mut connection, &mut log, [fired("hourly", earlier, Some(future))]).await;
    assert_eq!(due(&mut connection).await, [name("nightly")]);
    happen(&mut connection, &mut log, [SchedulePaused { name: name("nightly"), reason: None }.into()]).await;
    assert_eq!(due(&mut connection).await, []);
    let resumed = ScheduleResumed { name: name("nightly"), next_fire_at: Some(past) };
    happen(&mut connection, &mut log, [resumed.into()]).await;
    assert_eq!(due(&mut connection).await, [name("nightly")]);
    database.drop().await;
}

#[tokio::test]
async fn a_row_says_how_the_schedule_is_defined_and_what_happened_to_it() {
    let Some((database, mut connection, mut log)) = with_tenant().await else { return };
    let (first, next) = (in_seconds(-60), in_seconds(60));
    let reason = Some("holidays".parse().unwrap());
    let events = [
        defined("nightly", "0 3 * * *", Some(first)),
        fired("nightly", first, Some(next)),
        SchedulePaused { name: name("nightly"), reason: reason.clone() }.into(),
        defined("nightly", "0 4 * * *", None),
    ];
    happen(&mut connection, &mut log, events).await;
    let row = read::find(&mut connection, TENANT, &name("nightly")).await.unwrap().unwrap();
    assert_eq!((row.cron.as_str(), row.time_zone.as_str(), row.catch_up), ("0 4 * * *", "Europe/Berlin", 1));
    assert_eq!(row.job.payload.as_str(), r#"{"rows":100.0}"#);
    assert_eq!((row.paused, row.pause_reason, row.next_fire_times), (true, reason, vec![]));
    assert_eq!((row.last_fire_time, row.last_job_id), (Some(first), Some(JOB)));
    assert!(row.created_at < row.updated_at);
    assert_eq!(read::find(&mut connection, OTHER, &name("nightly")).await.unwrap(), None);

    happen(&mut connection, &mut log, [defined("hourly", "@hourly", Some(next))]).await;
    let names = |rows: Vec<plinth_events::query::schedule::ScheduleRow>| -> Vec<ScheduleName> {
        rows.into_iter().map(|row| row.name).collect()
    };
    assert_eq!(names(read::list(&mut connection, TENANT, None, 10).await.unwrap()), ["hourly", "nightly"].map(name));
    assert_eq!(names(read::list(&mut connection, TENANT, None, 1).await.unwrap()), [name("hourly")]);
    let behind = read::list(&mut connection, TENANT, Some(&name("hourly")), 10).await.unwrap();
    assert_eq!(names(behind), [name("nightly")]);

    log.record(TENANT, None, Event::Tenant(TenantDeleted {}.into()));
    apply(&mut connection, &log.entries[log.entries.len() - 1..]).await.unwrap();
    assert!(read::list(&mut connection, TENANT, None, 10).await.unwrap().is_empty());
    database.drop().await;
}

/// Anything that may happen to one of two schedules, at one of a few times.
fn event() -> impl Strategy<Value = ScheduleEvent> {
    let time = |seconds: i64| Instant::from(chrono::DateTime::from_timestamp(1_780_000_000 + seconds, 0).unwrap());
    let next = prop::option::of((0..9_i64).prop_map(time));
    (prop::sample::select(&NAMES), 0..8_u8, 0..9_i64, next).prop_map(move |(schedule, kind, seconds, next_fire_at)| {
        let (name, at) = (name(schedule), time(seconds));
        match kind {
            0 | 1 => defined(schedule, ["0 3 * * *", "@hourly"][usize::from(kind)], next_fire_at),
            2 => SchedulePaused { name, reason: next_fire_at.map(|_| "why".parse().unwrap()) }.into(),
            3 => ScheduleResumed { name, next_fire_at }.into(),
            4 => ScheduleDeleted { name, reason: None }.into(),
            5 => fired(schedule, at, next_fire_at),
            6 => ScheduleSkipped { name, from: at, until: at, count: 1, reason: SkipReason::Overlap, next_fire_at }
                .into(),
            _ => ScheduleBackfilled { name, from: at, until: at, jobs: 1 }.into(),
        }
    })
}

/// Without what cannot happen to a schedule that is not defined.
fn possible(events: Vec<ScheduleEvent>) -> impl Iterator<Item = ScheduleEvent> {
    let mut defined = BTreeSet::new();
    events.into_iter().filter(move |event| match event {
        ScheduleEvent::ScheduleDefined(event) => {
            defined.insert(event.name.clone());
            true
        }
        ScheduleEvent::ScheduleDeleted(event) => defined.remove(&event.name),
        event => defined.contains(event.name()),
    })
}

#[tokio::test]
async fn grouping_makes_no_difference() {
    let Some((database, mut connection, _)) = with_tenant().await else { return };
    // the tenant is there already; one of another name takes what is recorded here
    for (events, cuts) in samples(&(vec(event(), 1..30), vec(any::<Index>(), 0..4)), 60) {
        let mut log = Log::default();
        log.tenant(OTHER);
        possible(events).for_each(|event| log.record(OTHER, None, Event::Schedule(event)));
        assert_grouping_makes_no_difference(&mut connection, &log.entries, &cuts).await;
    }
    database.drop().await;
}
