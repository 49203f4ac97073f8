//! Every rule of a schedule: given events, when a command, then events or a refusal.
#![allow(clippy::unwrap_used)]

use cqrs_es::test::{AggregateResultValidator, TestFramework};
use plinth_events::{
    event::schedule::{ScheduleFired, ScheduleSkipped},
    schedule::SkipReason,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::domain::Recorded;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
/// What [`when`] takes for now.
const NOW: &str = "2026-03-02T12:00:00.250Z";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn name() -> ScheduleName {
    "report".parse().unwrap()
}

fn define(more: Value) -> ScheduleCommand {
    let mut body = json!({ "name": "report", "cron": "0 * * * *", "job": { "type": "report", "payload": {} } });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ScheduleCommand::Define(serde_json::from_value(body).unwrap())
}

fn defined(more: Value, next: Option<&str>) -> ScheduleEvent {
    let mut data = json!({
        "name": "report", "cron": "0 * * * *", "timeZone": "UTC", "catchUp": 1, "overlap": "allow",
        "job": { "type": "report", "payload": {} }, "nextFireAt": next,
    });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ScheduleEvent::ScheduleDefined(serde_json::from_value(data).unwrap())
}

fn paused() -> ScheduleEvent {
    SchedulePaused { name: name(), reason: None }.into()
}

fn resumed(next: &str) -> ScheduleEvent {
    ScheduleResumed { name: name(), next_fire_at: Some(at(next)) }.into()
}

fn deleted() -> ScheduleEvent {
    ScheduleDeleted { name: name(), reason: None }.into()
}

fn fired(time: &str, next: &str) -> ScheduleEvent {
    let job_id = scheduled_job_id(TENANT, &name(), at(time));
    ScheduleFired { name: name(), fire_time: at(time), job_id, next_fire_at: Some(at(next)) }.into()
}

fn skipped(from: &str, until: &str, count: u32, reason: SkipReason, next: &str) -> ScheduleEvent {
    ScheduleSkipped { name: name(), from: at(from), until: at(until), count, reason, next_fire_at: Some(at(next)) }
        .into()
}

fn pause() -> ScheduleCommand {
    ScheduleCommand::Pause(PauseSchedule { name: name(), reason: None })
}

fn resume() -> ScheduleCommand {
    ScheduleCommand::Resume(ResumeSchedule { name: name() })
}

fn delete() -> ScheduleCommand {
    ScheduleCommand::Delete(DeleteSchedule { name: name(), reason: None })
}

fn fire() -> ScheduleCommand {
    ScheduleCommand::Fire { last_job_runs: false, next_job_exists: false }
}

fn when(given: &[ScheduleEvent], command: ScheduleCommand) -> AggregateResultValidator<Schedule> {
    let context = Context { tenant: TENANT, actor: None, actor_is_user: false, now: NOW.parse().unwrap(), seed: 0 };
    TestFramework::with(context).given(given.iter().cloned().map(Recorded).collect()).when(command)
}

#[track_caller]
fn expect(given: &[ScheduleEvent], command: ScheduleCommand, events: &[ScheduleEvent]) {
    when(given, command).then_expect_events(events.iter().cloned().map(Recorded).collect());
}

#[track_caller]
fn refusal(given: &[ScheduleEvent], command: ScheduleCommand) -> Refusal {
    when(given, command).inspect_result().unwrap_err()
}

fn state(given: &[ScheduleEvent]) -> Schedule {
    let mut schedule = Schedule::default();
    given.iter().cloned().for_each(|event| schedule.evolve(event));
    schedule
}

const ONE_PM: Option<&str> = Some("2026-03-02T13:00:00Z");

#[test]
fn a_schedule_is_due_at_the_first_fire_time_after_its_definition() {
    expect(&[], define(json!({})), &[defined(json!({}), ONE_PM)]);
    let berlin = json!({ "cron": "30 2 * * *", "timeZone": "Europe/Berlin", "catchUp": 0, "overlap": "skip" });
    expect(&[], define(berlin.clone()), &[defined(berlin, Some("2026-03-03T01:30:00Z"))]);
}

#[test]
fn the_same_definition_changes_nothing_and_another_one_takes_over() {
    let given = [defined(json!({}), ONE_PM), fired("2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z")];
    expect(&given, define(json!({})), &[]);
    expect(&given, define(json!({ "timeZone": "UTC", "overlap": "allow" })), &[]);
    let other = json!({ "cron": "0 6 * * *" });
    expect(&given, define(other.clone()), &[defined(other, Some("2026-03-03T06:00:00Z"))]);
}

#[test]
fn a_fire_time_that_has_come_is_not_lost_when_something_else_is_defined_anew() {
    let given = [defined(json!({}), Some("2026-03-02T12:00:00Z"))];
    let described = json!({ "description": "For the board." });
    expect(&given, define(described.clone()), &[defined(described, Some("2026-03-02T12:00:00Z"))]);
}

#[test]
fn a_pattern_without_sense_is_refused() {
    assert_eq!(refusal(&[], define(json!({ "cron": "0 0 30 2 *" }))).code, RefusalCode::InvalidValue);
    assert_eq!(refusal(&[], define(json!({ "timeZone": "Berlin" }))).code, RefusalCode::InvalidValue);
}

#[test]
fn what_is_not_defined_is_unknown() {
    for given in [vec![], vec![defined(json!({}), ONE_PM), deleted()]] {
        for command in [pause(), resume(), delete()] {
            assert_eq!(refusal(&given, command).code, RefusalCode::UnknownSchedule);
        }
        expect(&given, fire(), &[]);
    }
    let again = [defined(json!({}), ONE_PM), deleted()];
    expect(&again, define(json!({})), &[defined(json!({}), ONE_PM)]);
}

#[test]
fn a_paused_schedule_does_not_fire_and_stays_paused_when_it_is_defined_anew() {
    let given = [defined(json!({}), Some("2026-03-02T12:00:00Z")), paused()];
    expect(&given[..1], pause(), &given[1..]);
    expect(&given, pause(), &[]);
    expect(&given, fire(), &[]);
    expect(&given, define(json!({})), &[]);
    let other = json!({ "cron": "0 6 * * *" });
    expect(&given, define(other.clone()), &[defined(other.clone(), None)]);
    let changed = [&given[..], &[defined(other, None)]].concat();
    expect(&changed, resume(), &[resumed("2026-03-03T06:00:00Z")]);
}

#[test]
fn a_resumed_schedule_goes_on_with_the_next_fire_time() {
    let given = [defined(json!({}), Some("2026-03-01T12:00:00Z")), paused()];
    expect(&given, resume(), &[resumed("2026-03-02T13:00:00Z")]);
    let again = [&given[..], &[resumed("2026-03-02T13:00:00Z")]].concat();
    expect(&again, resume(), &[]);
    expect(&again, fire(), &[]);
}

#[test]
fn a_fire_time_that_has_come_gets_its_job_once() {
    let due = [defined(json!({}), Some("2026-03-02T12:00:00Z"))];
    let came = fired("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z");
    expect(&due, fire(), std::slice::from_ref(&came));
    let after = [due[0].clone(), came];
    expect(&after, fire(), &[]);
    assert_eq!(state(&after).last_job(), Some(scheduled_job_id(TENANT, &name(), at("2026-03-02T12:00:00Z"))));
    assert_ne!(state(&after).next_job(TENANT), state(&after).last_job());
}

#[test]
fn a_fire_time_less_than_a_minute_late_is_not_missed() {
    let each_second = json!({ "cron": "* * * * * *", "catchUp": 0 });
    let late = [defined(each_second.clone(), Some("2026-03-02T11:59:01Z"))];
    expect(&late, fire(), &[fired("2026-03-02T11:59:01Z", "2026-03-02T11:59:02Z")]);
    let missed = [defined(each_second, Some("2026-03-02T11:59:00Z"))];
    let skip = skipped("2026-03-02T11:59:00Z", NOW_SECOND, 61, SkipReason::Misfire, "2026-03-02T12:00:01Z");
    expect(&missed, fire(), &[skip]);
}

const NOW_SECOND: &str = "2026-03-02T12:00:00Z";

#[test]
fn of_the_missed_fire_times_as_many_as_wanted_get_their_jobs_late() {
    let missed = |catch_up: u32| [defined(json!({ "catchUp": catch_up }), Some("2026-03-02T09:00:00Z"))];
    let skip = |until, count, next| skipped("2026-03-02T09:00:00Z", until, count, SkipReason::Misfire, next);
    expect(&missed(0), fire(), &[skip("2026-03-02T12:00:00Z", 4, "2026-03-02T13:00:00Z")]);
    expect(&missed(1), fire(), &[skip("2026-03-02T11:00:00Z", 3, "2026-03-02T12:00:00Z")]);
    expect(&missed(3), fire(), &[skip("2026-03-02T09:00:00Z", 1, "2026-03-02T10:00:00Z")]);
    expect(&missed(4), fire(), &[fired("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z")]);
    let mut given = vec![missed(3)[0].clone(), skip("2026-03-02T09:00:00Z", 1, "2026-03-02T10:00:00Z")];
    for (time, next) in [("10", "11"), ("11", "12"), ("12", "13")] {
        let next = fired(&format!("2026-03-02T{time}:00:00Z"), &format!("2026-03-02T{next}:00:00Z"));
        expect(&given, fire(), std::slice::from_ref(&next));
        given.push(next);
    }
    expect(&given, fire(), &[]);
}

#[test]
fn very_many_missed_fire_times_are_skipped_in_several_steps() {
    let mut given = vec![defined(json!({ "cron": "* * * * * *" }), Some("2026-03-02T06:00:00Z"))];
    let mut counts = Vec::new();
    for _ in 0..3 {
        let events = when(&given, fire()).inspect_result().unwrap();
        let [Recorded(ScheduleEvent::ScheduleSkipped(event))] = events.as_slice() else { panic!("{events:?}") };
        counts.push(event.count);
        given.push(event.clone().into());
    }
    assert_eq!(counts, [9_999, 9_999, 1_602]);
    expect(&given, fire(), &[fired("2026-03-02T12:00:00Z", "2026-03-02T12:00:01Z")]);
}

#[test]
fn a_job_that_still_runs_is_left_alone_skips_its_successor_or_makes_way() {
    let due = |overlap: &str| [defined(json!({ "overlap": overlap }), Some("2026-03-02T12:00:00Z"))];
    let fire = || ScheduleCommand::Fire { last_job_runs: true, next_job_exists: false };
    let came = fired("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z");
    expect(&due("allow"), fire(), std::slice::from_ref(&came));
    expect(&due("cancelPrevious"), fire(), &[came]);
    let skip = skipped(NOW_SECOND, NOW_SECOND, 1, SkipReason::Overlap, "2026-03-02T13:00:00Z");
    expect(&due("skip"), fire(), &[skip]);
    assert!(state(&due("cancelPrevious")).cancels_last_job() && !state(&due("allow")).cancels_last_job());
}

#[test]
fn a_fire_time_whose_job_id_somebody_used_is_skipped() {
    let due = [defined(json!({}), Some("2026-03-02T12:00:00Z"))];
    let fire = ScheduleCommand::Fire { last_job_runs: false, next_job_exists: true };
    expect(&due, fire, &[skipped(NOW_SECOND, NOW_SECOND, 1, SkipReason::JobIdTaken, "2026-03-02T13:00:00Z")]);
}

fn window(from: &str, until: &str) -> BackfillSchedule {
    BackfillSchedule { name: name(), from: at(from), until: at(until) }
}

#[test]
fn a_backfill_looks_at_fire_times_that_are_past_and_not_about_to_be_fired() {
    let due = state(&[defined(json!({}), Some("2026-03-02T11:00:00Z"))]);
    let times = |schedule: &Schedule, from, until| schedule.past_fire_times(&window(from, until), at(NOW)).unwrap();
    let nine_to_ten = [at("2026-03-02T09:00:00Z"), at("2026-03-02T10:00:00Z")];
    assert_eq!(times(&due, "2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z"), nine_to_ten);
    assert_eq!(times(&due, "2026-03-02T09:00:00Z", "2027-01-01T00:00:00Z"), nine_to_ten);
    assert_eq!(times(&due, "2026-03-02T12:00:00Z", "2027-01-01T00:00:00Z"), []);
    let paused = state(&[defined(json!({}), Some("2026-03-02T11:00:00Z")), paused()]);
    assert_eq!(times(&paused, "2026-03-02T10:30:00Z", "2027-01-01T00:00:00Z").len(), 2);
}

#[test]
fn a_backfill_of_nothing_or_of_too_much_is_refused() {
    let each_second = state(&[defined(json!({ "cron": "* * * * * *" }), ONE_PM)]);
    let refused = |from, until| each_second.past_fire_times(&window(from, until), at(NOW)).unwrap_err().detail;
    let detail = refused("2026-03-02T09:00:00Z", "2026-03-02T09:16:41Z");
    assert_eq!(
        detail,
        "schedule report has more fire times from 2026-03-02T09:00:00Z until 2026-03-02T09:16:41Z than one backfill takes, 1000"
    );
    assert!(each_second.past_fire_times(&window("2026-03-02T09:00:00Z", "2026-03-02T09:16:40Z"), at(NOW)).is_ok());
    let large = json!({ "type": "report", "payload": "x".repeat(262_000) });
    let large = state(&[defined(json!({ "cron": "* * * * * *", "job": large }), ONE_PM)]);
    let times = |until| large.past_fire_times(&window("2026-03-02T09:00:00Z", until), at(NOW)).map(|times| times.len());
    assert_eq!(times("2026-03-02T09:01:04Z"), Ok(64));
    assert!(times("2026-03-02T09:01:05Z").is_err());
    let detail = refused("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z");
    assert_eq!(detail, "until 2026-03-02T09:00:00Z must be later than from 2026-03-02T09:00:00Z");
}

#[test]
fn a_backfill_is_recorded_if_it_enqueued_anything() {
    let given = [defined(json!({}), ONE_PM)];
    let asked = window("2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z");
    let BackfillSchedule { name, from, until } = asked.clone();
    let recorded = ScheduleBackfilled { name, from, until, jobs: 2 };
    expect(&given, ScheduleCommand::Backfill { window: asked.clone(), jobs: 2 }, &[recorded.into()]);
    expect(&given, ScheduleCommand::Backfill { window: asked, jobs: 0 }, &[]);
}
