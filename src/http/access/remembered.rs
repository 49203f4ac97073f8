//! Who asked a moment ago: spares the look-up for most requests. Only who was found is remembered, so that nobody fills the
//! memory with invented credentials, and a new key counts at once.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use lru::LruCache;

use super::{Principal, credential::Mark};

/// How long at most: so late a key that was revoked, and who was deleted, is still let in.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Of how many credentials.
const CREDENTIALS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Credentials that were looked up a moment ago.
pub struct Remembered(Mutex<LruCache<Mark, Entry>>);

struct Entry {
    principal: Principal,
    until: Instant,
}

impl Default for Remembered {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CREDENTIALS)))
    }
}

impl Remembered {
    /// Who shows a credential, if that was looked up a moment ago.
    pub fn find(&self, mark: &Mark, now: Instant) -> Option<Principal> {
        let mut entries = self.entries();
        let entry = entries.get(mark)?;
        if now < entry.until {
            return Some(entry.principal.clone());
        }
        entries.pop(mark);
        None
    }

    /// Remembers what a look-up said that began at a time; no longer than the credential is valid, where that is known.
    pub fn keep(&self, mark: Mark, principal: &Principal, began_at: Instant, valid: Option<Duration>) {
        let until = began_at + valid.map_or(REMEMBERED, |valid| valid.min(REMEMBERED));
        self.entries().put(mark, Entry { principal: principal.clone(), until });
    }

    /// Forgets a credential that is not valid any more.
    pub fn forget(&self, mark: &Mark) {
        self.entries().pop(mark);
    }

    fn entries(&self) -> MutexGuard<'_, LruCache<Mark, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use plinth_events::{TenantId, secret_digest::SecretDigest};
    use uuid::Uuid;

    use super::*;

    const MARK: Mark = Mark::ApiKey(SecretDigest([1; 32]));

    fn principal() -> Principal {
        Principal { tenant: TenantId(Uuid::nil()), user: None, scopes: Vec::new() }
    }

    #[test]
    fn a_credential_is_remembered_for_five_seconds_from_the_begin_of_its_look_up() {
        let (remembered, begin) = (Remembered::default(), Instant::now());
        remembered.keep(MARK, &principal(), begin, None);
        assert!(remembered.find(&MARK, begin + Duration::from_millis(4_999)).is_some());
        assert!(remembered.find(&MARK, begin + REMEMBERED).is_none());
    }

    #[test]
    fn a_credential_is_not_remembered_beyond_its_own_time() {
        let (remembered, begin) = (Remembered::default(), Instant::now());
        remembered.keep(MARK, &principal(), begin, Some(Duration::from_secs(2)));
        assert!(remembered.find(&MARK, begin + Duration::from_secs(1)).is_some());
        assert!(remembered.find(&MARK, begin + Duration::from_secs(2)).is_none());
    }

    #[test]
    fn what_was_forgotten_and_what_is_of_another_kind_is_not_known() {
        let (remembered, begin) = (Remembered::default(), Instant::now());
        remembered.keep(MARK, &principal(), begin, None);
        assert!(remembered.find(&Mark::Session(SecretDigest([1; 32])), begin).is_none());
        remembered.forget(&MARK);
        assert!(remembered.find(&MARK, begin).is_none());
    }
}
