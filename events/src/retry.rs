//! How long a job waits between its attempts: as commands say it, which have no unknown keys, and as events keep it, which
//! leave room for keys to come.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;

macro_rules! policy {
    ($(#[$meta:meta])* $name:ident) => {
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(tag = "policy", rename_all = "camelCase", rename_all_fields = "camelCase")]
        pub enum $name {
            /// A random time from nothing to `baseSeconds` after the first attempt, twice as much after each further one, up to
            /// `capSeconds`.
            Exponential {
                /// The longest wait after the first attempt.
                #[schemars(range(min = 1, max = limits::DELAY_SECONDS))]
                base_seconds: u32,
                /// The longest wait after any attempt.
                #[schemars(range(min = 1, max = limits::DELAY_SECONDS))]
                cap_seconds: u32,
            },
            /// The same time after every attempt.
            Fixed {
                /// How long.
                #[schemars(range(min = 0, max = limits::DELAY_SECONDS))]
                seconds: u32,
            },
            /// A time for each attempt; after the last of them, that one again.
            List {
                /// How long after the first attempt, the second, and so on.
                #[schemars(length(min = 1, max = limits::MAX_ATTEMPTS), inner(range(min = 0, max = limits::DELAY_SECONDS)))]
                seconds: Vec<u32>,
            },
        }
    };
}

policy!(
    /// How long a job is to wait after a failed attempt, unless its worker says so. What is not random by itself is
    /// spread by up to a tenth, so that jobs which fail together do not come back together.
    #[serde(deny_unknown_fields)]
    Retry
);
policy!(
    /// How long a job waits after a failed attempt, unless its worker says so.
    RetryPolicy
);

impl From<Retry> for RetryPolicy {
    fn from(retry: Retry) -> Self {
        match retry {
            Retry::Exponential { base_seconds, cap_seconds } => Self::Exponential { base_seconds, cap_seconds },
            Retry::Fixed { seconds } => Self::Fixed { seconds },
            Retry::List { seconds } => Self::List { seconds },
        }
    }
}

impl From<RetryPolicy> for Retry {
    fn from(retry: RetryPolicy) -> Self {
        match retry {
            RetryPolicy::Exponential { base_seconds, cap_seconds } => Self::Exponential { base_seconds, cap_seconds },
            RetryPolicy::Fixed { seconds } => Self::Fixed { seconds },
            RetryPolicy::List { seconds } => Self::List { seconds },
        }
    }
}

impl Retry {
    /// Whether its numbers are in their ranges.
    pub fn is_within_limits(&self) -> bool {
        let delay = |seconds: &u32| *seconds <= limits::DELAY_SECONDS;
        match self {
            Self::Exponential { base_seconds, cap_seconds } => {
                [base_seconds, cap_seconds].into_iter().all(|seconds| *seconds > 0 && delay(seconds))
            }
            Self::Fixed { seconds } => delay(seconds),
            Self::List { seconds } => {
                (1..=limits::MAX_ATTEMPTS as usize).contains(&seconds.len()) && seconds.iter().all(delay)
            }
        }
    }
}
