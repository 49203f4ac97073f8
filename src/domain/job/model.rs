//! Random commands against a naive model of a job, and what must hold for every history.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use plinth_events::{
    TenantId,
    command::job::{EnqueueJob, Failure},
    event::job::JobCompleted,
    time::Moment,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    backoff::{DEFAULT, range_ms},
    flow::Standing,
    *,
};

/// What a step of a random history does.
#[derive(Debug, Clone)]
enum Step {
    Enqueue { max_attempts: u32, in_ms: i64, waits: Waits },
    Start,
    Checkpoint(Token),
    Complete(Token),
    Fail(Token, bool, Option<u32>),
    Snooze(Token, u32),
    Cancel,
    Retry,
    ExpireLease(Token),
    Release(Token),
    FailWithDependency(Token),
    Expire,
    Archive(Token),
    Wait { ms: i64 },
}

/// What a job waits for, and for how long.
#[derive(Debug, Clone, Copy)]
struct Waits {
    for_a_job: bool,
    in_line: bool,
    expires_in_ms: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
enum Token {
    Last,
    Wrong(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let token = || prop_oneof![9 => Just(Token::Last), 1 => (0..40_u64).prop_map(Token::Wrong)];
    let step = prop_oneof![
        2 => (1..5_u32, -5_000..5_000_i64, waits())
            .prop_map(|(max_attempts, in_ms, waits)| Step::Enqueue { max_attempts, in_ms, waits }),
        6 => Just(Step::Start),
        1 => token().prop_map(Step::Checkpoint),
        1 => token().prop_map(Step::Complete),
        3 => (token(), prop::bool::weighted(0.8), prop::option::of(0..5_u32))
            .prop_map(|(token, retryable, seconds)| Step::Fail(token, retryable, seconds)),
        2 => (token(), 0..5_u32).prop_map(|(token, seconds)| Step::Snooze(token, seconds)),
        1 => Just(Step::Cancel),
        2 => Just(Step::Retry),
        2 => token().prop_map(Step::ExpireLease),
        3 => token().prop_map(Step::Release),
        1 => token().prop_map(Step::FailWithDependency),
        1 => Just(Step::Expire),
        1 => token().prop_map(Step::Archive),
        3 => (0..10_000_i64).prop_map(|ms| Step::Wait { ms }),
    ];
    prop::collection::vec(step, 1..60)
}

fn waits() -> impl Strategy<Value = Waits> {
    let expires_in_ms = prop::option::weighted(0.3, -10_000..60_000_i64);
    (prop::bool::weighted(0.3), prop::bool::weighted(0.3), expires_in_ms)
        .prop_map(|(for_a_job, in_line, expires_in_ms)| Waits { for_a_job, in_line, expires_in_ms })
}

/// The job as a person would keep it on paper.
#[derive(Debug, Default)]
struct Paper {
    events: u64,
    status: &'static str,
    attempts: u32,
    max_attempts: u32,
    due: i64,
    token: u64,
    asked_to_stop: bool,
    silent_ends: u32,
    is_archived: bool,
    /// Which event it is blocked since.
    blocked: Option<u64>,
    in_line: bool,
    expires: Option<i64>,
}

/// What the paper says must come out: the types of events, or the code of a refusal.
type Verdict = Result<Vec<&'static str>, RefusalCode>;

impl Paper {
    /// When a failed attempt is tried again is drawn by the job.
    fn verdict(&mut self, step: &Step, now: i64, retry_at: Option<i64>) -> Verdict {
        let is_expired = self.expires.is_some_and(|expires| expires <= now);
        match (step, self.status) {
            (Step::Wait { .. }, _) => Ok(vec![]),
            (Step::Enqueue { in_ms, waits: Waits { expires_in_ms: Some(expires), .. }, .. }, "")
                if expires <= in_ms =>
            {
                Err(RefusalCode::InvalidValue)
            }
            (Step::Enqueue { max_attempts, in_ms, waits }, "") => {
                (self.status, self.max_attempts, self.due) = ("pending", *max_attempts, now + *in_ms.max(&0));
                (self.blocked, self.in_line) = ((waits.for_a_job || waits.in_line).then_some(1), waits.in_line);
                self.expires = waits.expires_in_ms.map(|ms| now + ms);
                Ok(["JobEnqueued"].into_iter().chain(self.expire_by(now)).collect())
            }
            (Step::Enqueue { .. }, _) => Err(RefusalCode::JobIdTaken),
            (_, "") => Err(RefusalCode::UnknownJob),
            (Step::Archive(Token::Wrong(wrong)), _) if *wrong != self.events => Err(RefusalCode::StaleLease),
            (Step::Archive(_), "completed" | "failed") if !self.is_archived => {
                self.is_archived = true;
                Ok(vec!["JobArchived"])
            }
            (Step::Archive(_), _) => Err(RefusalCode::StaleLease),
            (Step::Start | Step::Cancel | Step::Retry | Step::Expire, _) if self.is_archived => {
                Err(RefusalCode::JobArchived)
            }
            (Step::Start, "pending") if is_expired => Err(RefusalCode::Expired),
            (Step::Start, "pending") if self.blocked.is_some() => Err(RefusalCode::Blocked),
            (Step::Start, "pending") if self.due > now => Err(RefusalCode::NotDue),
            (Step::Start, "pending") => {
                self.status = "processing";
                self.attempts += 1;
                self.token = self.events + 1;
                self.asked_to_stop = false;
                Ok(vec!["JobStarted"])
            }
            (Step::Start, "processing") => Err(RefusalCode::AlreadyStarted),
            (Step::Start, _) => Err(RefusalCode::AlreadyEnded),
            (Step::Cancel, "pending") => {
                self.status = "failed";
                Ok(vec!["JobCancelled"])
            }
            (Step::Cancel, "processing") if self.asked_to_stop => Ok(vec![]),
            (Step::Cancel, "processing") => {
                self.asked_to_stop = true;
                Ok(vec!["JobCancelRequested"])
            }
            (Step::Cancel, _) => Err(RefusalCode::AlreadyEnded),
            (Step::Retry, "failed") if is_expired => Err(RefusalCode::Expired),
            (Step::Retry, "failed") => {
                (self.status, self.attempts, self.due) = ("pending", 0, now);
                (self.silent_ends, self.blocked) = (0, self.in_line.then_some(self.events + 1));
                Ok(vec!["JobRetried"])
            }
            (Step::Retry, _) => Err(RefusalCode::NotFailed),
            (Step::Expire, "pending") if is_expired => Ok(self.expire_by(now).into_iter().collect()),
            (Step::Expire, "pending") => Err(RefusalCode::NotDue),
            (Step::Expire, "processing") => Err(RefusalCode::AlreadyStarted),
            (Step::Expire, _) => Err(RefusalCode::AlreadyEnded),
            (Step::Release(wait) | Step::FailWithDependency(wait), _)
                if self.status != "pending"
                    || self.blocked.is_none()
                    || matches!(wait, Token::Wrong(wrong) if Some(*wrong) != self.blocked) =>
            {
                Err(RefusalCode::StaleLease)
            }
            (Step::Release(_), _) => {
                (self.blocked, self.due) = (None, self.due.max(now));
                Ok(vec!["JobReleased"])
            }
            (Step::FailWithDependency(_), _) => {
                self.status = "failed";
                Ok(vec!["JobDependencyFailed"])
            }
            (
                Step::Checkpoint(token)
                | Step::Complete(token)
                | Step::Fail(token, ..)
                | Step::Snooze(token, _)
                | Step::ExpireLease(token),
                _,
            ) if self.status != "processing" || matches!(token, Token::Wrong(wrong) if *wrong != self.token) => {
                Err(RefusalCode::StaleLease)
            }
            (Step::Checkpoint(_), _) => Ok(vec!["JobCheckpointed"]),
            (Step::Complete(_), _) => {
                self.status = "completed";
                Ok(vec!["JobCompleted"])
            }
            (Step::Fail(_, retryable, _), _) => {
                Ok(["JobFailed"].into_iter().chain(self.close_failed(*retryable, retry_at)).collect())
            }
            (Step::ExpireLease(_), _) => {
                self.silent_ends += 1;
                let end = self.close_failed(self.silent_ends < 3, retry_at);
                Ok(["JobLeaseExpired"].into_iter().chain(end).collect())
            }
            (Step::Snooze(_, seconds), _) => {
                self.attempts -= 1;
                (self.status, self.due) = ("pending", now + i64::from(*seconds) * 1_000);
                if self.asked_to_stop {
                    self.status = "failed";
                    return Ok(vec!["JobSnoozed", "JobCancelled"]);
                }
                Ok(["JobSnoozed"].into_iter().chain(self.expire_by(self.due)).collect())
            }
        }
    }

    fn close_failed(&mut self, retryable: bool, retry_at: Option<i64>) -> Option<&'static str> {
        let again = retryable && self.attempts < self.max_attempts && !self.asked_to_stop;
        self.status = if again { "pending" } else { "failed" };
        if again { self.expire_by(retry_at?) } else { None }
    }

    /// A job that could start at this time only ends if that is too late.
    fn expire_by(&mut self, time: i64) -> Option<&'static str> {
        self.expires.filter(|expires| *expires <= time)?;
        self.status = "failed";
        Some("JobExpired")
    }
}

fn command(step: &Step, now: i64, paper: &Paper) -> Option<JobCommand> {
    let or = |asked: &Token, last: u64| match asked {
        Token::Last => last,
        Token::Wrong(wrong) => *wrong,
    };
    let token = |asked: &Token| or(asked, paper.token);
    let wait = |asked: &Token| or(asked, paper.blocked.unwrap_or(0));
    Some(match step {
        Step::Wait { .. } => return None,
        Step::Enqueue { max_attempts, in_ms, waits } => {
            let mut job: EnqueueJob = serde_json::from_str(r#"{"type": "export", "payload": null}"#).unwrap();
            job.max_attempts = Some(*max_attempts);
            job.run_at = Some(moment(now + in_ms).into());
            job.sequence_key = waits.in_line.then(|| "order 7".parse().unwrap());
            job.expires_at = waits.expires_in_ms.map(|ms| moment(now + ms).into());
            let dependencies = waits.for_a_job.then_some((JobId(Uuid::from_u128(8)), Standing::Open));
            let dependencies = dependencies.into_iter().collect();
            JobCommand::Enqueue { job_id: JobId(Uuid::from_u128(7)), job, dependencies }
        }
        Step::Start => JobCommand::Start { worker: "worker-1".parse().unwrap(), lease_seconds: 30 },
        Step::Checkpoint(held) => {
            JobCommand::Checkpoint { token: token(held), checkpoint: serde_json::from_str("7").unwrap() }
        }
        Step::Complete(held) => JobCommand::Complete { token: token(held), result: None },
        Step::Fail(held, retryable, retry_after_seconds) => JobCommand::Fail {
            failure: Failure {
                job_id: JobId(Uuid::from_u128(7)),
                token: token(held),
                error: "no such page".parse().unwrap(),
                kind: None,
                details: None,
                retryable: Some(*retryable),
                retry_after_seconds: *retry_after_seconds,
            },
        },
        Step::Snooze(held, seconds) => JobCommand::Snooze { token: token(held), seconds: *seconds },
        Step::Cancel => JobCommand::Cancel { reason: "enough".parse().unwrap() },
        Step::Retry => JobCommand::Retry { reason: None },
        Step::ExpireLease(held) => JobCommand::ExpireLease { token: token(held) },
        Step::Release(asked) => JobCommand::Release { wait: wait(asked), dependencies: None },
        Step::FailWithDependency(asked) => {
            JobCommand::FailWithDependency { wait: wait(asked), dependency: JobId(Uuid::from_u128(8)) }
        }
        Step::Expire => JobCommand::Expire,
        Step::Archive(end) => JobCommand::Archive { sequence: or(end, paper.events), ended_at: moment(now).into() },
    })
}

fn moment(ms: i64) -> Moment {
    Moment::from(chrono::DateTime::from_timestamp_millis(ms).unwrap())
}

/// The times that events name, as milliseconds.
fn retry_ms(event: &JobEvent) -> Option<i64> {
    match event {
        JobEvent::JobFailed(JobFailed { retry_at, .. })
        | JobEvent::JobLeaseExpired(JobLeaseExpired { retry_at, .. }) => retry_at.map(|at| at.utc().timestamp_millis()),
        _ => None,
    }
}

/// What must hold for the history of any job.
fn check_history(events: &[JobEvent], max_attempts: u32) {
    let mut open_token = None;
    let mut last_token = 0;
    let mut ended = None;
    let mut is_blocked = false;
    for (sequence, event) in (1..).zip(events) {
        let may_follow = match event {
            JobEvent::JobRetried(_) => ended == Some("failed"),
            JobEvent::JobArchived(_) => matches!(ended, Some("completed" | "failed")),
            _ => ended.is_none(),
        };
        assert!(may_follow, "{event:?} after {ended:?}");
        match event {
            JobEvent::JobStarted(event) => {
                assert_eq!(open_token, None, "two attempts at once");
                assert_eq!(event.token, sequence, "a token is the sequence number of its start");
                assert!(event.token > last_token, "tokens grow");
                assert!((1..=max_attempts).contains(&event.attempt), "{} attempts", event.attempt);
                (open_token, last_token) = (Some(event.token), event.token);
            }
            JobEvent::JobCompleted(JobCompleted { token, .. })
            | JobEvent::JobFailed(JobFailed { token, .. })
            | JobEvent::JobLeaseExpired(JobLeaseExpired { token, .. })
            | JobEvent::JobSnoozed(JobSnoozed { token, .. }) => {
                assert_eq!(open_token.take(), Some(*token), "an attempt is closed once, by its own token");
            }
            JobEvent::JobCancelled(_) | JobEvent::JobDependencyFailed(_) | JobEvent::JobExpired(_) => {
                assert_eq!(open_token, None, "only a pending job ends without an attempt");
            }
            _ => {}
        }
        is_blocked = match event {
            JobEvent::JobEnqueued(event) => event.is_blocked(),
            JobEvent::JobRetried(event) => event.sequence_key.is_some(),
            JobEvent::JobReleased(_) => false,
            _ => is_blocked,
        };
        assert!(!is_blocked || !matches!(event, JobEvent::JobStarted(_)), "a blocked job does not start");
        ended = match event {
            JobEvent::JobCompleted(_) => Some("completed"),
            JobEvent::JobFailed(JobFailed { retry_at: None, .. })
            | JobEvent::JobLeaseExpired(JobLeaseExpired { retry_at: None, .. })
            | JobEvent::JobCancelled(_)
            | JobEvent::JobDependencyFailed(_)
            | JobEvent::JobExpired(_) => Some("failed"),
            JobEvent::JobArchived(_) => Some("archived"),
            _ => None,
        };
    }
}

/// How many histories are tried when PLINTH_TEST_HISTORIES does not say so.
const DEFAULT_HISTORIES: u32 = 2_000;

fn histories() -> u32 {
    std::env::var("PLINTH_TEST_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_HISTORIES)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(histories()))]

    #[test]
    fn every_history_is_as_a_naive_model_says(steps in steps(), seed: u64) {
        let (mut job, mut paper, mut history) = (Job::default(), Paper::default(), Vec::new());
        let mut now = 1_772_366_400_000;
        for (number, step) in (0_u64..).zip(&steps) {
            if let Step::Wait { ms } = step {
                now += ms;
            }
            let Some(command) = command(step, now, &paper) else { continue };
            let context = Context {
                tenant: TenantId(Uuid::nil()),
                actor: None,
                actor_is_user: false,
                now: moment(now),
                seed: seed.wrapping_add(number),
            };
            let decided = job.decide(&command, &context);
            let retry_at = decided.as_ref().ok().and_then(|events| retry_ms(events.first()?));
            let types = decided.as_ref().map(|events| events.iter().map(JobEvent::event_type).collect());
            prop_assert_eq!(types.map_err(|refusal| refusal.code), paper.verdict(step, now, retry_at), "{:?}", step);
            for event in decided.unwrap_or_default() {
                if let Some(retry_at) = retry_ms(&event) {
                    let longest = match step {
                        Step::Fail(_, _, Some(seconds)) => i64::from(*seconds) * 1_000,
                        _ => i64::try_from(range_ms(&DEFAULT, paper.attempts).1).unwrap(),
                    };
                    prop_assert!((now..=now + longest).contains(&retry_at));
                    paper.due = retry_at;
                }
                job.evolve(event.clone());
                history.push(event);
                paper.events += 1;
            }
            let status = job.enqueued.as_ref().map_or("", Enqueued::status);
            prop_assert!(["", "pending", "processing", "completed", "failed"].contains(&status));
            prop_assert_eq!(status, paper.status);
            prop_assert_eq!(job.enqueued.as_ref().map_or(0, |job| job.attempts), paper.attempts);
        }
        check_history(&history, paper.max_attempts);
    }
}
