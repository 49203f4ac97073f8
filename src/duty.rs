//! A duty: work that one replica does at a time, under a lease in Postgres with an epoch.
//!
//! The lease keeps replicas from doing work twice; it is not what makes the work safe. What duties do is fenced where it
//! takes effect: by expected sequence numbers in the broker, by primary keys in the log, and where those do not tell, by
//! the epoch, which the writer checks.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    log::{
        Database,
        lease::{self, Fence},
    },
    measure,
};

/// How long a lease lasts: a dead holder's duty moves on within this and one [`RETRY`].
const LEASE: Duration = Duration::from_secs(6);
/// How often a holder renews.
const RENEW: Duration = Duration::from_secs(2);
/// How often the others try.
const RETRY: Duration = Duration::from_secs(1);
/// Without a renewal for this long a holder stops, before somebody else can start.
const GIVE_UP: Duration = Duration::from_secs(5);

/// Takes duties for one replica.
#[derive(Debug, Clone)]
pub struct Duties {
    database: Database,
    replica: Uuid,
}

impl Duties {
    /// Of a replica of which nobody has heard yet.
    pub fn new(database: Database) -> Self {
        Self { database, replica: Uuid::new_v4() }
    }

    /// Takes a duty whenever it is free and does its work until the lease is lost or it is told to stop. The work gets
    /// the fence of its turn.
    pub fn hold<W>(
        &self,
        name: &'static str,
        shutdown: &CancellationToken,
        work: W,
    ) -> impl Future<Output = ()> + use<W>
    where
        W: AsyncFn(Fence, CancellationToken),
    {
        hold(self.clone(), name, shutdown.clone(), work)
    }
}

async fn hold(
    Duties { database, replica }: Duties,
    name: &'static str,
    shutdown: CancellationToken,
    work: impl AsyncFn(Fence, CancellationToken),
) {
    measure::duty(name, false);
    while !shutdown.is_cancelled() {
        match lease::hold(database.pool(), name, replica, LEASE).await {
            Ok(Some(epoch)) => {
                tracing::info!(duty = name, epoch, "the duty is taken");
                let fence = Fence { duty: name, epoch };
                let stop = shutdown.child_token();
                measure::duty(name, true);
                tokio::join!(work(fence, stop.clone()), renew(&database, fence, replica, stop));
                measure::duty(name, false);
                tracing::info!(duty = name, epoch, "the duty is given up");
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(duty = name, error = %error, "the duty's lease could not be asked for"),
        }
        wait(RETRY, &shutdown).await;
    }
    if let Err(error) = lease::release(database.pool(), name, replica).await {
        tracing::warn!(duty = name, error = %error, "the duty's lease could not be given back");
    }
}

/// Renews until told to stop; tells the work to stop when the lease is or may be lost, also if it was lost and is free
/// again.
async fn renew(database: &Database, fence: Fence, replica: Uuid, stop: CancellationToken) {
    let mut renewed = Instant::now();
    loop {
        wait(RENEW, &stop).await;
        if stop.is_cancelled() {
            return;
        }
        let asked = Instant::now();
        let answer = tokio::time::timeout(RENEW, lease::hold(database.pool(), fence.duty, replica, LEASE)).await;
        match answer {
            Ok(Ok(Some(epoch))) if epoch == fence.epoch => renewed = asked,
            Ok(Ok(_)) => stop.cancel(),
            Ok(Err(_)) | Err(_) if renewed.elapsed() + RENEW > GIVE_UP => {
                tracing::warn!(duty = fence.duty, "the duty's lease could not be renewed");
                stop.cancel();
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

/// Keeps rounds of work apart, so that under load one round does what many would have done: the first after a pause
/// comes at once, the next no earlier than so much later.
pub fn pace(apart: Duration) -> Interval {
    let mut rounds = tokio::time::interval(apart);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    rounds
}

/// Waits, but no longer than until told to stop. A timer of no time would still take a millisecond.
pub async fn wait(duration: Duration, stop: &CancellationToken) {
    if duration.is_zero() {
        return;
    }
    tokio::select! {
        () = tokio::time::sleep(duration) => {}
        () = stop.cancelled() => {}
    }
}
