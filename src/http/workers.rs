//! Workers over HTTP wait here until there are jobs for them.

use std::time::Duration;

use plinth_events::{Refusal, TenantId};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::seats::{Seat, Seats};
use crate::{duty::wait, jobs::claims::Claims, log::Database};

/// Most workers that wait in a process.
const WAITING: usize = 1_000;
/// Most of them of one tenant.
const TENANT_WAITING: usize = 250;
/// How often each of them has a look while nothing is heard: other replicas commit unheard, and jobs become due.
const POLL: Duration = Duration::from_millis(500);
/// Shortest time between two looks of one of them, however much happens.
const LOOK: Duration = Duration::from_millis(50);

/// Where workers wait. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Workers {
    /// Finds jobs for them.
    pub claims: Claims,
    head: watch::Receiver<u64>,
    seats: Seats,
    shutdown: CancellationToken,
}

/// A worker that waits.
#[derive(Debug)]
pub struct Waiting {
    head: watch::Receiver<u64>,
    ends_at: Instant,
    looked_at: Instant,
    shutdown: CancellationToken,
    _seat: Seat,
}

impl Workers {
    /// On a database, with word of what this process commits. Nobody waits any more once it is told to stop.
    pub fn new(database: Database, head: watch::Receiver<u64>, shutdown: CancellationToken) -> Self {
        Self { claims: Claims::new(database), head, seats: Seats::new(WAITING, TENANT_WAITING), shutdown }
    }

    /// For a worker of a tenant that is about to look for jobs, and waits for so long if it finds none.
    pub fn wait(&self, tenant: TenantId, patience: Duration) -> Result<Waiting, Refusal> {
        let (head, shutdown) = (self.head.clone(), self.shutdown.clone());
        let looked_at = Instant::now();
        let mut waiting =
            Waiting { head, ends_at: looked_at + patience, looked_at, shutdown, _seat: self.seats.take(tenant)? };
        waiting.look();
        Ok(waiting)
    }
}

impl Waiting {
    /// Waits until another look may find more; false: it was the last one.
    pub async fn again(&mut self) -> bool {
        if self.shutdown.is_cancelled() || Instant::now() >= self.ends_at {
            return false;
        }
        let paced_at = self.ends_at.min(self.looked_at + LOOK);
        tokio::select! {
            _ = self.head.changed() => sleep_until(paced_at).await,
            () = wait(POLL, &self.shutdown) => {}
            () = sleep_until(self.ends_at) => {}
        }
        self.look();
        true
    }

    /// What happens from now on is news.
    fn look(&mut self) {
        self.head.borrow_and_update();
        self.looked_at = Instant::now();
    }
}
