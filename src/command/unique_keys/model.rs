//! Random commands for jobs with unique keys, in random batches, against a naive model of who holds what.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{collections::BTreeMap, num::NonZeroUsize};

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use plinth_events::{RefusalCode, reply::Reply};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    command::{answer::Verdict, batch::Workspace, decide, parse},
    domain::queue::admission::Admission,
    log::{commands::KnownCommands, head::Head},
};

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const KEYS: usize = 3;

/// What a step of a random history does; jobs are named by their place in the order in which they came.
#[derive(Debug, Clone)]
enum Step {
    Enqueue {
        key: usize,
        on_conflict: &'static str,
        for_seconds: Option<u32>,
    },
    Start(usize),
    Complete(usize),
    Fail(usize, bool),
    Cancel(usize),
    Retry(usize),
    Wait {
        seconds: i64,
    },
    /// The batch ends, and the next one finds only what was written.
    Commit,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let conflicts = prop::sample::select(vec!["reject", "return_existing", "replace", "debounce"]);
    let job = || 0..6_usize;
    let step = prop_oneof![
        6 => (0..KEYS, conflicts, prop::option::weighted(0.3, 1..20_u32))
            .prop_map(|(key, on_conflict, for_seconds)| Step::Enqueue { key, on_conflict, for_seconds }),
        4 => job().prop_map(Step::Start),
        2 => job().prop_map(Step::Complete),
        3 => (job(), any::<bool>()).prop_map(|(job, retryable)| Step::Fail(job, retryable)),
        1 => job().prop_map(Step::Cancel),
        3 => job().prop_map(Step::Retry),
        2 => (1..30_i64).prop_map(|seconds| Step::Wait { seconds }),
        2 => Just(Step::Commit),
    ];
    prop::collection::vec(step, 1..80)
}

/// A job as a person would keep it on paper.
#[derive(Debug, Clone)]
struct PaperJob {
    key: usize,
    status: &'static str,
    payload: u64,
    attempts: u32,
    token: u64,
    events: u64,
    held_until: i64,
    /// Another job took the key over while this one ran, or after it.
    is_superseded: bool,
}

/// All jobs, and who holds which key.
#[derive(Debug, Default)]
struct Paper {
    jobs: BTreeMap<JobId, PaperJob>,
    order: Vec<JobId>,
    holders: [Option<JobId>; KEYS],
    /// The last payload that was accepted for a key.
    newest: [Option<u64>; KEYS],
}

impl Paper {
    fn named(&self, place: usize) -> Option<JobId> {
        // the newest are the interesting ones
        self.order.iter().rev().nth(place).copied()
    }

    fn holder(&self, key: usize, now: i64) -> Option<JobId> {
        self.holders[key].filter(|job| {
            let job = &self.jobs[job];
            ["pending", "processing"].contains(&job.status) || job.held_until > now
        })
    }

    fn enqueue(&mut self, id: JobId, key: usize, payload: u64, held_until: i64) {
        let job = PaperJob {
            key,
            status: "pending",
            payload,
            attempts: 0,
            token: 0,
            events: 1,
            held_until,
            is_superseded: false,
        };
        self.jobs.insert(id, job);
        self.order.push(id);
        (self.holders[key], self.newest[key]) = (Some(id), Some(payload));
    }
}

/// The writer without a database: batches, the states in its cache, and the table of holds.
struct Writer {
    cache: Cache,
    table: HashMap<UniqueKey, Hold>,
    position: u64,
    now: DateTime<Utc>,
}

impl Writer {
    fn new() -> Self {
        let now = DateTime::from_timestamp(1_780_000_000, 0).unwrap();
        let mut writer =
            Self { cache: Cache::new(NonZeroUsize::new(1_000).unwrap()), table: HashMap::new(), position: 0, now };
        let registered = writer.run(&[envelope("tenant", "register", json!({ "name": "Acme" }))]);
        assert!(matches!(registered[0], Verdict::Accepted(_)));
        writer
    }

    fn run(&mut self, envelopes: &[Envelope]) -> Vec<Verdict> {
        let head = Head { position: self.position, now: self.now };
        let asked: Vec<&Envelope> = envelopes.iter().collect();
        let named: Vec<AggregateKey> = envelopes.iter().flat_map(crate::command::keys::needed).collect();
        let keys = super::asked(&asked, &named, &self.cache);
        let holds = keys.into_iter().filter_map(|key| self.table.get(&key).map(|hold| (key.clone(), *hold))).collect();
        let admission = Admission::default();
        let mut workspace = Workspace::new(&mut self.cache, admission, holds, head, KnownCommands::new());
        let decide = |envelope| decide::command(envelope, &mut workspace, &[]).now_or_never().unwrap();
        let verdicts = envelopes.iter().map(decide).collect();
        let (writes, outcome) = workspace.finish();
        self.table.extend(writes.holds);
        self.position = outcome.position;
        self.cache.commit(outcome);
        verdicts
    }
}

fn envelope(aggregate: &str, verb: &str, body: Value) -> Envelope {
    let name = plinth_events::CommandName::from_tokens(aggregate, verb).unwrap();
    parse::envelope(TENANT, name, parse::Heading::default(), body.to_string().as_bytes(), Uuid::new_v4).unwrap()
}

/// What the paper says must come out: the job that stands for the new one, what became of a job, or a refusal.
type Expected = Result<String, RefusalCode>;

impl Paper {
    /// The command that a step is, and what must come of it.
    fn step(&mut self, step: &Step, number: u64, now: i64) -> Option<(Envelope, Expected)> {
        match *step {
            Step::Enqueue { key, on_conflict, for_seconds } => {
                let id = JobId(Uuid::from_u128(u128::from(number) + 1_000));
                let body = json!({
                    "jobId": id, "type": "export", "payload": number, "uniqueKey": format!("key {key}"),
                    "onConflict": on_conflict, "uniqueForSeconds": for_seconds,
                });
                let body = without_nulls(body);
                let held_until = for_seconds.map_or(0, |seconds| now + i64::from(seconds) * 1_000);
                Some((
                    envelope("job", "enqueue", body),
                    self.expect_enqueue(id, key, on_conflict, number, held_until, now),
                ))
            }
            Step::Start(place) => {
                let id = self.named(place)?;
                let body = json!({ "jobs": [id], "worker": "worker-1" });
                Some((envelope("job", "start", body), self.expect_start(id)))
            }
            Step::Complete(place) => {
                let id = self.named(place)?;
                let body = json!({ "jobs": [{ "jobId": id, "token": self.jobs[&id].token }] });
                Some((envelope("job", "complete", body), self.expect_end(id, "completed", false)))
            }
            Step::Fail(place, retryable) => {
                let id = self.named(place)?;
                let failure = json!({
                    "jobId": id, "token": self.jobs[&id].token, "error": "no such page", "retryable": retryable,
                    "retryAfterSeconds": 0,
                });
                Some((envelope("job", "fail", json!({ "jobs": [failure] })), self.expect_end(id, "failed", retryable)))
            }
            Step::Cancel(place) => {
                let id = self.named(place).filter(|id| self.jobs[id].status != "processing")?;
                let body = json!({ "jobs": [id], "reason": "enough" });
                Some((envelope("job", "cancel", body), self.expect_cancel(id)))
            }
            Step::Retry(place) => {
                let id = self.named(place)?;
                Some((envelope("job", "retry", json!({ "jobs": [id] })), self.expect_retry(id, now)))
            }
            Step::Wait { .. } | Step::Commit => None,
        }
    }

    fn expect_enqueue(
        &mut self,
        id: JobId,
        key: usize,
        on_conflict: &str,
        payload: u64,
        held_until: i64,
        now: i64,
    ) -> Expected {
        let Some(holder) = self.holder(key, now) else {
            self.enqueue(id, key, payload, held_until);
            return Ok(id.to_string());
        };
        match (on_conflict, self.jobs[&holder].status) {
            ("reject", _) => return Err(RefusalCode::UniqueKeyTaken),
            ("return_existing", _) => {}
            (_, "pending") => {
                let job = self.job(holder);
                (job.payload, job.attempts) = (payload, 0);
                job.events += 1;
                self.newest[key] = Some(payload);
            }
            _ => {
                self.job(holder).is_superseded = true;
                self.enqueue(id, key, payload, held_until);
                return Ok(id.to_string());
            }
        }
        Ok(holder.to_string())
    }

    fn expect_start(&mut self, id: JobId) -> Expected {
        let job = self.job(id);
        match job.status {
            "pending" => {
                job.status = "processing";
                job.attempts += 1;
                job.events += 1;
                job.token = job.events;
                Ok(format!("started {}", job.payload))
            }
            "processing" => Err(RefusalCode::AlreadyStarted),
            _ => Err(RefusalCode::AlreadyEnded),
        }
    }

    fn expect_end(&mut self, id: JobId, status: &'static str, retryable: bool) -> Expected {
        let job = self.job(id);
        if job.status != "processing" {
            return Err(RefusalCode::StaleLease);
        }
        job.events += 1;
        job.status = if retryable && job.attempts < 3 { "pending" } else { status };
        Ok(if job.status == "pending" { "retrying".to_owned() } else { status.to_owned() })
    }

    fn expect_cancel(&mut self, id: JobId) -> Expected {
        let job = self.job(id);
        if job.status != "pending" {
            return Err(RefusalCode::AlreadyEnded);
        }
        job.events += 1;
        job.status = "failed";
        Ok("cancelled".to_owned())
    }

    fn expect_retry(&mut self, id: JobId, now: i64) -> Expected {
        let PaperJob { key, status, .. } = self.jobs[&id];
        if status != "failed" {
            return Err(RefusalCode::NotFailed);
        }
        if self.holder(key, now).is_some_and(|holder| holder != id) {
            return Err(RefusalCode::UniqueKeyTaken);
        }
        self.holders[key] = Some(id);
        let job = self.job(id);
        (job.status, job.attempts, job.is_superseded) = ("pending", 0, false);
        job.events += 1;
        Ok("pending".to_owned())
    }

    fn job(&mut self, id: JobId) -> &mut PaperJob {
        self.jobs.get_mut(&id).unwrap()
    }

    /// What must hold at any time.
    fn check(&self) {
        for key in 0..KEYS {
            let of_key = || self.jobs.values().filter(|job| job.key == key);
            let open = of_key().filter(|job| ["pending", "processing"].contains(&job.status) && !job.is_superseded);
            assert!(open.count() <= 1, "two jobs hold key {key}: {self:?}");
            let newest = self.newest[key];
            assert!(newest.is_none() || of_key().any(|job| Some(job.payload) == newest), "a payload is lost: {self:?}");
        }
    }
}

fn without_nulls(mut body: Value) -> Value {
    body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body
}

/// What a command came to, in the words of the paper. `payloads` is what each job was enqueued with.
fn told(verdict: Verdict, payloads: &mut HashMap<String, u64>, enqueued: Option<u64>) -> Expected {
    let reply = match verdict {
        Verdict::Accepted(reply) => reply,
        Verdict::Refused(refusal) => return Err(refusal.code),
        Verdict::Failed(failure) => panic!("{failure:?}"),
    };
    let result: Value = reply.result_as().unwrap();
    if let Some(id) = result["jobId"].as_str() {
        if let (Some(payload), true) = (enqueued, is_new(&reply)) {
            payloads.insert(id.to_owned(), payload);
        }
        return Ok(id.to_owned());
    }
    let item = &result["jobs"][0];
    match item["status"].as_str().unwrap() {
        // a worker goes by the invitation, and that may be one from before
        "started" => {
            Ok(format!("started {}", item["payload"].as_u64().unwrap_or(payloads[item["jobId"].as_str().unwrap()])))
        }
        "refused" => Err(serde_json::from_value(item["code"].clone()).unwrap()),
        status => Ok(status.to_owned()),
    }
}

fn is_new(reply: &Reply) -> bool {
    reply.events.iter().any(|event| event.event_type == "JobEnqueued")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn keys_are_held_as_a_naive_model_says_and_no_payload_is_lost(steps in steps()) {
        let (mut writer, mut paper, mut payloads) = (Writer::new(), Paper::default(), HashMap::new());
        let mut batch: Vec<(Envelope, Expected, Option<u64>)> = Vec::new();
        for (number, step) in (0_u64..).zip(steps.iter().chain([&Step::Commit])) {
            if matches!(step, Step::Wait { .. } | Step::Commit) {
                let (envelopes, expected): (Vec<_>, Vec<_>) =
                    batch.drain(..).map(|(envelope, expected, payload)| (envelope, (expected, payload))).unzip();
                for (verdict, (expected, payload)) in writer.run(&envelopes).into_iter().zip(expected) {
                    prop_assert_eq!(told(verdict, &mut payloads, payload), expected);
                }
            }
            if let Step::Wait { seconds } = step {
                writer.now += chrono::TimeDelta::seconds(*seconds);
            }
            if let Some((envelope, expected)) = paper.step(step, number, writer.now.timestamp_millis()) {
                let payload = matches!(step, Step::Enqueue { .. }).then_some(number);
                batch.push((envelope, expected, payload));
            }
            paper.check();
        }
    }
}
