//! The rules, in the order in which they are checked. Each has its check, and each check needs nothing of another.

mod invitations;
mod leases;
mod outcomes;
mod requests;
mod stopping;

use std::time::Duration;

use anyhow::ensure;
use futures_util::future::LocalBoxFuture;
use plinth_events::{JobId, event::job::JobEvent};
use serde_json::{Value, json};

use super::{
    Trial,
    service::{Happened, PATIENCE},
};

/// How binding a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Jobs suffer when it is broken.
    Must,
    /// The service or its users have more work when it is broken.
    Should,
    /// Nobody misses it, but it is good to know whether it is there.
    May,
}

impl Level {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
    }
}

/// A rule of docs/worker-protocol.md.
pub(super) struct Rule {
    pub(super) level: Level,
    /// What the program does that keeps it.
    pub(super) name: &'static str,
    pub(super) check: Check,
}

type Check = for<'a> fn(&'a mut Trial) -> LocalBoxFuture<'a, anyhow::Result<()>>;

/// All rules.
pub(super) const RULES: &[Rule] = &[
    must("waits while there is no work queue for its type", |trial| Box::pin(invitations::waits(trial))),
    must("completes a job with its result", |trial| Box::pin(outcomes::completes(trial))),
    must("fails an attempt with its error, and takes the next one", |trial| Box::pin(outcomes::fails(trial))),
    must("says when to try again", |trial| Box::pin(outcomes::says_when(trial))),
    must("fails for good what no attempt can help", |trial| Box::pin(outcomes::fails_for_good(trial))),
    must("snoozes a job without counting the attempt", |trial| Box::pin(outcomes::snoozes(trial))),
    must("fails a job that it cannot read, and goes on", |trial| Box::pin(outcomes::survives(trial))),
    must("acknowledges the invitation of a job that runs", |trial| Box::pin(invitations::acknowledges(trial))),
    must("runs each of many jobs once", |trial| Box::pin(invitations::runs_each_once(trial))),
    must("works on the payload of the start", |trial| Box::pin(invitations::follows_the_start(trial))),
    must("drops the invitation to a job that has ended", |trial| Box::pin(invitations::drops_ended(trial))),
    must("drops invitations of unknown jobs and tenants", |trial| Box::pin(invitations::drops_unknown(trial))),
    must("gives every command an id of its own", |trial| Box::pin(requests::ids_are_unique(trial))),
    must("asks for a start again under the same id", |trial| Box::pin(requests::starts_again(trial))),
    must("sends a report again under the same id", |trial| Box::pin(requests::reports_again(trial))),
    must("keeps the lease of a job that takes long", |trial| Box::pin(leases::keeps(trial))),
    should("gives about three signs of life in a lease", |trial| Box::pin(leases::beats(trial))),
    must("stops a cancelled job within a lease", |trial| Box::pin(leases::stops_cancelled(trial))),
    should("stops a cancelled job within 2 s", |trial| Box::pin(leases::stops_cancelled_soon(trial))),
    must("gives up a job that it has lost", |trial| Box::pin(leases::gives_up_lost(trial))),
    must("hands back what runs when it is told to stop", |trial| Box::pin(stopping::hands_back(trial))),
    must("has another name after every start", |trial| Box::pin(stopping::has_another_name(trial))),
    must("works on after it was killed", |trial| Box::pin(stopping::is_killed(trial))),
    may("goes on from its checkpoint after it was killed", |trial| Box::pin(stopping::goes_on(trial))),
];

const fn must(name: &'static str, check: Check) -> Rule {
    Rule { level: Level::Must, name, check }
}

const fn should(name: &'static str, check: Check) -> Rule {
    Rule { level: Level::Should, name, check }
}

const fn may(name: &'static str, check: Check) -> Rule {
    Rule { level: Level::May, name, check }
}

/// The payload of a job that completes with a value.
fn complete(value: Value) -> Value {
    json!({ "do": "complete", "value": value })
}

/// The payload of a job that takes some time.
fn wait(duration: Duration) -> Value {
    json!({ "do": "wait", "seconds": duration.as_secs_f64() })
}

/// The payload of a job that ends only when it is stopped.
fn wait_for_ever() -> Value {
    wait(Duration::from_secs(3_600))
}

impl Trial {
    /// Waits until a job is completed.
    async fn until_completed(&self, job: JobId, limit: Duration) -> anyhow::Result<()> {
        self.service.until(job, "the job is completed", limit, |history| has_end(history, "JobCompleted")).await
    }

    /// Fails unless a job has this result.
    async fn has_result(&self, job: JobId, value: &Value) -> anyhow::Result<()> {
        let row = self.service.row(job).await?;
        let result = row.result.map(|result| serde_json::from_str::<Value>(result.as_str())).transpose()?;
        let result = result.unwrap_or_default();
        ensure!(result == *value, "the result is {result}, expected {value}");
        Ok(())
    }

    /// Enqueues a job that ends only when it is stopped, and waits until it runs; its worker.
    async fn running(&mut self, more: Value) -> anyhow::Result<(JobId, String)> {
        let job = self.service.enqueue(wait_for_ever(), more).await?;
        let worker = self.service.until(job, "the job has started", PATIENCE, worker).await?;
        Ok((job, worker))
    }
}

/// Whether the last thing that happened to a job is of a type.
fn has_end(history: &[Happened], event_type: &str) -> Option<()> {
    history.last().filter(|last| last.event.event_type() == event_type).map(|_| ())
}

/// The worker of the last start.
fn worker(history: &[Happened]) -> Option<String> {
    history.iter().rev().find_map(|happened| match &happened.event {
        JobEvent::JobStarted(event) => Some(event.worker.to_string()),
        _ => None,
    })
}

fn starts(history: &[Happened]) -> usize {
    history.iter().filter(|happened| matches!(happened.event, JobEvent::JobStarted(_))).count()
}
