//! A mirror: the five read tables in the Postgres of an application, kept up to date from the stream of events.
//!
//! Position and rows move in one transaction of the target, so every event takes effect once, whoever is killed. It talks
//! to the service only through the stream; to its database only for a snapshot to begin with, and to verify.

mod batches;
mod error;
mod report;
mod snapshot;
mod target;
mod verify;

use std::time::Duration;

use plinth_client::{Client, EventFollower};
use plinth_events::TenantId;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

pub use self::{
    error::MirrorError,
    target::Place,
    verify::{TableComparison, Verified, verify},
};
use self::{report::Report, target::Target};
use crate::{duty::wait, log::Database};

/// Batches that are read while one is applied.
const BATCHES_AHEAD: usize = 1;
/// How long to wait after something went wrong.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps the tables of one target.
pub struct Mirror {
    /// The service whose events are followed.
    pub client: Client,
    /// Where the tables are.
    pub place: Place,
    /// The one tenant whose rows are kept; none: those of all.
    pub tenant: Option<TenantId>,
    /// Where to begin, if not with the first event.
    pub snapshot: Option<Snapshot>,
}

/// A snapshot to begin with.
pub struct Snapshot {
    /// The database of the service.
    pub source: Database,
    /// Take it although the target has rows already.
    pub replace: bool,
}

impl Mirror {
    /// Keeps the tables until told to stop; what can pass is waited through. `caught_up` is told once, with the position,
    /// when everything that was published has been applied.
    pub async fn run(mut self, stop: CancellationToken, caught_up: impl Fn(u64)) -> Result<(), MirrorError> {
        let mut report = Report::new(caught_up);
        while !stop.is_cancelled() {
            match self.follow(&stop, &mut report).await {
                Err(error) if error.can_pass() => {
                    tracing::warn!(error = %error, "the mirror starts over from the position of its target");
                    wait(PAUSE, &stop).await;
                }
                ended => return ended,
            }
        }
        Ok(())
    }

    /// Follows from the position of the target on, until told to stop or something goes wrong.
    async fn follow(&mut self, stop: &CancellationToken, report: &mut Report<impl Fn(u64)>) -> Result<(), MirrorError> {
        let Some(mut target) = self.open(stop).await? else { return Ok(()) };
        tracing::info!(position = target.bookmark().position, "the mirror follows the events");
        let follower = EventFollower::resume(&self.client, target.bookmark(), self.tenant);
        let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
        let reading = AbortOnDropHandle::new(tokio::spawn(batches::read(follower, sender)));
        loop {
            let batch = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                batch = batches.recv() => batch,
            };
            let Some(batch) = batch else { return reading.await? };
            target.apply(&batch).await?;
            report.applied(&batch);
        }
    }

    /// The target, with a snapshot in it if it begins with one; none when told to stop before.
    async fn open(&mut self, stop: &CancellationToken) -> Result<Option<Target>, MirrorError> {
        let replaces = self.snapshot.as_ref().is_some_and(|snapshot| snapshot.replace);
        let Some(mut target) = Target::open(&self.place, self.tenant, replaces, stop).await? else { return Ok(None) };
        if let Some(snapshot) = &self.snapshot
            && (snapshot.replace || target.bookmark().position == 0)
        {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(None),
                filled = target.fill(&snapshot.source, self.tenant) => filled?,
            }
        }
        // once: after a broken connection the rows are there
        self.snapshot = None;
        Ok(Some(target))
    }
}
