//! Every rule of a job: given events, when a command, then events or a refusal.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archive;
mod flow;
mod notes;
mod waiting;

use cqrs_es::test::{AggregateResultValidator, TestFramework};
use plinth_events::{
    TenantId,
    command::job::{EnqueueJob, Failure},
    event::job::JobCompleted,
    limits,
    time::Moment,
};
use uuid::Uuid;

use super::*;
use crate::domain::Recorded;

const JOB: JobId = JobId(Uuid::from_u128(7));
const SEED: u64 = 42;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// What [`context`] takes for now.
fn now() -> Instant {
    at("2026-03-01T12:00:00Z")
}

fn context() -> Context {
    let now: Moment = "2026-03-01T12:00:00.000250Z".parse().unwrap();
    Context { tenant: TenantId(Uuid::from_u128(1)), actor: None, actor_is_user: false, now, seed: SEED }
}

fn job_type() -> JobType {
    "image_extraction".parse().unwrap()
}

fn reason() -> Reason {
    "not needed any more".parse().unwrap()
}

fn request() -> EnqueueJob {
    serde_json::from_str(r#"{"type": "image_extraction", "payload": {"page": 1}}"#).unwrap()
}

fn enqueue(job: EnqueueJob) -> JobCommand {
    JobCommand::Enqueue { job_id: JOB, job, dependencies: Vec::new() }
}

fn start() -> JobCommand {
    JobCommand::Start { worker: "worker-1".parse().unwrap(), lease_seconds: 30 }
}

fn complete(token: u64) -> JobCommand {
    JobCommand::Complete { token, result: None }
}

fn fail(token: u64) -> JobCommand {
    fail_as(token, "no such page", true, Some(60))
}

fn fail_as(token: u64, error: &str, retryable: bool, retry_after_seconds: Option<u32>) -> JobCommand {
    let (error, retryable) = (error.parse().unwrap(), Some(retryable));
    let failure = Failure { job_id: JOB, token, error, kind: None, details: None, retryable, retry_after_seconds };
    JobCommand::Fail { failure }
}

fn snooze(token: u64) -> JobCommand {
    JobCommand::Snooze { token, seconds: 10 }
}

fn cancel() -> JobCommand {
    JobCommand::Cancel { reason: reason() }
}

fn retry() -> JobCommand {
    JobCommand::Retry { reason: None }
}

fn first() -> JobEnqueued {
    let EnqueueJob { job_type, payload, .. } = request();
    JobEnqueued {
        job_id: JOB,
        job_type,
        payload,
        max_attempts: 2,
        run_at: now(),
        priority: 5,
        retry: None,
        timeout_seconds: None,
        concurrency_key: None,
        unique_key: None,
        unique_until: None,
        depends_on: Vec::new(),
        completed_dependencies: Vec::new(),
        failed_dependencies: Vec::new(),
        on_dependency_failure: None,
        sequence_key: None,
        expires_at: None,
        schedule: None,
    }
}

fn enqueued() -> JobEvent {
    first().into()
}

fn lease_expired(attempt: u32, token: u64, timed_out: bool, error: &str, retry_at: Option<Instant>) -> JobEvent {
    let error = error.parse().unwrap();
    JobLeaseExpired { job_id: JOB, job_type: job_type(), attempt, token, timed_out, error, retry_at }.into()
}

fn started(attempt: u32, token: u64) -> JobEvent {
    let (worker, lease_until) = ("worker-1".parse().unwrap(), at("2026-03-01T12:00:30Z"));
    JobStarted {
        job_id: JOB,
        job_type: job_type(),
        attempt,
        token,
        worker,
        lease_seconds: 30,
        lease_until,
        deadline: None,
        concurrency_key: None,
    }
    .into()
}

fn completed(attempt: u32, token: u64) -> JobEvent {
    JobCompleted { job_id: JOB, job_type: job_type(), attempt, token, result: None }.into()
}

fn failed(attempt: u32, token: u64, error: &str, retry_at: Option<Instant>) -> JobEvent {
    let error = error.parse().unwrap();
    JobFailed { job_id: JOB, job_type: job_type(), attempt, token, error, kind: None, details: None, retry_at }.into()
}

fn snoozed(token: u64, attempts: u32) -> JobEvent {
    JobSnoozed { job_id: JOB, job_type: job_type(), token, attempts, run_at: at("2026-03-01T12:00:10Z") }.into()
}

fn cancel_requested() -> JobEvent {
    JobCancelRequested { job_id: JOB, job_type: job_type(), reason: reason() }.into()
}

fn cancelled() -> JobEvent {
    JobCancelled { job_id: JOB, job_type: job_type(), reason: reason() }.into()
}

fn retried() -> JobEvent {
    JobRetried {
        job_id: JOB,
        job_type: job_type(),
        run_at: now(),
        priority: 5,
        concurrency_key: None,
        sequence_key: None,
        expires_at: None,
        reason: None,
    }
    .into()
}

type Result = AggregateResultValidator<Job>;

fn when(given: &[JobEvent], command: JobCommand) -> Result {
    TestFramework::<Job>::with(context()).given(given.iter().cloned().map(Recorded).collect()).when(command)
}

#[track_caller]
fn expect(result: Result, events: &[JobEvent]) {
    result.then_expect_events(events.iter().cloned().map(Recorded).collect());
}

#[track_caller]
fn expect_refusal(result: Result, code: RefusalCode) -> Refusal {
    let refusal = result.inspect_result().unwrap_err();
    assert_eq!(refusal.code, code);
    refusal
}

#[track_caller]
fn expect_one(result: Result) -> JobEvent {
    let events = result.inspect_result().unwrap();
    let [Recorded(event)] = events.as_slice() else { panic!("expected one event, got {events:?}") };
    event.clone()
}

fn pointers(refusal: &Refusal) -> Vec<&str> {
    refusal.errors.iter().map(|error| error.pointer.as_str()).collect()
}

#[test]
fn a_job_is_enqueued_for_now_with_three_attempts_when_nothing_is_said() {
    let event = JobEnqueued { max_attempts: 3, priority: 0, ..first() };
    expect(when(&[], enqueue(request())), &[event.into()]);
}

#[test]
fn a_past_time_means_now_and_a_future_one_is_kept() {
    for (asked, kept) in [("2026-02-01T00:00:00Z", now()), ("2026-04-01T00:00:00Z", at("2026-04-01T00:00:00Z"))] {
        let result = when(&[], enqueue(EnqueueJob { run_at: Some(at(asked)), ..request() }));
        assert!(matches!(expect_one(result), JobEvent::JobEnqueued(event) if event.run_at == kept));
    }
}

#[test]
fn an_id_is_taken_for_ever() {
    expect_refusal(when(&[enqueued()], enqueue(request())), RefusalCode::JobIdTaken);
    let ended = [enqueued(), started(1, 2), completed(1, 2)];
    expect_refusal(when(&ended, enqueue(request())), RefusalCode::JobIdTaken);
}

#[test]
fn all_values_out_of_range_are_listed_at_once() {
    let job = EnqueueJob {
        max_attempts: Some(0),
        priority: Some(101),
        run_at: Some(at("2036-03-03T00:00:00Z")),
        ..request()
    };
    let refusal = expect_refusal(when(&[], enqueue(job)), RefusalCode::InvalidValue);
    assert_eq!(pointers(&refusal), ["/maxAttempts", "/priority", "/runAt"]);
    assert_eq!(refusal.errors[0].message, "maxAttempts 0 must be between 1 and 100");
    assert_eq!(refusal.errors[1].message, "priority 101 must be between -100 and 100");
    assert_eq!(refusal.errors[2].code, "too_far_ahead");
}

#[test]
fn a_job_runs_at_most_ten_years_ahead() {
    let limit = at("2036-03-01T12:00:00Z");
    expect_one(when(&[], enqueue(EnqueueJob { run_at: Some(limit), ..request() })));
    let beyond = EnqueueJob { run_at: Some(limit.plus_millis(1)), ..request() };
    let refusal = expect_refusal(when(&[], enqueue(beyond)), RefusalCode::TooFarAhead);
    assert_eq!((refusal.status, pointers(&refusal)), (422, vec!["/runAt"]));
}

#[test]
fn a_job_that_nobody_enqueued_is_unknown() {
    for command in [start(), complete(1), fail(1), snooze(1), cancel(), retry(), JobCommand::ExpireLease { token: 1 }] {
        expect_refusal(when(&[], command), RefusalCode::UnknownJob);
    }
}

#[test]
fn a_due_job_starts_with_the_sequence_number_of_its_start_as_token() {
    expect(when(&[enqueued()], start()), &[started(1, 2)]);
    let retrying = [enqueued(), started(1, 2), cancel_requested(), failed(1, 2, "cancelled", None), retried()];
    expect(when(&retrying, start()), &[started(1, 6)]);
}

#[test]
fn a_job_does_not_start_before_its_time() {
    let later = failed(1, 2, "no such page", Some(now().plus_millis(1)));
    let refusal = expect_refusal(when(&[enqueued(), started(1, 2), later], start()), RefusalCode::NotDue);
    assert_eq!(refusal.detail, "the job is due at 2026-03-01T12:00:00.001Z");
    let due = failed(1, 2, "no such page", Some(now()));
    expect(when(&[enqueued(), started(1, 2), due], start()), &[started(2, 4)]);
}

#[test]
fn an_attempt_has_one_winner() {
    expect_refusal(when(&[enqueued(), started(1, 2)], start()), RefusalCode::AlreadyStarted);
    expect_refusal(when(&[enqueued(), started(1, 2), completed(1, 2)], start()), RefusalCode::AlreadyEnded);
    expect_refusal(when(&[enqueued(), cancelled()], start()), RefusalCode::AlreadyEnded);
}

#[test]
fn a_completed_job_refuses_a_second_completion() {
    expect(when(&[enqueued(), started(1, 2)], complete(2)), &[completed(1, 2)]);
    let refusal =
        expect_refusal(when(&[enqueued(), started(1, 2), completed(1, 2)], complete(2)), RefusalCode::StaleLease);
    assert_eq!(refusal.detail, "token 2 is not that of a running attempt, the job is completed");
}

#[test]
fn only_the_token_of_the_running_attempt_counts() {
    let second = [enqueued(), started(1, 2), snoozed(2, 0), started(1, 4)];
    for command in [complete(2), fail(2), snooze(2), JobCommand::ExpireLease { token: 2 }] {
        expect_refusal(when(&second, command), RefusalCode::StaleLease);
    }
    for command in [complete(1), fail(1), snooze(1), JobCommand::ExpireLease { token: 1 }] {
        expect_refusal(when(&[enqueued()], command), RefusalCode::StaleLease);
    }
}

#[test]
fn a_failed_attempt_waits_as_long_as_the_worker_says() {
    let retry_at = Some(at("2026-03-01T12:01:00Z"));
    expect(when(&[enqueued(), started(1, 2)], fail(2)), &[failed(1, 2, "no such page", retry_at)]);
}

#[test]
fn a_failed_attempt_waits_by_backoff_when_the_worker_says_nothing() {
    let fail = fail_as(2, "no such page", true, None);
    let retry_at = Some(now().plus_millis(backoff::wait_ms(None, JOB, 1, SEED)));
    expect(when(&[enqueued(), started(1, 2)], fail), &[failed(1, 2, "no such page", retry_at)]);
}

#[test]
fn the_last_attempt_fails_for_good() {
    let last = [enqueued(), started(1, 2), failed(1, 2, "no such page", Some(now())), started(2, 4)];
    expect(when(&last, fail(4)), &[failed(2, 4, "no such page", None)]);
}

#[test]
fn a_failure_that_is_not_retryable_is_final() {
    let fail = fail_as(2, "unreadable", false, Some(60));
    expect(when(&[enqueued(), started(1, 2)], fail), &[failed(1, 2, "unreadable", None)]);
}

#[test]
fn a_job_is_put_back_for_thirty_days_at_most() {
    let seconds = limits::DELAY_SECONDS + 1;
    let fail = fail_as(2, "no such page", true, Some(seconds));
    let refusal = expect_refusal(when(&[enqueued(), started(1, 2)], fail), RefusalCode::InvalidValue);
    assert_eq!(refusal.detail, "retryAfterSeconds 2592001 must be between 0 and 2592000");
    let snooze = JobCommand::Snooze { token: 2, seconds };
    expect_refusal(when(&[enqueued(), started(1, 2)], snooze), RefusalCode::InvalidValue);
}

#[test]
fn a_snoozed_attempt_does_not_count() {
    expect(when(&[enqueued(), started(1, 2)], snooze(2)), &[snoozed(2, 0)]);
    let again = [enqueued(), started(1, 2), failed(1, 2, "no such page", Some(now())), started(2, 4)];
    expect(when(&again, snooze(4)), &[snoozed(4, 1)]);
}

#[test]
fn a_lease_that_runs_out_is_a_failed_attempt() {
    let expired = |attempt, token, retry_at| lease_expired(attempt, token, false, "lease expired", retry_at);
    let retry_at = Some(now().plus_millis(backoff::wait_ms(None, JOB, 1, SEED)));
    expect(when(&[enqueued(), started(1, 2)], JobCommand::ExpireLease { token: 2 }), &[expired(1, 2, retry_at)]);
    let last = [enqueued(), started(1, 2), expired(1, 2, Some(now())), started(2, 4)];
    expect(when(&last, JobCommand::ExpireLease { token: 4 }), &[expired(2, 4, None)]);
}

#[test]
fn a_job_that_takes_three_workers_down_is_poison_however_many_attempts_are_left() {
    let many = JobEnqueued { max_attempts: 100, ..first() };
    let silence = |attempt, token| lease_expired(attempt, token, false, "lease expired", Some(now()));
    let twice = [many.into(), started(1, 2), silence(1, 2), started(2, 4), silence(2, 4), started(3, 6)];
    let poison = lease_expired(3, 6, false, "poison: its lease expired 3 times", None);
    expect(when(&twice, JobCommand::ExpireLease { token: 6 }), std::slice::from_ref(&poison));

    let again = [&twice[..], &[poison, retried(), started(1, 9)]].concat();
    let JobEvent::JobLeaseExpired(event) = expect_one(when(&again, JobCommand::ExpireLease { token: 9 })) else {
        panic!("the lease did not expire");
    };
    assert!(event.retry_at.is_some(), "a retry begins to count anew");
}

#[test]
fn an_attempt_that_takes_too_long_has_timed_out_and_its_worker_is_not_suspected() {
    let job = || JobEnqueued { max_attempts: 100, timeout_seconds: Some(10), ..first() }.into();
    let JobEvent::JobStarted(start) = expect_one(when(&[job()], start())) else { panic!("it did not start") };
    let deadline = now().plus_millis(10_000);
    assert_eq!((start.deadline, start.lease_until), (Some(deadline), deadline), "no lease is longer");

    let overdue = |token| JobEvent::from(JobStarted { token, deadline: Some(now()), ..start.clone() });
    let timed_out = |attempt, token| lease_expired(attempt, token, true, "timed out after 10 s", Some(now()));
    let thrice = [job(), overdue(2), timed_out(1, 2), overdue(4), timed_out(2, 4), overdue(6)];
    let JobEvent::JobLeaseExpired(event) = expect_one(when(&thrice, JobCommand::ExpireLease { token: 6 })) else {
        panic!("the lease did not expire");
    };
    assert_eq!((event.timed_out, event.error.as_str()), (true, "timed out after 10 s"));
    assert!(event.retry_at.is_some());
}

#[test]
fn a_failed_attempt_waits_as_the_policy_of_the_job_says() {
    let fixed = JobEnqueued { retry: Some(RetryPolicy::Fixed { seconds: 600 }), ..first() };
    let fail = fail_as(2, "no", true, None);
    let JobEvent::JobFailed(event) = expect_one(when(&[fixed.into(), started(1, 2)], fail)) else {
        panic!("it did not fail");
    };
    let retry_at = event.retry_at.unwrap();
    assert!((now().plus_millis(600_000)..=now().plus_millis(660_000)).contains(&retry_at), "{retry_at}");
}

#[test]
fn a_pending_job_is_cancelled_at_once() {
    expect(when(&[enqueued()], cancel()), &[cancelled()]);
}

#[test]
fn a_running_job_is_asked_to_stop_once() {
    expect(when(&[enqueued(), started(1, 2)], cancel()), &[cancel_requested()]);
    expect(when(&[enqueued(), started(1, 2), cancel_requested()], cancel()), &[]);
}

#[test]
fn an_ended_job_is_not_cancelled() {
    expect_refusal(when(&[enqueued(), started(1, 2), completed(1, 2)], cancel()), RefusalCode::AlreadyEnded);
    expect_refusal(when(&[enqueued(), cancelled()], cancel()), RefusalCode::AlreadyEnded);
}

#[test]
fn a_job_that_was_asked_to_stop_ends_with_its_attempt() {
    let asked = [enqueued(), started(1, 2), cancel_requested()];
    let error = "cancelled: not needed any more";
    expect(when(&asked, fail(2)), &[failed(1, 2, error, None)]);
    let expired = lease_expired(1, 2, false, error, None);
    expect(when(&asked, JobCommand::ExpireLease { token: 2 }), &[expired]);
    expect(when(&asked, snooze(2)), &[snoozed(2, 0), cancelled()]);
}

#[test]
fn a_job_that_finished_before_it_stopped_is_completed() {
    expect(when(&[enqueued(), started(1, 2), cancel_requested()], complete(2)), &[completed(1, 2)]);
}

#[test]
fn a_failed_job_gets_a_new_set_of_attempts() {
    let dead = [enqueued(), started(1, 2), failed(1, 2, "unreadable", None)];
    expect(when(&dead, retry()), &[retried()]);
    let again = [dead.as_slice(), &[retried(), started(1, 5)]].concat();
    assert!(matches!(expect_one(when(&again, fail(5))), JobEvent::JobFailed(event) if event.retry_at.is_some()));
}

#[test]
fn a_job_that_has_not_failed_is_not_retried() {
    let completed = [enqueued(), started(1, 2), completed(1, 2)];
    for given in [&completed[..1], &completed[..2], &completed] {
        expect_refusal(when(given, retry()), RefusalCode::NotFailed);
    }
}

#[test]
fn an_outcome_says_what_became_of_the_job() {
    let lease_until = at("2026-03-01T12:00:30Z");
    let outcomes = [
        (vec![enqueued()], JobOutcome::Pending),
        (
            vec![started(1, 2)],
            JobOutcome::Started {
                attempt: 1,
                token: 2,
                lease_until,
                deadline: None,
                dependencies: None,
                payload: None,
                checkpoint: None,
            },
        ),
        (vec![completed(1, 2)], JobOutcome::Completed),
        (vec![failed(1, 2, "no such page", Some(now()))], JobOutcome::Retrying { retry_at: now() }),
        (vec![failed(1, 2, "no such page", None)], JobOutcome::Failed),
        (vec![snoozed(2, 0)], JobOutcome::Snoozed { run_at: at("2026-03-01T12:00:10Z") }),
        (vec![snoozed(2, 0), cancelled()], JobOutcome::Cancelled),
        (vec![cancel_requested()], JobOutcome::CancelRequested),
        (vec![], JobOutcome::CancelRequested),
        (vec![retried()], JobOutcome::Pending),
    ];
    for (events, outcome) in outcomes {
        assert_eq!(Job::default().outcome(&events), outcome, "{events:?}");
    }
}
