//! How many requests may wait for something at a time, of one tenant and of all: one more is told to come back later.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use plinth_events::{Refusal, RefusalCode, TenantId};

/// Places to wait. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Seats {
    all: usize,
    of_tenant: usize,
    taken: Arc<Mutex<HashMap<TenantId, usize>>>,
}

/// A place that is taken for as long as this is there.
#[derive(Debug)]
pub struct Seat {
    tenant: TenantId,
    seats: Seats,
}

impl Seats {
    /// So many, and so many for one tenant.
    pub fn new(all: usize, of_tenant: usize) -> Self {
        Self { all, of_tenant, taken: Arc::default() }
    }

    /// Takes one for a tenant.
    pub fn take(&self, tenant: TenantId) -> Result<Seat, Refusal> {
        let mut taken = self.taken();
        if taken.values().sum::<usize>() >= self.all {
            return Err(full("too many requests wait"));
        }
        let of_tenant = taken.entry(tenant).or_default();
        if *of_tenant >= self.of_tenant {
            return Err(full("too many requests of the tenant wait"));
        }
        *of_tenant += 1;
        Ok(Seat { tenant, seats: self.clone() })
    }

    fn give_back(&self, tenant: TenantId) {
        let mut taken = self.taken();
        let left = taken.get(&tenant).map_or(0, |count| count.saturating_sub(1));
        if left > 0 {
            taken.insert(tenant, left);
        } else {
            taken.remove(&tenant);
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<TenantId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.give_back(self.tenant);
    }
}

fn full(detail: &str) -> Refusal {
    Refusal::new(RefusalCode::Overloaded, detail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use uuid::Uuid;

    use super::*;

    #[test]
    fn no_more_are_taken_than_there_are_and_none_is_lost() {
        let [acme, other, third] = [1, 2, 3].map(|number| TenantId(Uuid::from_u128(number)));
        let seats = Seats::new(3, 2);
        let of_acme = [seats.take(acme).unwrap(), seats.take(acme).unwrap()];
        assert!(seats.take(acme).is_err(), "the tenant has all of its own");
        let of_other = seats.take(other).unwrap();
        assert!(seats.take(third).is_err(), "there is none left");
        drop(of_acme);
        let again = [seats.take(acme).unwrap(), seats.take(acme).unwrap()];
        drop((of_other, again));
        assert!(seats.taken().is_empty());
    }
}
