//! Pauses between attempts: exponential, capped, and different in every process, so that a herd spreads out.
//! Says nothing about when to give up.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// The first pause.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// No pause grows beyond twice this.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Pauses without end: each twice as long as the one before up to the cap, plus up to as much again by chance.
pub(crate) struct Pauses(ExponentialBackoff);

impl Pauses {
    pub(crate) fn new() -> Self {
        let pauses = ExponentialBuilder::new()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .without_max_times()
            .with_jitter()
            // without a seed, backon built without `std` gives every process the same pauses
            .with_jitter_seed(rand::random());
        Self(pauses.build())
    }

    pub(crate) fn next(&mut self) -> Duration {
        self.0.next().unwrap_or(LONGEST_PAUSE)
    }
}

/// How long to wait before an attempt to connect; the first one, number 1, is made at once.
pub(crate) fn before_connecting(attempt: usize) -> Duration {
    match attempt.checked_sub(2) {
        None => Duration::ZERO,
        Some(failures) => Pauses::new().0.nth(failures.min(8)).unwrap_or(LONGEST_PAUSE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(count: usize) -> Vec<Duration> {
        let mut pauses = Pauses::new();
        (0..count).map(|_| pauses.next()).collect()
    }

    #[test]
    fn pauses_grow_up_to_the_cap() {
        let pauses = first(20);
        assert!((FIRST_PAUSE..=2 * FIRST_PAUSE).contains(&pauses[0]), "{pauses:?}");
        assert!(pauses[8..].iter().all(|pause| (LONGEST_PAUSE..=2 * LONGEST_PAUSE).contains(pause)), "{pauses:?}");
    }

    #[test]
    fn two_programs_pause_differently() {
        assert_ne!(first(5), first(5));
    }

    #[test]
    fn the_first_connection_is_tried_at_once_and_later_ones_after_a_pause() {
        assert_eq!(before_connecting(1), Duration::ZERO);
        assert!(before_connecting(2) >= FIRST_PAUSE);
        assert!(before_connecting(1_000_000) <= 2 * LONGEST_PAUSE);
    }
}
