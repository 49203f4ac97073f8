//! Jobs that wait: replaced, rescheduled, given another priority.

use plinth_events::{
    command::job::OnConflict,
    event::job::{JobPrioritized, JobReplaced, JobRescheduled},
};

use super::*;

fn later() -> Instant {
    at("2026-03-01T13:00:00Z")
}

fn waiting() -> JobEvent {
    JobEnqueued { run_at: later(), unique_key: "a".parse().ok(), ..first() }.into()
}

fn replacement(more: &str) -> EnqueueJob {
    let body = format!(r#"{{"type": "image_extraction", "payload": {{"page": 2}}, "uniqueKey": "a" {more}}}"#);
    serde_json::from_str(&body).unwrap()
}

fn replaced(run_at: Instant) -> JobEvent {
    JobReplaced {
        job_id: JOB,
        job_type: job_type(),
        payload: replacement("").payload,
        max_attempts: 3,
        run_at,
        priority: 0,
        retry: None,
        timeout_seconds: None,
    }
    .into()
}

fn reschedule(run_at: Instant) -> JobCommand {
    JobCommand::Reschedule { run_at, reason: Some(reason()) }
}

fn prioritize(priority: i16) -> JobCommand {
    JobCommand::Prioritize { priority, reason: None }
}

fn job(events: &[JobEvent]) -> Job {
    let mut job = Job::default();
    events.iter().for_each(|event| job.evolve(event.clone()));
    job
}

#[test]
fn a_replaced_job_keeps_its_time_unless_it_is_given_another_one() {
    let replace = |more: &str| JobCommand::Replace { job: replacement(more) };
    let soon = at("2026-03-01T12:00:05Z");
    let run_at = r#", "runAt": "2026-03-01T12:00:05Z""#;
    for (more, time) in [
        (r#", "onConflict": "replace""#.to_owned(), later()),
        (format!(r#"{run_at}, "onConflict": "replace""#), soon),
        (r#", "onConflict": "debounce""#.to_owned(), now()),
        (format!(r#"{run_at}, "onConflict": "debounce""#), soon),
    ] {
        when(&[waiting()], replace(&more)).then_expect_events(vec![Recorded(replaced(time))]);
    }
}

#[test]
fn a_replaced_job_has_all_of_its_attempts_and_is_started_with_its_new_payload() {
    let events = [waiting(), replaced(now()), started(1, 3)];
    let outcome = job(&events).outcome(&events[2..]);
    let JobOutcome::Started { payload: Some(payload), attempt: 1, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(payload, replacement("").payload);
    let JobOutcome::Started { payload: None, .. } = job(&[enqueued(), started(1, 2)]).outcome(&[started(1, 2)]) else {
        panic!("an invitation that nothing overtook is right");
    };

    let after_failure = [enqueued(), started(1, 2), failed(1, 2, "no such page", Some(now())), replaced(now())];
    when(&after_failure, start()).then_expect_events(vec![Recorded(started(1, 5))]);
}

#[test]
fn what_another_job_asks_of_the_holder_of_its_key_depends_on_whether_that_waits() {
    use unique::Conflict;
    let key = "a".parse().unwrap();
    let conflict = |events: &[JobEvent], on_conflict| job(events).conflict(&key, on_conflict);
    let running = [waiting(), replaced(now()), started(1, 3)];
    for events in [&[waiting()][..], &running] {
        assert_eq!(conflict(events, OnConflict::ReturnExisting), Ok(Conflict::Existing));
        let refusal = conflict(events, OnConflict::Reject).unwrap_err();
        assert_eq!((refusal.code, &refusal.facts["jobId"]), (RefusalCode::UniqueKeyTaken, &JOB.to_string().into()));
    }
    for on_conflict in [OnConflict::Replace, OnConflict::Debounce] {
        assert_eq!(conflict(&[waiting()], on_conflict), Ok(Conflict::Replace));
        assert_eq!(conflict(&running, on_conflict), Ok(Conflict::TakeOver));
    }
}

#[test]
fn what_says_how_a_key_is_held_is_refused_without_one() {
    let job: EnqueueJob = serde_json::from_str(
        r#"{"type": "image_extraction", "payload": 1, "uniqueForSeconds": 60, "onConflict": "replace"}"#,
    )
    .unwrap();
    let refusal = Job::default().decide(&enqueue(job), &context()).unwrap_err();
    let places: Vec<&str> = refusal.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!((refusal.code, places), (RefusalCode::InvalidValue, vec!["/uniqueForSeconds", "/onConflict"]));
}

#[test]
fn a_job_that_waits_gets_another_time_and_one_that_has_it_already_none() {
    let rescheduled = |run_at| {
        let event = JobRescheduled { job_id: JOB, job_type: job_type(), run_at, reason: Some(reason()) };
        vec![Recorded(event.into())]
    };
    when(&[enqueued()], reschedule(later())).then_expect_events(rescheduled(later()));
    when(&[waiting()], reschedule(at("2020-01-01T00:00:00Z"))).then_expect_events(rescheduled(now()));
    when(&[waiting()], reschedule(later())).then_expect_events(Vec::new());
    assert_eq!(job(&[waiting()]).outcome(&[]), JobOutcome::Pending);
}

#[test]
fn a_job_that_waits_gets_another_priority_and_keeps_it() {
    let event = JobPrioritized { job_id: JOB, job_type: job_type(), priority: 9, reason: None };
    when(&[enqueued()], prioritize(9)).then_expect_events(vec![Recorded(event.clone().into())]);
    when(&[enqueued()], prioritize(5)).then_expect_events(Vec::new());
    when(&[enqueued(), event.into()], prioritize(9)).then_expect_events(Vec::new());
    let refusal = job(&[enqueued()]).decide(&prioritize(101), &context()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::InvalidValue);
}

#[test]
fn only_a_job_that_waits_is_changed() {
    let replace = JobCommand::Replace { job: replacement("") };
    for command in [reschedule(later()), prioritize(9), replace] {
        let code = |events: &[JobEvent]| job(events).decide(&command, &context()).unwrap_err().code;
        assert_eq!(code(&[]), RefusalCode::UnknownJob);
        assert_eq!(code(&[enqueued(), started(1, 2)]), RefusalCode::AlreadyStarted);
        assert_eq!(code(&[enqueued(), started(1, 2), completed(1, 2)]), RefusalCode::AlreadyEnded);
        assert_eq!(code(&[enqueued(), cancelled()]), RefusalCode::AlreadyEnded);
    }
}
