//! What a handler comes to is what the service is told.

use anyhow::ensure;
use chrono::TimeDelta;
use plinth_events::{
    event::job::{JobEvent, JobFailed},
    query::job::JobStatus,
};
use serde_json::json;

use super::{Happened, PATIENCE, Trial, complete, has_end};

/// How much earlier or later than it says an attempt may be tried again: the rounding of seconds.
const TOLERANCE: TimeDelta = TimeDelta::milliseconds(1_100);

pub(super) async fn completes(trial: &mut Trial) -> anyhow::Result<()> {
    let value = json!({ "text": "ä \"b\" \u{1f980}", "list": [1, 2.5, null, true, {}], "none": null });
    let job = trial.service.enqueue(complete(value.clone()), json!({})).await?;
    trial.until_completed(job, PATIENCE).await?;
    trial.has_result(job, &value).await
}

pub(super) async fn fails(trial: &mut Trial) -> anyhow::Result<()> {
    let error = "no page is left of it";
    let job = trial.service.enqueue(json!({ "do": "fail", "error": error }), json!({ "maxAttempts": 2 })).await?;
    let ended = |history: &[Happened]| failures(history).get(1).cloned().cloned();
    let last = trial.service.until(job, "the second attempt has failed", PATIENCE, ended).await?;
    ensure!(last.attempt == 2 && last.retry_at.is_none(), "the second failure was of attempt {}", last.attempt);
    ensure!(last.error.as_str().contains(error), "the error is {:?}, expected {error:?}", last.error.as_str());
    Ok(())
}

pub(super) async fn says_when(trial: &mut Trial) -> anyhow::Result<()> {
    let seconds = 300;
    let payload = json!({ "do": "fail", "error": "later", "retryAfterSeconds": seconds });
    let job = trial.service.enqueue(payload, json!({})).await?;
    let failed = |history: &[Happened]| {
        let failed = history.iter().find(|happened| matches!(happened.event, JobEvent::JobFailed(_)))?;
        Some((failed.at, failures(history).first()?.retry_at))
    };
    let (at, retry_at) = trial.service.until(job, "the attempt has failed", PATIENCE, failed).await?;
    let wait = retry_at.map(|retry_at| retry_at.utc() - at);
    let expected = TimeDelta::seconds(seconds);
    ensure!(
        wait.is_some_and(|wait| (wait - expected).abs() <= TOLERANCE),
        "it is tried again after {} s, expected {seconds}",
        wait.map_or_else(|| "no number of".to_owned(), |wait| wait.num_seconds().to_string()),
    );
    Ok(())
}

pub(super) async fn fails_for_good(trial: &mut Trial) -> anyhow::Result<()> {
    let payload = json!({ "do": "fail", "error": "never", "retryable": false });
    let job = trial.service.enqueue(payload, json!({})).await?;
    let first = |history: &[Happened]| failures(history).first().cloned().cloned();
    let failed = trial.service.until(job, "the attempt has failed", PATIENCE, first).await?;
    ensure!(failed.retry_at.is_none(), "it is tried again");
    Ok(())
}

pub(super) async fn snoozes(trial: &mut Trial) -> anyhow::Result<()> {
    let job = trial.service.enqueue(json!({ "do": "snooze", "seconds": 300 }), json!({})).await?;
    let snoozed = |history: &[Happened]| has_end(history, "JobSnoozed");
    trial.service.until(job, "the job is snoozed", PATIENCE, snoozed).await?;
    let row = trial.service.row(job).await?;
    ensure!(row.status == JobStatus::Pending && row.attempts == 0, "{} attempts count", row.attempts);
    Ok(())
}

pub(super) async fn survives(trial: &mut Trial) -> anyhow::Result<()> {
    for payload in [json!({ "do": "dance" }), json!(7)] {
        let job = trial.service.enqueue(payload, json!({ "maxAttempts": 1 })).await?;
        trial.service.until(job, "the job has failed", PATIENCE, |history| has_end(history, "JobFailed")).await?;
    }
    ensure!(trial.program.is_running()?, "the program has ended");
    Ok(())
}

fn failures(history: &[Happened]) -> Vec<&JobFailed> {
    let failed = history.iter().filter_map(|happened| match &happened.event {
        JobEvent::JobFailed(failed) => Some(failed),
        _ => None,
    });
    failed.collect()
}
