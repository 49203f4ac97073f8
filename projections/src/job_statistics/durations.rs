//! Durations, counted in buckets. Each bucket ends half of a doubling behind its beginning, so what they say of a percentile is
//! wrong by less than that.

use std::collections::BTreeMap;

/// How long attempts took.
#[derive(Debug, Clone, Default)]
pub(super) struct Durations(BTreeMap<i16, u64>);

impl Durations {
    /// So many more in a bucket.
    pub(super) fn add(&mut self, bucket: i16, count: u64) {
        *self.0.entry(bucket).or_default() += count;
    }

    /// How long this part of them, from 0 to 1, took at most, in milliseconds; none: there are none.
    pub(super) fn percentile(&self, part: f64) -> Option<u64> {
        let wanted = part * self.0.values().sum::<u64>() as f64;
        let mut before = 0.0;
        for (bucket, count) in self.0.iter().filter(|(_, count)| **count > 0) {
            let count = *count as f64;
            if before + count >= wanted {
                let within = (wanted - before) / count;
                return Some(((f64::from(*bucket) + within) / 2.0).exp2().round() as u64);
            }
            before += count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn durations(millis: &[u32]) -> Durations {
        let mut durations = Durations::default();
        for one in millis {
            durations.add((2.0 * f64::from(*one).log2()).floor() as i16, 1);
        }
        durations
    }

    #[test]
    fn where_nothing_happened_nothing_took_any_time() {
        assert_eq!(Durations::default().percentile(0.99), None);
    }

    proptest! {
        #[test]
        fn a_percentile_is_wrong_by_less_than_half_of_a_doubling(
            mut millis in vec(1..100_000_000_u32, 1..50),
            part in 0.01..1.0_f64,
        ) {
            let found = durations(&millis).percentile(part).unwrap() as f64;
            millis.sort_unstable();
            let exact = f64::from(millis[(part * millis.len() as f64).ceil() as usize - 1]);
            let wrong_by = (found.max(exact) / found.min(exact)).log2();
            prop_assert!(wrong_by <= 0.5 || (found - exact).abs() <= 1.0, "{found} for {exact}");
        }
    }
}
