//! A message in the work queue only invites: it may come early, late, twice, or for nothing.

use std::time::Duration;

use anyhow::ensure;
use nix::sys::signal::Signal;
use plinth_events::{JobId, TenantId};
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use super::{PATIENCE, Trial, complete, starts};

/// How long the program stands before the first job of its type.
const BEFORE_WORK: Duration = Duration::from_secs(2);
/// Jobs at once.
const MANY: usize = 30;

pub(super) async fn waits(trial: &mut Trial) -> anyhow::Result<()> {
    sleep(BEFORE_WORK).await;
    ensure!(trial.program.is_running()?, "the program has ended");
    let job = trial.service.enqueue(complete(json!(1)), json!({})).await?;
    trial.until_completed(job, PATIENCE).await
}

pub(super) async fn acknowledges(trial: &mut Trial) -> anyhow::Result<()> {
    trial.running(json!({})).await?;
    trial.service.until_acknowledged(trial.service.lease()).await
}

pub(super) async fn runs_each_once(trial: &mut Trial) -> anyhow::Result<()> {
    let mut jobs = Vec::with_capacity(MANY);
    for number in 0..MANY {
        jobs.push(trial.service.enqueue(complete(json!(number)), json!({})).await?);
    }
    for job in jobs {
        trial.until_completed(job, 2 * PATIENCE).await?;
        let starts = starts(&trial.service.history(job).await?);
        ensure!(starts == 1, "job {job} was started {starts} times");
    }
    trial.service.until_acknowledged(PATIENCE).await
}

/// While the program is frozen, a job that it is invited to becomes another one: only the start knows its payload.
pub(super) async fn follows_the_start(trial: &mut Trial) -> anyhow::Result<()> {
    trial.program.signal(Signal::SIGSTOP);
    let replaced = replace_invited(trial).await;
    trial.program.signal(Signal::SIGCONT);
    let job = replaced?;
    trial.until_completed(job, PATIENCE).await?;
    trial.has_result(job, &json!(2)).await
}

async fn replace_invited(trial: &mut Trial) -> anyhow::Result<JobId> {
    let key = Uuid::new_v4();
    let job = trial.service.enqueue(complete(json!(1)), json!({ "uniqueKey": key })).await?;
    let invited = async || Ok((trial.service.unacknowledged().await? > 0).then_some(()));
    trial.service.eventually("the program is invited", PATIENCE, invited).await?;
    trial.service.replace(complete(json!(2)), &key.to_string()).await?;
    Ok(job)
}

pub(super) async fn drops_ended(trial: &mut Trial) -> anyhow::Result<()> {
    let job = trial.service.enqueue(complete(json!(1)), json!({})).await?;
    trial.until_completed(job, PATIENCE).await?;
    for _ in 0..2 {
        trial.service.invite(trial.service.tenant(), job, complete(json!(2))).await?;
    }
    trial.service.until_acknowledged(PATIENCE).await?;
    let starts = starts(&trial.service.history(job).await?);
    ensure!(starts == 1, "the job was started {starts} times");
    Ok(())
}

pub(super) async fn drops_unknown(trial: &mut Trial) -> anyhow::Result<()> {
    let unknown = || JobId(Uuid::new_v4());
    trial.service.invite(trial.service.tenant(), unknown(), complete(json!(1))).await?;
    trial.service.invite(TenantId(Uuid::new_v4()), unknown(), complete(json!(1))).await?;
    trial.service.until_acknowledged(PATIENCE).await?;
    ensure!(trial.program.is_running()?, "the program has ended");
    Ok(())
}
