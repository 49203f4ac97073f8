//! The leases that this worker holds: who runs, until when, and how to stop it. No I/O, no lock across an await.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use plinth_events::{JobId, TenantId, command::job::Heartbeat};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::job::Progress;

/// One attempt of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Lease {
    pub(super) tenant: TenantId,
    pub(super) job_id: JobId,
    pub(super) token: u64,
}

/// How to reach the handler of an attempt.
#[derive(Debug, Clone)]
pub(super) struct Reins {
    /// Asks it to stop.
    pub(super) cancelled: CancellationToken,
    /// Stops it: the lease is gone.
    pub(super) lost: CancellationToken,
    pub(super) progress: Progress,
}

struct Held {
    reins: Reins,
    /// When the lease ends by our own clock, counted from before we asked for it: never later than in truth.
    ends: Instant,
}

/// All attempts that are running, or whose outcome is not reported yet.
#[derive(Default)]
pub(super) struct Leases {
    held: Mutex<HashMap<Lease, Held>>,
}

impl Leases {
    /// A lease was won.
    pub(super) fn hold(&self, lease: Lease, ends: Instant) -> Reins {
        let reins = Reins {
            cancelled: CancellationToken::new(),
            lost: CancellationToken::new(),
            progress: Progress::unknown(),
        };
        self.lock().insert(lease, Held { reins: reins.clone(), ends });
        reins
    }

    /// Attempts are over, or reported.
    pub(super) fn release(&self, leases: &[Lease]) {
        let mut held = self.lock();
        for lease in leases {
            held.remove(lease);
        }
    }

    /// What to send a heartbeat for, by tenant.
    pub(super) fn by_tenant(&self) -> HashMap<TenantId, Vec<Heartbeat>> {
        let mut tenants: HashMap<TenantId, Vec<Heartbeat>> = HashMap::new();
        for (lease, held) in self.lock().iter() {
            let progress = held.reins.progress.get();
            let beat = Heartbeat { job_id: lease.job_id, token: lease.token, progress };
            tenants.entry(lease.tenant).or_default().push(beat);
        }
        tenants
    }

    /// Leases were extended.
    pub(super) fn extend(&self, leases: impl IntoIterator<Item = Lease>, ends: Instant) {
        let mut held = self.lock();
        for lease in leases {
            if let Some(held) = held.get_mut(&lease) {
                held.ends = held.ends.max(ends);
            }
        }
    }

    /// Somebody wants an attempt stopped.
    pub(super) fn cancel(&self, lease: Lease) {
        if let Some(held) = self.lock().get(&lease) {
            held.reins.cancelled.cancel();
        }
    }

    /// Somebody wants a job stopped, whichever attempt of it this is.
    pub(super) fn cancel_job(&self, job: JobId) {
        for (_, held) in self.lock().iter().filter(|(lease, _)| lease.job_id == job) {
            held.reins.cancelled.cancel();
        }
    }

    /// A lease is gone: the attempt is not ours any more.
    pub(super) fn lose(&self, lease: Lease) {
        let held = self.lock().remove(&lease);
        if let Some(held) = held {
            held.reins.lost.cancel();
        }
    }

    /// Gives up every lease that ends before `limit`; returns them.
    pub(super) fn lose_ending_before(&self, limit: Instant) -> Vec<Lease> {
        let ending: Vec<Lease> =
            self.lock().iter().filter(|(_, held)| held.ends < limit).map(|(lease, _)| *lease).collect();
        ending.iter().for_each(|lease| self.lose(*lease));
        ending
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Lease, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    fn lease(token: u64) -> Lease {
        Lease { tenant: TenantId(Uuid::from_u128(1)), job_id: JobId(Uuid::from_u128(2)), token }
    }

    #[test]
    fn two_attempts_of_one_job_are_two_leases() {
        let leases = Leases::default();
        let first = leases.hold(lease(1), Instant::now());
        let second = leases.hold(lease(2), Instant::now());
        leases.lose(lease(1));
        assert!(first.lost.is_cancelled() && !second.lost.is_cancelled());
        assert_eq!(leases.by_tenant().values().map(Vec::len).sum::<usize>(), 1);
    }

    #[test]
    fn a_cancelled_attempt_keeps_its_lease_until_it_is_reported() {
        let leases = Leases::default();
        let reins = leases.hold(lease(1), Instant::now());
        leases.cancel(lease(1));
        assert!(reins.cancelled.is_cancelled() && !reins.lost.is_cancelled());
        assert_eq!(leases.by_tenant().len(), 1);
        leases.release(&[lease(1)]);
        assert!(leases.by_tenant().is_empty());
    }

    #[test]
    fn only_a_lease_that_was_not_extended_is_given_up() {
        let (leases, now) = (Leases::default(), Instant::now());
        let silent = leases.hold(lease(1), now);
        let extended = leases.hold(lease(2), now);
        leases.extend([lease(2)], now + Duration::from_secs(30));
        assert_eq!(leases.lose_ending_before(now + Duration::from_secs(5)), [lease(1)]);
        assert!(silent.lost.is_cancelled() && !extended.lost.is_cancelled());
    }

    #[test]
    fn a_late_answer_never_shortens_a_lease() {
        let (leases, now) = (Leases::default(), Instant::now());
        leases.hold(lease(1), now + Duration::from_secs(30));
        leases.extend([lease(1)], now);
        assert!(leases.lose_ending_before(now + Duration::from_secs(5)).is_empty());
    }
}
