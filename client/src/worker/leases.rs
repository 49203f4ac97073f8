//! The leases that this worker holds: who runs, until when, and how to stop it. No I/O, no lock across an await.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use plinth_events::{JobId, TenantId, command::job::Heartbeat};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::notes::Notes;

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
    /// What it says.
    pub(super) notes: Arc<Notes>,
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
    pub(super) fn hold(&self, lease: Lease, reins: Reins, ends: Instant) {
        self.lock().insert(lease, Held { reins, ends });
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
            let (progress, message) = held.reins.notes.progress();
            let beat = Heartbeat { job_id: lease.job_id, token: lease.token, progress, message };
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

    fn hold(leases: &Leases, lease: Lease, ends: Instant) -> Reins {
        let (cancelled, lost) = (CancellationToken::new(), CancellationToken::new());
        let reins = Reins { cancelled, lost, notes: Arc::default() };
        leases.hold(lease, reins.clone(), ends);
        reins
    }

    fn lease(token: u64) -> Lease {
        Lease { tenant: TenantId(Uuid::from_u128(1)), job_id: JobId(Uuid::from_u128(2)), token }
    }

    #[test]
    fn two_attempts_of_one_job_are_two_leases() {
        let leases = Leases::default();
        let first = hold(&leases, lease(1), Instant::now());
        let second = hold(&leases, lease(2), Instant::now());
        leases.lose(lease(1));
        assert!(first.lost.is_cancelled() && !second.lost.is_cancelled());
        assert_eq!(leases.by_tenant().values().map(Vec::len).sum::<usize>(), 1);
    }

    #[test]
    fn a_cancelled_attempt_keeps_its_lease_until_it_is_reported() {
        let leases = Leases::default();
        let reins = hold(&leases, lease(1), Instant::now());
        leases.cancel(lease(1));
        assert!(reins.cancelled.is_cancelled() && !reins.lost.is_cancelled());
        assert_eq!(leases.by_tenant().len(), 1);
        leases.release(&[lease(1)]);
        assert!(leases.by_tenant().is_empty());
    }

    #[test]
    fn only_a_lease_that_was_not_extended_is_given_up() {
        let (leases, now) = (Leases::default(), Instant::now());
        let silent = hold(&leases, lease(1), now);
        let extended = hold(&leases, lease(2), now);
        leases.extend([lease(2)], now + Duration::from_secs(30));
        assert_eq!(leases.lose_ending_before(now + Duration::from_secs(5)), [lease(1)]);
        assert!(silent.lost.is_cancelled() && !extended.lost.is_cancelled());
    }

    #[test]
    fn a_late_answer_never_shortens_a_lease() {
        let (leases, now) = (Leases::default(), Instant::now());
        hold(&leases, lease(1), now + Duration::from_secs(30));
        leases.extend([lease(1)], now);
        assert!(leases.lose_ending_before(now + Duration::from_secs(5)).is_empty());
    }
}
