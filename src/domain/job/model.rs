//! Random commands against a naive model of a job, and what must hold for every history.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use plinth_events::{TenantId, command::job::EnqueueJob, event::job::JobCompleted, time::Moment};
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    backoff::{DEFAULT, range_ms},
    *,
};

/// What a step of a random history does.
#[derive(Debug, Clone)]
enum Step {
    Enqueue { max_attempts: u32, in_ms: i64 },
    Start,
    Complete(Token),
    Fail(Token, bool, Option<u32>),
    Snooze(Token, u32),
    Cancel,
    Retry,
    ExpireLease(Token),
    Wait { ms: i64 },
}

#[derive(Debug, Clone, Copy)]
enum Token {
    Last,
    Wrong(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let token = || prop_oneof![9 => Just(Token::Last), 1 => (0..40_u64).prop_map(Token::Wrong)];
    let step = prop_oneof![
        1 => (1..5_u32, -5_000..5_000_i64).prop_map(|(max_attempts, in_ms)| Step::Enqueue { max_attempts, in_ms }),
        6 => Just(Step::Start),
        1 => token().prop_map(Step::Complete),
        3 => (token(), prop::bool::weighted(0.8), prop::option::of(0..5_u32))
            .prop_map(|(token, retryable, seconds)| Step::Fail(token, retryable, seconds)),
        2 => (token(), 0..5_u32).prop_map(|(token, seconds)| Step::Snooze(token, seconds)),
        1 => Just(Step::Cancel),
        2 => Just(Step::Retry),
        2 => token().prop_map(Step::ExpireLease),
        3 => (0..10_000_i64).prop_map(|ms| Step::Wait { ms }),
    ];
    prop::collection::vec(step, 1..60)
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
}

/// What the paper says must come out: the types of events, or the code of a refusal.
type Verdict = Result<Vec<&'static str>, RefusalCode>;

impl Paper {
    fn verdict(&mut self, step: &Step, now: i64) -> Verdict {
        match (step, self.status) {
            (Step::Wait { .. }, _) => Ok(vec![]),
            (Step::Enqueue { max_attempts, in_ms }, "") => {
                (self.status, self.max_attempts, self.due) = ("pending", *max_attempts, now + *in_ms.max(&0));
                Ok(vec!["JobEnqueued"])
            }
            (Step::Enqueue { .. }, _) => Err(RefusalCode::JobIdTaken),
            (_, "") => Err(RefusalCode::UnknownJob),
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
            (Step::Retry, "failed") => {
                (self.status, self.attempts, self.due) = ("pending", 0, now);
                self.silent_ends = 0;
                Ok(vec!["JobRetried"])
            }
            (Step::Retry, _) => Err(RefusalCode::NotFailed),
            (Step::Complete(token) | Step::Fail(token, ..) | Step::Snooze(token, _) | Step::ExpireLease(token), _)
                if self.status != "processing" || matches!(token, Token::Wrong(wrong) if *wrong != self.token) =>
            {
                Err(RefusalCode::StaleLease)
            }
            (Step::Complete(_), _) => {
                self.status = "completed";
                Ok(vec!["JobCompleted"])
            }
            (Step::Fail(_, retryable, _), _) => {
                self.close_failed(*retryable);
                Ok(vec!["JobFailed"])
            }
            (Step::ExpireLease(_), _) => {
                self.silent_ends += 1;
                self.close_failed(self.silent_ends < 3);
                Ok(vec!["JobLeaseExpired"])
            }
            (Step::Snooze(_, seconds), _) => {
                self.attempts -= 1;
                (self.status, self.due) = ("pending", now + i64::from(*seconds) * 1_000);
                if self.asked_to_stop {
                    self.status = "failed";
                    return Ok(vec!["JobSnoozed", "JobCancelled"]);
                }
                Ok(vec!["JobSnoozed"])
            }
        }
    }

    fn close_failed(&mut self, retryable: bool) {
        let again = retryable && self.attempts < self.max_attempts && !self.asked_to_stop;
        self.status = if again { "pending" } else { "failed" };
    }
}

fn command(step: &Step, now: i64, last_token: u64) -> Option<JobCommand> {
    let token = |token: &Token| match token {
        Token::Last => last_token,
        Token::Wrong(wrong) => *wrong,
    };
    Some(match step {
        Step::Wait { .. } => return None,
        Step::Enqueue { max_attempts, in_ms } => {
            let mut job: EnqueueJob = serde_json::from_str(r#"{"type": "export", "payload": null}"#).unwrap();
            job.max_attempts = Some(*max_attempts);
            job.run_at = Some(moment(now + in_ms).into());
            JobCommand::Enqueue { job_id: JobId(Uuid::from_u128(7)), job }
        }
        Step::Start => JobCommand::Start { worker: "worker-1".parse().unwrap(), lease_seconds: 30 },
        Step::Complete(held) => JobCommand::Complete { token: token(held), result: None },
        Step::Fail(held, retryable, retry_after_seconds) => JobCommand::Fail {
            token: token(held),
            error: "no such page".parse().unwrap(),
            retryable: *retryable,
            retry_after_seconds: *retry_after_seconds,
        },
        Step::Snooze(held, seconds) => JobCommand::Snooze { token: token(held), seconds: *seconds },
        Step::Cancel => JobCommand::Cancel { reason: "enough".parse().unwrap() },
        Step::Retry => JobCommand::Retry { reason: None },
        Step::ExpireLease(held) => JobCommand::ExpireLease { token: token(held) },
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
    for (sequence, event) in (1..).zip(events) {
        let retried = matches!(event, JobEvent::JobRetried(_));
        assert!(ended.is_none() || (ended == Some("failed") && retried), "{event:?} after the end");
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
            JobEvent::JobCancelled(_) => assert_eq!(open_token, None, "only a pending job is cancelled at once"),
            _ => {}
        }
        ended = match event {
            JobEvent::JobCompleted(_) => Some("completed"),
            JobEvent::JobFailed(JobFailed { retry_at: None, .. })
            | JobEvent::JobLeaseExpired(JobLeaseExpired { retry_at: None, .. })
            | JobEvent::JobCancelled(_) => Some("failed"),
            _ => None,
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_history_is_as_a_naive_model_says(steps in steps(), seed: u64) {
        let (mut job, mut paper, mut history) = (Job::default(), Paper::default(), Vec::new());
        let mut now = 1_772_366_400_000;
        for (number, step) in (0_u64..).zip(&steps) {
            if let Step::Wait { ms } = step {
                now += ms;
            }
            let Some(command) = command(step, now, paper.token) else { continue };
            let context = Context {
                tenant: TenantId(Uuid::nil()),
                actor: None,
                actor_is_user: false,
                now: moment(now),
                seed: seed.wrapping_add(number),
            };
            let decided = job.decide(&command, &context);
            let types = decided.as_ref().map(|events| events.iter().map(JobEvent::event_type).collect());
            prop_assert_eq!(types.map_err(|refusal| refusal.code), paper.verdict(step, now), "{:?}", step);
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
