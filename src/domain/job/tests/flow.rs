//! Jobs that wait for others, and jobs that expire.

use plinth_events::{
    event::job::{JobDependencyFailed, JobExpired, JobReleased},
    flow::OnDependencyFailure,
};

use super::*;
use crate::domain::job::flow::Standing;

const OTHER: JobId = JobId(Uuid::from_u128(8));
const THIRD: JobId = JobId(Uuid::from_u128(9));

fn enqueue_behind(job: EnqueueJob, dependencies: &[(JobId, Standing)]) -> JobCommand {
    JobCommand::Enqueue { job_id: JOB, job, dependencies: dependencies.to_vec() }
}

fn expect_enqueued(result: AggregateResultValidator<Job>) -> JobEnqueued {
    match expect_one(result) {
        JobEvent::JobEnqueued(event) => event,
        other => panic!("{other:?}"),
    }
}

/// Waits for a job.
fn behind() -> JobEvent {
    JobEnqueued { depends_on: vec![OTHER], ..first() }.into()
}

fn key() -> Option<JobKey> {
    Some("order 7".parse().unwrap())
}

/// Stands in a line.
fn in_line() -> JobEvent {
    JobEnqueued { sequence_key: key(), ..first() }.into()
}

fn expiring(expires_at: Instant) -> JobEvent {
    JobEnqueued { expires_at: Some(expires_at), ..first() }.into()
}

fn release(wait: u64, dependencies: Option<DependencyCounts>) -> JobCommand {
    JobCommand::Release { wait, dependencies }
}

fn released(dependencies: Option<DependencyCounts>) -> JobEvent {
    JobReleased { job_id: JOB, job_type: job_type(), run_at: now(), dependencies }.into()
}

fn dependency_failed() -> JobEvent {
    JobDependencyFailed { job_id: JOB, job_type: job_type(), dependency: OTHER }.into()
}

fn expired(expires_at: Instant) -> JobEvent {
    JobExpired { job_id: JOB, job_type: job_type(), expires_at }.into()
}

fn retried_in_line() -> JobEvent {
    match retried() {
        JobEvent::JobRetried(event) => JobRetried { sequence_key: key(), ..event }.into(),
        other => other,
    }
}

fn after(events: &[JobEvent]) -> Job {
    let mut job = Job::default();
    events.iter().for_each(|event| job.evolve(event.clone()));
    job
}

#[test]
fn a_job_waits_for_those_that_have_not_ended() {
    let dependencies = [(OTHER, Standing::Completed), (THIRD, Standing::Open), (OTHER, Standing::Completed)];
    let event = expect_enqueued(when(&[], enqueue_behind(request(), &dependencies)));
    assert_eq!(
        (event.depends_on.as_slice(), event.completed_dependencies.as_slice()),
        ([OTHER, THIRD].as_slice(), [OTHER].as_slice())
    );
    assert_eq!(event.open_dependencies().collect::<Vec<_>>(), [THIRD]);
    let refusal = expect_refusal(when(&[event.into()], start()), RefusalCode::Blocked);
    assert_eq!(refusal.detail, "the job waits until the jobs that it depends on have ended");
}

#[test]
fn a_job_whose_dependencies_have_all_ended_waits_for_nothing_and_knows_how() {
    let event = expect_enqueued(when(&[], enqueue_behind(request(), &[(OTHER, Standing::Completed)])));
    let run = EnqueueJob { on_dependency_failure: Some(OnDependencyFailure::Run), ..request() };
    let failed = expect_enqueued(when(&[], enqueue_behind(run, &[(OTHER, Standing::Failed)])));
    for (event, completed, failed) in [(event, 1, 0), (failed, 0, 1)] {
        let start = started(1, 2);
        let job = after(&[event.into(), start.clone()]);
        let JobOutcome::Started { dependencies, .. } = job.outcome(&[start]) else { panic!("it did not start") };
        assert_eq!(dependencies, Some(DependencyCounts { completed, failed }));
    }
}

#[test]
fn a_job_fails_at_once_when_one_that_it_depends_on_has_failed() {
    let command = enqueue_behind(request(), &[(THIRD, Standing::Open), (OTHER, Standing::Failed)]);
    let enqueued = JobEnqueued {
        depends_on: vec![THIRD, OTHER],
        failed_dependencies: vec![OTHER],
        max_attempts: 3,
        priority: 0,
        ..first()
    };
    expect(when(&[], command), &[enqueued.into(), dependency_failed()]);
}

#[test]
fn unknown_jobs_are_refused_each_at_its_place() {
    let dependencies = [(OTHER, Standing::Unknown), (JOB, Standing::Open), (THIRD, Standing::Unknown)];
    let job = EnqueueJob { max_attempts: Some(0), ..request() };
    let refusal = expect_refusal(when(&[], enqueue_behind(job, &dependencies)), RefusalCode::InvalidValue);
    assert_eq!(pointers(&refusal), ["/maxAttempts", "/dependsOn/0", "/dependsOn/2"]);
    assert_eq!(refusal.errors[1].code, "unknown_job");
    assert!(refusal.errors[1].message.contains("earlier ones of its batch"), "{refusal:?}");
}

#[test]
fn a_job_is_released_once_from_the_wait_that_is_over() {
    let counts = Some(DependencyCounts { completed: 1, failed: 0 });
    expect(when(&[behind()], release(1, counts)), &[released(counts)]);
    expect_refusal(when(&[behind()], release(2, counts)), RefusalCode::StaleLease);
    expect_refusal(when(&[behind(), released(counts)], release(1, counts)), RefusalCode::StaleLease);
    expect_refusal(when(&[behind(), cancelled()], release(1, counts)), RefusalCode::StaleLease);
    expect(when(&[behind(), released(counts)], start()), &[started(1, 3)]);
}

#[test]
fn a_released_job_still_waits_for_its_time() {
    let later = now().plus_millis(60_000);
    let behind = JobEnqueued { run_at: later, depends_on: vec![OTHER], ..first() };
    let JobEvent::JobReleased(event) = expect_one(when(&[behind.into()], release(1, None))) else {
        panic!("it was not released");
    };
    assert_eq!(event.run_at, later);
}

#[test]
fn a_blocked_job_fails_with_one_that_it_depends_on_and_may_be_retried_without_it() {
    let fail = |wait| JobCommand::FailWithDependency { wait, dependency: OTHER };
    expect(when(&[behind()], fail(1)), &[dependency_failed()]);
    expect_refusal(when(&[behind(), released(None)], fail(1)), RefusalCode::StaleLease);
    expect(when(&[behind(), dependency_failed()], retry()), &[retried()]);
    expect(when(&[behind(), dependency_failed(), retried()], start()), &[started(1, 4)]);
}

#[test]
fn a_blocked_job_is_cancelled_at_once() {
    expect(when(&[behind()], cancel()), &[cancelled()]);
    expect(when(&[in_line()], cancel()), &[cancelled()]);
}

#[test]
fn a_retried_job_with_a_sequence_key_waits_for_its_turn_again() {
    let refusal = expect_refusal(when(&[in_line()], start()), RefusalCode::Blocked);
    assert_eq!(refusal.detail, "the job waits for its turn under sequence key order 7");
    let dead = [in_line(), released(None), started(1, 3), failed(1, 3, "unreadable", None)];
    expect(when(&dead, retry()), &[retried_in_line()]);
    let again = [&dead[..], &[retried_in_line()]].concat();
    expect_refusal(when(&again, start()), RefusalCode::Blocked);
    expect_refusal(when(&again, release(1, None)), RefusalCode::StaleLease);
    expect(when(&again, release(5, None)), &[released(None)]);
}

#[test]
fn a_job_keeps_its_turn_through_retries_and_snoozes() {
    let running = [in_line(), released(None), started(1, 3)];
    let retrying = [&running[..], &[failed(1, 3, "no such page", Some(now()))]].concat();
    expect(when(&retrying, start()), &[started(2, 5)]);
    let snoozed = [&running[..], &[snoozed(3, 0)]].concat();
    let due = JobEvent::from(JobSnoozed { job_id: JOB, job_type: job_type(), token: 3, attempts: 0, run_at: now() });
    assert_eq!(after(&snoozed).standing(), Standing::Open);
    expect(when(&[&running[..], &[due]].concat(), start()), &[started(1, 5)]);
}

#[test]
fn an_expired_job_does_not_start_and_ends() {
    for given in
        [vec![expiring(now())], vec![JobEnqueued { sequence_key: key(), expires_at: Some(now()), ..first() }.into()]]
    {
        expect_refusal(when(&given, start()), RefusalCode::Expired);
        expect(when(&given, JobCommand::Expire), &[expired(now())]);
    }
    let later = now().plus_millis(1);
    expect_refusal(when(&[expiring(later)], JobCommand::Expire), RefusalCode::NotDue);
    expect_refusal(when(&[enqueued()], JobCommand::Expire), RefusalCode::NotDue);
    expect(when(&[expiring(later)], start()), &[started(1, 2)]);
    expect_refusal(when(&[expiring(now()), started(1, 2)], JobCommand::Expire), RefusalCode::AlreadyStarted);
    let ended = [expiring(now()), expired(now())];
    expect_refusal(when(&ended, JobCommand::Expire), RefusalCode::AlreadyEnded);
    expect_refusal(when(&ended, retry()), RefusalCode::Expired);
}

#[test]
fn an_attempt_that_would_come_too_late_is_the_end() {
    let expires_at = now().plus_millis(10_000);
    let running = [expiring(expires_at), started(1, 2)];
    let retry_at = Some(now().plus_millis(60_000));
    expect(when(&running, fail(2)), &[failed(1, 2, "no such page", retry_at), expired(expires_at)]);
    expect(when(&running, snooze(2)), &[snoozed(2, 0), expired(expires_at)]);
    let asked = [&running[..], &[cancel_requested()]].concat();
    expect(when(&asked, snooze(2)), &[snoozed(2, 0), cancelled()]);
}

#[test]
fn a_job_that_comes_too_late_is_recorded_as_expired() {
    let job = EnqueueJob { expires_at: Some(now()), ..request() };
    let enqueued = JobEnqueued { expires_at: Some(now()), max_attempts: 3, priority: 0, ..first() };
    expect(when(&[], enqueue(job)), &[enqueued.into(), expired(now())]);
}

#[test]
fn a_job_does_not_expire_before_its_time_has_come() {
    let later = now().plus_millis(1_000);
    let job = EnqueueJob { run_at: Some(later), expires_at: Some(later), ..request() };
    let refusal = expect_refusal(when(&[], enqueue(job)), RefusalCode::InvalidValue);
    assert_eq!(pointers(&refusal), ["/expiresAt"]);
    let far = EnqueueJob { expires_at: Some(at("2036-03-03T00:00:00Z")), ..request() };
    assert_eq!(pointers(&expect_refusal(when(&[], enqueue(far)), RefusalCode::TooFarAhead)), ["/expiresAt"]);
}
