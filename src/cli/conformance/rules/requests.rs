//! A command has one id, however often it is sent, and no other command has it.

use std::{collections::HashMap, time::Duration};

use anyhow::{bail, ensure};
use plinth_events::CommandName;
use serde_json::json;

use super::{PATIENCE, Trial, complete};

/// The service itself may be faster than our "not now": then it is tried again with another job.
const TRIES: usize = 5;
/// How long a worker may take to send again.
const SECOND_TRY: Duration = Duration::from_secs(3);

pub(super) async fn ids_are_unique(trial: &mut Trial) -> anyhow::Result<()> {
    let job = trial.service.enqueue(complete(json!(1)), json!({})).await?;
    trial.until_completed(job, PATIENCE).await?;
    let mut first = HashMap::new();
    for asked in trial.tap.asked() {
        // a heartbeat says anew what is so: what happens when it is lost, or comes twice, is nothing
        if asked.command == CommandName::HeartbeatJobs {
            continue;
        }
        let name = asked.command.as_str();
        let Some(id) = asked.id else { bail!("{name} has no Plinth-Command-Id") };
        let what = (name, asked.body);
        let before = first.entry(id.clone()).or_insert_with(|| what.clone());
        ensure!(*before == what, "{name} has the id {id} of another command");
    }
    Ok(())
}

pub(super) async fn starts_again(trial: &mut Trial) -> anyhow::Result<()> {
    is_sent_again(trial, CommandName::StartJobs).await
}

pub(super) async fn reports_again(trial: &mut Trial) -> anyhow::Result<()> {
    is_sent_again(trial, CommandName::CompleteJobs).await
}

async fn is_sent_again(trial: &mut Trial, command: CommandName) -> anyhow::Result<()> {
    for _ in 0..TRIES {
        trial.tap.put_off_next(command);
        let job = trial.service.enqueue(complete(json!(1)), json!({})).await?;
        trial.until_completed(job, PATIENCE).await?;
        let again = async || {
            let asked = trial.tap.about(command, job);
            let first = asked.iter().find(|asked| asked.put_off);
            let same = asked.iter().filter(|asked| first.is_some_and(|first| first.id == asked.id)).count();
            ensure!(same == asked.len(), "it was sent again under another command id");
            Ok((same > 1).then_some(()))
        };
        if trial.service.within(SECOND_TRY, again).await?.is_some() {
            return Ok(());
        }
    }
    bail!("{} was answered with 503, and not sent again", command.as_str())
}
