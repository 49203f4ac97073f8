//! Sends the commands of a window, many at a time, each in its order.

use futures_util::future::try_join_all;
use indicatif::ProgressBar;
use plinth_client::{Client, SendError};
use tokio::sync::Semaphore;

use super::{
    line::{Command, Line},
    outcome::Outcome,
    plan::{Lane, Stages, plan},
};

/// Sends commands to one installation.
pub(super) struct Sender {
    client: Client,
    /// Places for commands that are under way.
    in_flight: Semaphore,
    progress: ProgressBar,
}

/// A command with the line that it stands in.
struct Item {
    /// Its place in the window.
    place: usize,
    line: Line,
    command: Command,
}

/// What became of an item, by its place in the window.
type Sent = (usize, Line, Outcome);

impl Sender {
    /// A sender that has at most this many commands under way, and moves the progress bar by the bytes of every line.
    pub(super) fn new(client: Client, in_flight: usize, progress: ProgressBar) -> Self {
        Self { client, in_flight: Semaphore::new(in_flight), progress }
    }

    /// Sends the lines of a window and tells what became of each, in the order of the window. When Plinth does not
    /// answer any more, the rest is not sent.
    pub(super) async fn send(&self, window: Vec<Line>) -> anyhow::Result<Vec<(Line, Outcome)>> {
        let mut sent = Vec::with_capacity(window.len());
        let mut items = Vec::with_capacity(window.len());
        for (place, line) in window.into_iter().enumerate() {
            match line.command() {
                Ok(command) => items.push((command.tenant, command.order(), Item { place, line, command })),
                Err(error) => {
                    self.progress.inc(line.bytes);
                    sent.push((place, line, Outcome::not_sent("bad_line", error.to_string())));
                }
            }
        }
        let tenants = try_join_all(plan(items).into_iter().map(|stages| self.send_stages(stages))).await?;
        sent.extend(tenants.into_iter().flatten());
        sent.sort_by_key(|(place, ..)| *place);
        Ok(sent.into_iter().map(|(_, line, outcome)| (line, outcome)).collect())
    }

    async fn send_stages(&self, stages: Stages<Item>) -> anyhow::Result<Vec<Sent>> {
        let mut sent = Vec::new();
        for stage in stages {
            let lanes = try_join_all(stage.into_iter().map(|lane| self.send_lane(lane))).await?;
            sent.extend(lanes.into_iter().flatten());
        }
        Ok(sent)
    }

    async fn send_lane(&self, lane: Lane<Item>) -> anyhow::Result<Vec<Sent>> {
        let mut sent = Vec::with_capacity(lane.len());
        for Item { place, line, command } in lane {
            let outcome = self.send_command(command).await.map_err(|error| {
                let place = format!("the import stopped at line {} of {}", line.number, line.file);
                anyhow::Error::new(error)
                    .context(format!("{place}; import again, what took effect is a duplicate then"))
            })?;
            self.progress.inc(line.bytes);
            sent.push((place, line, outcome));
        }
        Ok(sent)
    }

    async fn send_command(&self, command: Command) -> Result<Outcome, SendError> {
        // an error would say that the semaphore is closed, which nobody does
        let _place = self.in_flight.acquire().await;
        let options = command.options();
        match self.client.send_raw(command.tenant, command.name, command.body, &options).await {
            Ok(reply) => Ok(Outcome::of(&reply)),
            Err(SendError::Refused { problem, .. }) => Ok(Outcome::Refused(problem)),
            Err(error @ SendError::NotSent { .. }) => Ok(Outcome::not_sent("not_sent", error.to_string())),
            Err(error) => Err(error),
        }
    }
}
