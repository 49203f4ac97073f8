//! What queues let through: given events, when a job wants to start, then it is admitted or not.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use plinth_events::{
    Event, RefusalCode, TenantId,
    command::job::EnqueueJob,
    event::job::{JobEvent, JobStarted},
    time::Moment,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{admission::Admission, *};

const ACME: TenantId = TenantId(Uuid::from_u128(1));
const OTHER: TenantId = TenantId(Uuid::from_u128(2));
const EVERYONE: TenantId = TenantId::INSTALLATION;

fn at(micros: i64) -> Moment {
    chrono::DateTime::from_timestamp_micros(1_772_366_400_000_000 + micros).unwrap().into()
}

fn configured(job_type: Option<&str>, settings: Value) -> Event {
    let mut data = json!({ "settings": settings });
    if let Some(job_type) = job_type {
        data["type"] = job_type.into();
    }
    Event::Queue(QueueEvent::QueueConfigured(serde_json::from_value(data).unwrap()))
}

fn paused(job_type: Option<&str>) -> Event {
    let job_type = job_type.map(|job_type| job_type.parse().unwrap());
    Event::Queue(QueuePaused { job_type, reason: None }.into())
}

fn start(job: u128, job_type: &str, key: Option<&str>) -> JobStarted {
    let mut data = json!({ "jobId": Uuid::from_u128(job), "type": job_type, "attempt": 1, "token": 2, "worker": "w",
        "leaseSeconds": 30, "leaseUntil": "2026-03-01T00:00:30Z" });
    if let Some(key) = key {
        data["concurrencyKey"] = key.into();
    }
    serde_json::from_value(data).unwrap()
}

fn completed(job: u128, job_type: &str) -> Event {
    let data = json!({ "jobId": Uuid::from_u128(job), "type": job_type, "attempt": 1, "token": 2 });
    Event::Job(JobEvent::JobCompleted(serde_json::from_value(data).unwrap()))
}

/// Starts a job if it is admitted.
fn try_start(admission: &mut Admission, tenant: TenantId, start: &JobStarted, now: Moment) -> Result<(), RefusalCode> {
    admission.admit(tenant, start, now).map_err(|refusal| refusal.code)?;
    admission.evolve(tenant, &Event::Job(start.clone().into()), now);
    Ok(())
}

#[test]
fn a_pause_of_a_type_a_tenant_or_everything_lets_nothing_start() {
    let pauses = [(EVERYONE, None), (EVERYONE, Some("export")), (ACME, None), (ACME, Some("export"))];
    for (tenant, job_type) in pauses {
        let mut admission = Admission::default();
        admission.evolve(tenant, &paused(job_type), at(0));
        let refusal = admission.admit(ACME, &start(1, "export", None), at(1)).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::QueuePaused);
        let others = admission.admit(OTHER, &start(2, "import", None), at(1));
        assert_eq!(others.is_ok(), (tenant, job_type) != (EVERYONE, None));
        let resumed = QueueResumed { job_type: job_type.map(|text| text.parse().unwrap()), reason: None };
        admission.evolve(tenant, &Event::Queue(resumed.into()), at(2));
        assert!(admission.admit(ACME, &start(1, "export", None), at(3)).is_ok());
    }
}

#[test]
fn an_end_frees_the_slot_and_a_limit_counts_what_ran_before_it() {
    let mut admission = Admission::default();
    for job in [1, 2] {
        try_start(&mut admission, ACME, &start(job, "export", None), at(0)).unwrap();
    }
    admission.evolve(ACME, &configured(Some("export"), json!({ "concurrency": 2 })), at(1));
    let third = start(3, "export", None);
    assert_eq!(try_start(&mut admission, ACME, &third, at(2)), Err(RefusalCode::ConcurrencyLimit));
    assert_eq!(try_start(&mut admission, OTHER, &third, at(2)), Ok(()));
    admission.evolve(ACME, &completed(1, "export"), at(3));
    assert_eq!(try_start(&mut admission, ACME, &start(4, "export", None), at(4)), Ok(()));
}

#[test]
fn a_limit_of_the_installation_counts_the_jobs_of_all_tenants() {
    let mut admission = Admission::default();
    admission.evolve(EVERYONE, &configured(Some("export"), json!({ "concurrency": 1 })), at(0));
    try_start(&mut admission, ACME, &start(1, "export", None), at(0)).unwrap();
    let refused = try_start(&mut admission, OTHER, &start(2, "export", None), at(0));
    assert_eq!(refused, Err(RefusalCode::ConcurrencyLimit));
}

#[test]
fn each_key_has_slots_of_its_own_and_jobs_without_a_key_need_none() {
    let mut admission = Admission::default();
    admission.evolve(EVERYONE, &configured(None, json!({ "concurrencyPerKey": 1 })), at(0));
    let mut starts = |job, key| try_start(&mut admission, ACME, &start(job, "export", key), at(0));
    assert_eq!(starts(1, Some("a")), Ok(()));
    assert_eq!(starts(2, Some("a")), Err(RefusalCode::ConcurrencyLimit));
    assert_eq!(starts(3, Some("b")), Ok(()));
    assert_eq!([starts(4, None), starts(5, None)], [Ok(()), Ok(())]);
}

#[test]
fn the_most_specific_queue_gives_a_job_what_it_does_not_say_itself() {
    let mut admission = Admission::default();
    admission.evolve(EVERYONE, &configured(None, json!({ "maxAttempts": 7, "timeoutSeconds": 60 })), at(0));
    admission.evolve(ACME, &configured(Some("export"), json!({ "maxAttempts": 9 })), at(0));
    let job = |text: &str| -> EnqueueJob { serde_json::from_str(text).unwrap() };
    let plain = admission.with_defaults(ACME, job(r#"{"type": "export", "payload": 1}"#));
    assert_eq!((plain.max_attempts, plain.timeout_seconds), (Some(9), Some(60)));
    let own = admission.with_defaults(ACME, job(r#"{"type": "export", "payload": 1, "maxAttempts": 1}"#));
    assert_eq!((own.max_attempts, own.timeout_seconds), (Some(1), Some(60)));
    let other = admission.with_defaults(OTHER, job(r#"{"type": "export", "payload": 1}"#));
    assert_eq!(other.max_attempts, Some(7));
}

#[test]
fn what_was_read_anew_admits_what_was_kept_all_along() {
    let mut admission = Admission::default();
    let settings = json!({ "rate": { "jobs": 1, "seconds": 10 } });
    admission.evolve(ACME, &configured(None, settings.clone()), at(0));
    try_start(&mut admission, ACME, &start(1, "export", None), at(0)).unwrap();
    let queue = Queue { settings: serde_json::from_value(settings).unwrap(), is_paused: false };
    let anew = Admission::new([((ACME, None), queue)], [], admission.take_changed());
    for admission in [admission, anew] {
        let second = start(2, "export", None);
        assert_eq!(admission.admit(ACME, &second, at(9_999_999)).unwrap_err().code, RefusalCode::RateLimit);
        assert!(admission.admit(ACME, &second, at(10_000_000)).is_ok());
    }
}

proptest! {
    #[test]
    fn never_more_run_than_the_limits_allow_and_never_fewer_than_could(
        steps in prop::collection::vec((0..3_u128, 0..3_usize, any::<bool>()), 1..200),
    ) {
        let mut admission = Admission::default();
        admission.evolve(EVERYONE, &configured(Some("export"), json!({ "concurrency": 5 })), at(0));
        admission.evolve(ACME, &configured(None, json!({ "concurrency": 3, "concurrencyPerKey": 2 })), at(0));
        let keys = [None, Some("a"), Some("b")];
        let mut running: HashMap<u128, (TenantId, Option<&str>)> = HashMap::new();
        for (number, (tenant, key, ends)) in (1..).zip(steps) {
            let (tenant, key) = (if tenant == 0 { OTHER } else { ACME }, keys[key]);
            if ends {
                if let Some(job) = running.keys().next().copied() {
                    running.remove(&job);
                    admission.evolve(tenant, &completed(job, "export"), at(number));
                }
                continue;
            }
            let of = |of: TenantId| running.values().filter(|(tenant, _)| *tenant == of).count();
            let of_key = running.values().filter(|run| key.is_some() && **run == (tenant, key)).count();
            let may = running.len() < 5 && (tenant == OTHER || (of(ACME) < 3 && of_key < 2));
            let started = try_start(&mut admission, tenant, &start(number as u128, "export", key), at(number));
            prop_assert_eq!(started.is_ok(), may);
            if may {
                running.insert(number as u128, (tenant, key));
            }
        }
    }

    #[test]
    fn a_rate_is_kept_in_every_window_and_used_up_while_jobs_wait(
        jobs in 1..50_u32, seconds in 1..5_u32, burst in 1..10_u32, gap_micros in 1_000..200_000_i64,
    ) {
        let mut admission = Admission::default();
        let settings = json!({ "rate": { "jobs": jobs, "seconds": seconds, "burst": burst } });
        admission.evolve(ACME, &configured(None, settings), at(0));
        let mut starts = Vec::new();
        // a worker that asks every `gap` and takes what it gets
        for round in 0..200 {
            let now = round * gap_micros;
            let mut number = starts.len() as u128;
            while try_start(&mut admission, ACME, &start(number, "export", None), at(now)).is_ok() {
                starts.push(now);
                number += 1;
            }
        }
        let window = i64::from(seconds) * 1_000_000;
        for first in &starts {
            let inside = starts.iter().filter(|start| (*first..first + window).contains(start)).count();
            prop_assert!(inside <= (jobs + burst) as usize, "{inside} starts in a window");
        }
        // no more tokens are lost than what comes in a gap beyond the bucket
        let interval = window / i64::from(jobs);
        if gap_micros <= interval * i64::from(burst - 1) {
            let expected = 199 * gap_micros / interval + i64::from(burst) - 1;
            prop_assert!(starts.len() as i64 >= expected, "{} starts of {expected}", starts.len());
        }
    }
}

#[test]
fn a_tenant_that_is_gone_leaves_no_slot_behind() {
    let mut admission = Admission::default();
    admission.evolve(EVERYONE, &configured(None, json!({ "concurrency": 1 })), at(0));
    try_start(&mut admission, ACME, &start(1, "export", None), at(0)).unwrap();
    let deleted = plinth_events::event::tenant::TenantDeleted {};
    admission.evolve(ACME, &Event::Tenant(deleted.into()), at(1));
    assert_eq!(try_start(&mut admission, OTHER, &start(2, "export", None), at(2)), Ok(()));
}

#[test]
fn a_job_is_kept_for_as_long_as_its_most_specific_queue_says_that_says_it() {
    let mut admission = Admission::default();
    let archived = |admission: &Admission, tenant, ended: i64, now: i64| {
        let data = json!({ "jobId": Uuid::nil(), "type": "export", "endedAt": at(ended * 1_000_000) });
        let kept = admission.check_kept(tenant, &serde_json::from_value(data).unwrap(), at(now * 1_000_000));
        kept.map_err(|refusal| refusal.code)
    };
    assert_eq!(archived(&admission, ACME, 0, 1_000_000), Err(RefusalCode::NotDue), "for ever");
    admission.evolve(EVERYONE, &configured(Some("export"), json!({ "keepFinishedSeconds": 60 })), at(0));
    admission.evolve(ACME, &configured(None, json!({ "keepFinishedSeconds": 10 })), at(0));
    admission.evolve(ACME, &configured(Some("export"), json!({ "concurrency": 1 })), at(0));
    assert_eq!([9, 10].map(|now| archived(&admission, ACME, 0, now)), [Err(RefusalCode::NotDue), Ok(())]);
    assert_eq!([59, 60].map(|now| archived(&admission, OTHER, 0, now)), [Err(RefusalCode::NotDue), Ok(())]);
    admission.evolve(ACME, &configured(None, json!({})), at(0));
    assert_eq!(archived(&admission, ACME, 0, 10), Err(RefusalCode::NotDue), "as everybody's");
}
