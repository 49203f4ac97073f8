//! Whether steps say what events mean.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use plinth_events::AggregateKey;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::command::parse::Task;

const TENANT: TenantId = TenantId(Uuid::nil());
const JOB: JobId = JobId(Uuid::nil());

/// The second after the job is due.
fn at(second: i64) -> Moment {
    Moment::from(chrono::DateTime::from_timestamp(1_772_366_400 + second, 0).unwrap())
}

fn event(event_type: &str, more: Value) -> JobEvent {
    let mut data = json!({ "jobId": JOB, "type": "export" });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let recorded = Event::from_recorded(plinth_events::Aggregate::Job, event_type, Event::VERSION, &data.to_string());
    let Event::Job(event) = recorded.unwrap() else { panic!("{event_type} is no event of a job") };
    event
}

fn enqueued() -> JobEvent {
    event("JobEnqueued", json!({ "payload": null, "maxAttempts": 3, "runAt": at(0), "priority": 0 }))
}

fn started() -> JobEvent {
    let start = json!({ "attempt": 1, "token": 2, "worker": "w", "leaseSeconds": 30, "leaseUntil": at(35) });
    event("JobStarted", start)
}

fn asked_to_stop() -> JobEvent {
    event("JobCancelRequested", json!({ "reason": "It is over." }))
}

/// What the last event of a job means, 2 s after the one before it.
fn step(events: &[JobEvent]) -> Step {
    let (last, before) = events.split_last().unwrap();
    let mut entry = Entry::empty(&AggregateKey::Job(TENANT, JOB));
    for event in before {
        entry.note_attempt(&event.clone().into(), at(5));
        entry.evolve(event.clone().into());
    }
    let envelope = Envelope::own(TENANT, Task::SettleJobs(Vec::new()));
    Before::of(&entry).step(last, at(7), &envelope).unwrap()
}

/// How it ended, why it was rescued, which attempt it was, and how long it took.
fn end(events: &[JobEvent]) -> (End, Option<Rescue>, Option<(u32, Duration)>) {
    let Step::Ended { end, rescue, attempt, .. } = step(events) else { panic!("nothing ended") };
    (end, rescue, attempt.map(|attempt| (attempt.number, attempt.duration())))
}

#[test]
fn a_job_waits_from_its_time_to_its_start() {
    let expected = Step::Started { job_type: "export".parse().unwrap(), waited: Duration::from_secs(7) };
    assert_eq!(step(&[enqueued(), started()]), expected);
}

#[test]
fn an_attempt_runs_from_its_start_to_its_end_however_it_ends() {
    let ran = Some((1, Duration::from_secs(2)));
    let completed = event("JobCompleted", json!({ "attempt": 1, "token": 2 }));
    let failed = event("JobFailed", json!({ "attempt": 1, "token": 2, "error": "no such page" }));
    let retried = event("JobFailed", json!({ "attempt": 1, "token": 2, "error": "e", "retryAt": at(9) }));
    let snoozed = event("JobSnoozed", json!({ "token": 2, "attempts": 0, "runAt": at(9) }));
    for (last, expected) in
        [(completed, End::Completed), (failed.clone(), End::Failed), (retried, End::Retried), (snoozed, End::Snoozed)]
    {
        assert_eq!(end(&[enqueued(), started(), last]), (expected, None, ran));
    }
    assert_eq!(end(&[enqueued(), started(), asked_to_stop(), failed]), (End::Cancelled, None, ran));
}

#[test]
fn a_lease_that_ran_out_is_a_rescue_and_says_why() {
    let expired = |more: Value| {
        let mut data = json!({ "attempt": 1, "token": 2, "error": "lease expired" });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (end, rescue, _) = end(&[enqueued(), started(), event("JobLeaseExpired", data)]);
        (end, rescue.unwrap())
    };
    assert_eq!(expired(json!({ "retryAt": at(9) })), (End::Retried, Rescue::LeaseExpired));
    assert_eq!(expired(json!({ "timedOut": true })), (End::Failed, Rescue::TimedOut));
    let poison = plinth_events::names::JobError::poison(3);
    assert_eq!(expired(json!({ "error": poison })), (End::Failed, Rescue::Poison));
}

#[test]
fn a_job_that_ends_before_it_starts_had_no_attempt() {
    let cancelled = event("JobCancelled", json!({ "reason": "It is over." }));
    let expired = event("JobExpired", json!({ "expiresAt": at(7) }));
    assert_eq!(end(&[enqueued(), cancelled]), (End::Cancelled, None, None));
    assert_eq!(end(&[enqueued(), expired]), (End::Expired, None, None));
}

#[test]
fn a_job_that_is_archived_counts_as_that_and_not_as_another_end() {
    let completed = event("JobCompleted", json!({ "attempt": 1, "token": 2 }));
    let archived = event("JobArchived", json!({ "endedAt": at(7) }));
    let expected = Step::Archived { job_type: "export".parse().unwrap() };
    assert_eq!(step(&[enqueued(), started(), completed, archived]), expected);
}
