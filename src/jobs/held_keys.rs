//! Lets held jobs go on when their keys are allowed more, some keys at a time.

use std::time::{Duration, Instant};

use plinth_projections::job_queue::held::{self, KeyedLine};
use sqlx::PgConnection;

use super::allowances::Allowances;

/// Keys per look.
const KEYS: u32 = 500;
/// Most jobs of a key that go on by one look.
const JOBS: u32 = 1_000;
/// How long to leave it be while no job is held.
const PAUSE: Duration = Duration::from_millis(500);

/// How far the keys were gone through.
#[derive(Debug, Default)]
pub struct HeldKeys {
    after: Option<KeyedLine>,
    none_since: Option<Instant>,
}

impl HeldKeys {
    /// Notes that jobs are held from now on.
    pub fn expect(&mut self) {
        self.none_since = None;
    }

    /// Lets as many jobs of the next keys go on as they are allowed.
    pub async fn release(&mut self, connection: &mut PgConnection, allowances: &Allowances) -> Result<(), sqlx::Error> {
        if self.none_since.is_some_and(|since| since.elapsed() < PAUSE) {
            return Ok(());
        }
        let keys = held::keys(&mut *connection, self.after.as_ref(), KEYS).await?;
        self.none_since = (keys.is_empty() && self.after.is_none()).then(Instant::now);
        self.after = if keys.len() < KEYS as usize { None } else { keys.last().cloned() };
        let allowed = keys.into_iter().map(|key| {
            let jobs = allowances.of_key(&key).unwrap_or(JOBS).min(JOBS);
            (key, jobs)
        });
        let allowed: Vec<(KeyedLine, u32)> = allowed.filter(|(_, jobs)| *jobs > 0).collect();
        if !allowed.is_empty() {
            held::release(connection, &allowed).await?;
        }
        Ok(())
    }
}
