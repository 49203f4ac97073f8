//! A worker ends now and then, gracefully or not. No job ends with it.

use std::time::Duration;

use anyhow::{bail, ensure};
use nix::sys::signal::Signal;
use plinth_events::event::job::JobEvent;
use serde_json::json;

use super::{Happened, PATIENCE, Trial, complete, starts, wait, worker};

/// How long a program may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// How long a job takes whose worker is killed at its start.
const SHORT: Duration = Duration::from_secs(1);

pub(super) async fn hands_back(trial: &mut Trial) -> anyhow::Result<()> {
    let (job, _) = trial.running(json!({})).await?;
    trial.program.signal(Signal::SIGTERM);
    let status = trial.program.ended(STOP_LIMIT).await?;
    ensure!(status.success(), "the program ended with {status}");
    match trial.service.history(job).await?.last().map(|last| &last.event) {
        Some(JobEvent::JobSnoozed(snoozed)) => {
            ensure!(snoozed.attempts == 0, "the attempt counts");
            Ok(())
        }
        Some(other) => bail!("the last that happened to the running job is {}", other.event_type()),
        None => bail!("the running job has no history"),
    }
}

pub(super) async fn has_another_name(trial: &mut Trial) -> anyhow::Result<()> {
    let mut names = Vec::new();
    for _ in 0..2 {
        let job = trial.service.enqueue(complete(json!(1)), json!({})).await?;
        trial.until_completed(job, PATIENCE).await?;
        names.extend(worker(&trial.service.history(job).await?));
        trial.program.kill().await?;
        trial.program.start_unless_running()?;
    }
    ensure!(names[0] != names[1], "it was {} both times", names[0]);
    Ok(())
}

pub(super) async fn is_killed(trial: &mut Trial) -> anyhow::Result<()> {
    let job = trial.service.enqueue(wait(SHORT), json!({})).await?;
    let started = |history: &[Happened]| (starts(history) == 1).then_some(());
    trial.service.until(job, "the job has started", PATIENCE, started).await?;
    trial.program.kill().await?;
    trial.program.start_unless_running()?;
    trial.until_completed(job, trial.service.lease() + SHORT + PATIENCE).await?;
    let row = trial.service.row(job).await?;
    ensure!(row.attempts == 2, "it took {} attempts", row.attempts);
    Ok(())
}

/// Killed behind its checkpoint, the program starts the next attempt with what the first one saved.
pub(super) async fn goes_on(trial: &mut Trial) -> anyhow::Result<()> {
    let value = json!({ "page": 17 });
    let job = trial.service.enqueue(json!({ "do": "checkpoint", "value": value }), json!({})).await?;
    let is_kept = trial.service.until(job, "a checkpoint is kept", PATIENCE, is_checkpointed).await?;
    ensure!(is_kept, "the payload is one that the program cannot read");
    trial.program.kill().await?;
    trial.program.start_unless_running()?;
    trial.until_completed(job, trial.service.lease() + PATIENCE).await?;
    trial.has_result(job, &value).await
}

/// Whether there is a checkpoint, once that is known: an attempt that failed before has none.
fn is_checkpointed(history: &[Happened]) -> Option<bool> {
    history.iter().find_map(|happened| match &happened.event {
        JobEvent::JobCheckpointed(_) => Some(true),
        JobEvent::JobFailed(_) => Some(false),
        _ => None,
    })
}
