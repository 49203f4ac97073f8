//! A job runs for as long as its lease is kept alive, and no longer.

use std::time::Duration;

use anyhow::ensure;
use nix::sys::signal::Signal;
use plinth_events::CommandName;
use serde_json::json;
use tokio::time::sleep;

use super::{PATIENCE, Trial, complete, has_end, starts, wait};

/// What "soon" is.
const SOON: Duration = Duration::from_secs(2);

pub(super) async fn keeps(trial: &mut Trial) -> anyhow::Result<()> {
    let lease = trial.service.lease();
    let job = trial.service.enqueue(wait(lease * 2), json!({})).await?;
    trial.until_completed(job, lease * 2 + PATIENCE).await?;
    let starts = starts(&trial.service.history(job).await?);
    ensure!(starts == 1, "the job took {starts} attempts");
    Ok(())
}

pub(super) async fn beats(trial: &mut Trial) -> anyhow::Result<()> {
    let (job, _) = trial.running(json!({})).await?;
    let lease = trial.service.lease();
    sleep(lease * 3 / 2).await;
    let beats = trial.tap.about(CommandName::HeartbeatJobs, job);
    // four at thirds of a lease, of which the last may come a little late
    ensure!((3..=9).contains(&beats.len()), "{} in one and a half leases", beats.len());
    Ok(())
}

pub(super) async fn stops_cancelled(trial: &mut Trial) -> anyhow::Result<()> {
    stops_within(trial, trial.service.lease()).await
}

pub(super) async fn stops_cancelled_soon(trial: &mut Trial) -> anyhow::Result<()> {
    stops_within(trial, SOON).await
}

async fn stops_within(trial: &mut Trial, limit: Duration) -> anyhow::Result<()> {
    let (job, _) = trial.running(json!({})).await?;
    trial.service.cancel(job).await?;
    let stopped =
        trial.service.until(job, "the job is reported as failed", limit, |history| has_end(history, "JobFailed"));
    stopped.await?;
    ensure!(trial.program.is_running()?, "the program has ended");
    Ok(())
}

/// Frozen for longer than its lease, the program has lost its job when it wakes up. It reports nothing of it, or what it
/// reports is refused, and it has room for the next job.
pub(super) async fn gives_up_lost(trial: &mut Trial) -> anyhow::Result<()> {
    let (job, _) = trial.running(json!({ "maxAttempts": 1 })).await?;
    trial.program.signal(Signal::SIGSTOP);
    let lost = trial.service.until(job, "its lease has expired", trial.service.lease() + PATIENCE, |history| {
        has_end(history, "JobLeaseExpired")
    });
    let lost = lost.await;
    trial.program.signal(Signal::SIGCONT);
    lost?;
    let next = trial.service.enqueue(complete(json!(1)), json!({})).await?;
    trial.until_completed(next, trial.service.lease() + PATIENCE).await?;
    ensure!(has_end(&trial.service.history(job).await?, "JobLeaseExpired").is_some(), "the lost job went on");
    Ok(())
}
