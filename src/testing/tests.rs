//! The kit at work: handlers that fail, wait, go on where they were, and stop.

#![allow(clippy::unwrap_used)]

use plinth_client::{Job, JobFailure};
use plinth_events::command::job_notes::LogLevel;
use serde::{Deserialize, Serialize};

use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

/// Copies pages, some of which make trouble.
struct Copy;

#[derive(Serialize, Deserialize)]
struct Pages {
    count: u32,
    trouble_at: Option<u32>,
}

impl JobKind for Copy {
    const TYPE: &'static str = "copy";
    type Payload = Pages;
    type Output = u32;
    type Error = JobFailure;
}

/// Goes on at the page where it was; a page that makes trouble does so once an attempt. Gives how many it copied itself.
async fn copy(pages: Pages, job: Job) -> Result<u32, JobFailure> {
    let first: u32 = job.checkpoint().unwrap_or(0);
    for page in first..pages.count {
        if job.cancelled.is_cancelled() {
            return Err(JobFailure::permanent("stopped"));
        }
        job.progress(u8::try_from(100 * page / pages.count).unwrap(), format!("page {page}"));
        job.save_checkpoint(&(page + 1)).await?;
        if pages.trouble_at == Some(page) {
            job.log(LogLevel::Warn, format!("page {page} makes trouble"));
            return Err(JobFailure::new("trouble").kind("Trouble"));
        }
    }
    Ok(pages.count - first)
}

fn simulation(handlers: Handlers) -> Simulation {
    Simulation::new(handlers, "2026-03-01T12:00:00Z".parse().unwrap())
}

#[tokio::test]
async fn the_next_attempt_goes_on_where_the_last_one_was() {
    let mut simulation = simulation(Handlers::new().register::<Copy>(copy));
    let begun = simulation.now();
    let job = simulation.enqueue::<Copy>(&Pages { count: 10, trouble_at: Some(6) }).unwrap();
    assert_eq!(simulation.run_due().await, 1);
    assert_eq!(simulation.status(job), Some(JobStatus::Pending));
    assert_eq!(simulation.error(job).as_deref(), Some("trouble"));
    assert_eq!(simulation.progress(job).0, Some(60));
    assert_eq!(simulation.log(job)[0].message.as_str(), "page 6 makes trouble");

    assert_eq!(simulation.run_until_idle().await, 1);
    assert_eq!(simulation.result::<u32>(job), Some(3));
    assert_eq!((simulation.status(job), simulation.attempts(job)), (Some(JobStatus::Completed), Some(2)));
    assert!(simulation.now() > begun, "the clock went on to the second attempt");
}

#[tokio::test]
async fn a_job_that_fails_every_time_has_failed_until_it_is_retried() {
    let always = |_: Pages, _: Job| async { Err::<u32, _>(JobFailure::new("always").retry_after(HOUR)) };
    let mut simulation = simulation(Handlers::new().register::<Copy>(always));
    let begun = simulation.now();
    let job = simulation.enqueue::<Copy>(&Pages { count: 1, trouble_at: None }).unwrap();
    assert_eq!(simulation.run_until_idle().await, 3);
    assert_eq!(simulation.status(job), Some(JobStatus::Failed));
    assert_eq!(simulation.now(), begun.plus_micros(2 * 3_600_000_000), "two hours, and no waiting");
    simulation.retry(job).unwrap();
    assert_eq!(simulation.run_until_idle().await, 3);
}

#[tokio::test]
async fn a_snoozed_attempt_does_not_count() {
    let later = |_: Job| async { Err::<(), _>(JobFailure::Snoozed(HOUR)) };
    let mut simulation = simulation(Handlers::new().handle("wait".parse().unwrap(), later));
    let job = serde_json::from_str(r#"{"type": "wait", "payload": 1, "maxAttempts": 1}"#).unwrap();
    let job = simulation.enqueue_job(job).unwrap();
    assert_eq!(simulation.run_due().await, 1);
    assert_eq!((simulation.status(job), simulation.attempts(job)), (Some(JobStatus::Pending), Some(0)));
    assert_eq!(simulation.run_due().await, 0, "it is not due before the hour is over");
    simulation.advance(HOUR);
    assert_eq!(simulation.run_due().await, 1);
    simulation.cancel(job, "enough".parse().unwrap()).unwrap();
    assert_eq!(simulation.error(job).as_deref(), Some("cancelled: enough"));
}

#[tokio::test]
async fn a_payload_that_does_not_parse_fails_for_good_and_never_reaches_its_handler() {
    let mut simulation = simulation(Handlers::new().register::<Copy>(copy));
    let job = simulation.enqueue_job(serde_json::from_str(r#"{"type": "copy", "payload": {}}"#).unwrap()).unwrap();
    assert_eq!(simulation.run_until_idle().await, 1);
    let Some(JobEvent::JobFailed(failed)) = simulation.events(job).last() else { panic!("it has not failed") };
    assert_eq!((failed.kind.as_ref().unwrap().as_str(), failed.retry_at), ("BadPayload", None));
}

#[tokio::test]
async fn a_running_job_that_is_asked_to_stop_is_cancelled() {
    let mut simulation = simulation(Handlers::new().register::<Copy>(copy));
    let job = simulation.enqueue::<Copy>(&Pages { count: 10, trouble_at: None }).unwrap();
    simulation.cancel_when_it_runs(job, "enough".parse().unwrap());
    assert_eq!(simulation.run_until_idle().await, 1);
    assert_eq!(simulation.error(job).as_deref(), Some("cancelled: enough"));
}

#[tokio::test]
#[should_panic(expected = "waits again and again")]
async fn a_job_that_never_comes_to_rest_is_found_out() {
    let never = |_: Job| async { Err::<(), _>(JobFailure::Snoozed(HOUR)) };
    let mut simulation = simulation(Handlers::new().handle("wait".parse().unwrap(), never));
    simulation.enqueue_job(serde_json::from_str(r#"{"type": "wait", "payload": 1}"#).unwrap()).unwrap();
    simulation.run_until_idle().await;
}
