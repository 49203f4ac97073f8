//! How long to wait after a failed attempt, by the policy of the job. Pure: randomness comes in.

use plinth_events::{JobId, retry::RetryPolicy};

/// The policy of a job that has none.
pub(super) const DEFAULT: RetryPolicy = RetryPolicy::Exponential { base_seconds: 2, cap_seconds: 3_600 };

/// The wait after an attempt, counted from 1: evenly spread over [`range_ms`]. The seed is that of the command; jobs
/// that fail by one command still wait differently.
pub(super) fn wait_ms(policy: Option<&RetryPolicy>, job: JobId, attempt: u32, seed: u64) -> i64 {
    let (high, low) = job.0.as_u64_pair();
    let random = mix(mix(mix(seed) ^ high) ^ low);
    let (least, most) = range_ms(policy.unwrap_or(&DEFAULT), attempt);
    i64::try_from(least + scale(random, most - least)).unwrap_or(i64::MAX)
}

/// The shortest and the longest wait after an attempt.
pub(super) fn range_ms(policy: &RetryPolicy, attempt: u32) -> (u64, u64) {
    let earlier = attempt.saturating_sub(1);
    match policy {
        RetryPolicy::Exponential { base_seconds, cap_seconds } => (0, doubled_ms(*base_seconds, *cap_seconds, earlier)),
        RetryPolicy::Fixed { seconds } => spread_ms(*seconds),
        RetryPolicy::List { seconds } => {
            spread_ms(seconds.get(earlier as usize).or(seconds.last()).copied().unwrap_or_default())
        }
    }
}

/// `min(cap, base * 2^doublings)`.
fn doubled_ms(base_seconds: u32, cap_seconds: u32, doublings: u32) -> u64 {
    let factor = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    (u64::from(base_seconds) * 1_000).saturating_mul(factor).min(u64::from(cap_seconds) * 1_000)
}

/// Up to a tenth more than asked for.
fn spread_ms(seconds: u32) -> (u64, u64) {
    (u64::from(seconds) * 1_000, u64::from(seconds) * 1_100)
}

/// A number from 0 to `most`, in the place that `random` has among all numbers of 64 bits.
fn scale(random: u64, most: u64) -> u64 {
    ((u128::from(random) * (u128::from(most) + 1)) >> 64) as u64
}

/// One step of splitmix64: every bit of the result depends on every bit of the argument.
fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn longest_waits(policy: &RetryPolicy, attempts: &[u32]) -> Vec<u64> {
        attempts.iter().map(|attempt| range_ms(policy, *attempt).1).collect()
    }

    #[test]
    fn the_longest_wait_doubles_up_to_an_hour_when_nothing_is_said() {
        let attempts = [1, 2, 3, 11, 12, 13, 64, 65, 66, 100];
        let hour = 3_600_000;
        let waits = [2_000, 4_000, 8_000, 2_048_000, hour, hour, hour, hour, hour, hour];
        assert_eq!(longest_waits(&DEFAULT, &attempts), waits);
    }

    #[test]
    fn a_fixed_wait_and_a_list_of_waits_are_spread_by_a_tenth() {
        let fixed = RetryPolicy::Fixed { seconds: 10 };
        assert_eq!([1, 2, 100].map(|attempt| range_ms(&fixed, attempt)), [(10_000, 11_000); 3]);
        let list = RetryPolicy::List { seconds: vec![0, 60, 3_600] };
        assert_eq!(longest_waits(&list, &[1, 2, 3, 4, 100]), [0, 66_000, 3_960_000, 3_960_000, 3_960_000]);
        let waits = (0..1_000).map(|n| wait_ms(Some(&fixed), JobId(Uuid::from_u128(n)), 1, 42));
        let spread: std::collections::HashSet<i64> = waits.map(|wait| wait / 100).collect();
        assert!(spread.len() >= 10, "{spread:?}");
    }

    #[test]
    fn a_thousand_jobs_that_fail_by_one_command_are_spread_evenly() {
        let waits: Vec<i64> = (0..1_000).map(|n| wait_ms(None, JobId(Uuid::from_u128(n)), 6, 42)).collect();
        for second in 0..64 {
            let in_second = waits.iter().filter(|wait| **wait / 1_000 == second).count();
            assert!(in_second <= 50, "{in_second} of 1000 wait {second} s");
        }
        assert!(waits.iter().all(|wait| (0..=64_000).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < 1_000));
        assert!(waits.iter().any(|wait| *wait > 63_000));
    }

    #[test]
    fn the_same_job_waits_differently_by_another_seed() {
        let job = JobId(Uuid::from_u128(7));
        assert_ne!(wait_ms(None, job, 10, 1), wait_ms(None, job, 10, 2));
        assert_eq!(wait_ms(None, job, 10, 1), wait_ms(None, job, 10, 1));
    }
}
