//! What attempts say beside their outcome: how far they came, what kind of error it was, when they end at the latest.

use plinth_events::event::job::JobCheckpointed;

use super::*;

fn checkpoint(token: u64) -> JobCommand {
    JobCommand::Checkpoint { token, checkpoint: serde_json::from_str(r#"{"page": 4}"#).unwrap() }
}

fn checkpointed(token: u64) -> JobEvent {
    let checkpoint = serde_json::from_str(r#"{"page": 4}"#).unwrap();
    JobCheckpointed { job_id: JOB, job_type: job_type(), token, checkpoint }.into()
}

#[test]
fn a_running_attempt_keeps_how_far_it_came_and_goes_on() {
    let running = [enqueued(), started(1, 2)];
    expect(when(&running, checkpoint(2)), &[checkpointed(2)]);
    let again = [running.as_slice(), &[checkpointed(2)]].concat();
    expect(when(&again, checkpoint(2)), &[checkpointed(2)]);
    expect(when(&again, complete(2)), &[completed(1, 2)]);
}

#[test]
fn only_the_holder_of_the_token_keeps_a_checkpoint() {
    let over = [enqueued(), started(1, 2), completed(1, 2)];
    expect_refusal(when(&over[..1], checkpoint(2)), RefusalCode::StaleLease);
    expect_refusal(when(&over[..2], checkpoint(1)), RefusalCode::StaleLease);
    expect_refusal(when(&over, checkpoint(2)), RefusalCode::StaleLease);
    expect_refusal(when(&[], checkpoint(2)), RefusalCode::UnknownJob);
}

#[test]
fn the_token_of_an_attempt_after_a_checkpoint_is_still_greater() {
    let waiting = [enqueued(), started(1, 2), checkpointed(2), failed(1, 2, "no such page", Some(now()))];
    assert!(matches!(expect_one(when(&waiting, start())), JobEvent::JobStarted(event) if event.token == 5));
}

#[test]
fn a_failure_keeps_what_kind_of_error_it_was() {
    let failure = r#"{"jobId": "0192d4a6-5c1e-7b3a-9a40-2f6e8d10c7b5", "token": 2, "error": "no answer in 5 s",
                      "kind": "Timeout", "details": {"host": "store"}}"#;
    let fail = JobCommand::Fail { failure: serde_json::from_str(failure).unwrap() };
    let JobEvent::JobFailed(event) = expect_one(when(&[enqueued(), started(1, 2)], fail)) else {
        panic!("not a failure");
    };
    assert_eq!(event.kind.unwrap().as_str(), "Timeout");
    assert_eq!(event.details.unwrap().as_str(), r#"{"host": "store"}"#);
    assert!(event.retry_at.is_some());
}

#[test]
fn a_start_says_when_the_attempt_ends_at_the_latest() {
    let limited = [JobEnqueued { timeout_seconds: Some(90), ..first() }.into()];
    let event = expect_one(when(&limited, start()));
    let JobOutcome::Started { lease_until, deadline, .. } = Job::default().outcome(&[event]) else {
        panic!("not started");
    };
    assert_eq!((lease_until, deadline), (at("2026-03-01T12:00:30Z"), Some(at("2026-03-01T12:01:30Z"))));
}
