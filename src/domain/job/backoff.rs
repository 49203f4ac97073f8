//! How long to wait after a failed attempt: exponential, capped, with full jitter. Pure: randomness comes in.

use plinth_events::JobId;

/// The longest wait after the first attempt.
const BASE_MS: u64 = 2_000;
/// The longest wait after any attempt.
const CAP_MS: u64 = 3_600_000;

/// The wait after an attempt, counted from 1: evenly spread from nothing to [`longest_wait_ms`]. The seed is that of
/// the command; jobs that fail by one command still wait differently.
pub(super) fn wait_ms(job: JobId, attempt: u32, seed: u64) -> i64 {
    let (high, low) = job.0.as_u64_pair();
    let random = mix(mix(mix(seed) ^ high) ^ low);
    scale(random, longest_wait_ms(attempt))
}

/// `min(cap, base * 2^(attempt - 1))`.
pub(super) fn longest_wait_ms(attempt: u32) -> u64 {
    let doublings = attempt.saturating_sub(1).min(u64::BITS);
    BASE_MS.saturating_mul(1_u64.checked_shl(doublings).unwrap_or(u64::MAX)).min(CAP_MS)
}

/// A number from 0 to `most`, in the place that `random` has among all numbers of 64 bits.
fn scale(random: u64, most: u64) -> i64 {
    let scaled = (u128::from(random) * (u128::from(most) + 1)) >> 64;
    i64::try_from(scaled).unwrap_or(i64::MAX)
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

    #[test]
    fn the_longest_wait_doubles_up_to_an_hour() {
        let waits: Vec<u64> = [1, 2, 3, 11, 12, 13, 64, 65, 66, 100].map(longest_wait_ms).to_vec();
        assert_eq!(waits, [2_000, 4_000, 8_000, 2_048_000, CAP_MS, CAP_MS, CAP_MS, CAP_MS, CAP_MS, CAP_MS]);
    }

    #[test]
    fn a_thousand_jobs_that_fail_by_one_command_are_spread_evenly() {
        let waits: Vec<i64> = (0..1_000).map(|n| wait_ms(JobId(Uuid::from_u128(n)), 6, 42)).collect();
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
        assert_ne!(wait_ms(job, 10, 1), wait_ms(job, 10, 2));
        assert_eq!(wait_ms(job, 10, 1), wait_ms(job, 10, 1));
    }
}
