//! How the jobs of a queue are run: as commands say it, which have no unknown keys, and as events keep it, which leave
//! room for keys to come.
//!
//! A queue is all jobs of a tenant, or its jobs of one type. The queues of the installation
//! ([`TenantId::INSTALLATION`](crate::TenantId::INSTALLATION)) are those of all tenants together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::TenantId,
    limits,
    names::JobType,
    object,
    retry::{Retry, RetryPolicy},
    time::Moment,
    webhook::{Webhook, WebhookSettings},
};

/// A queue: whose jobs, the installation's being everybody's, and of which type; none: of all.
pub type QueueKey = (TenantId, Option<JobType>);

/// The queues that a tenant's job of a type is in, the most specific last.
pub fn queues_of(tenant: TenantId, job_type: &JobType) -> [QueueKey; 4] {
    let everyone = TenantId::INSTALLATION;
    [(everyone, None), (everyone, Some(job_type.clone())), (tenant, None), (tenant, Some(job_type.clone()))]
}

macro_rules! settings {
    ($(#[$meta:meta])* $name:ident, $rate:ident, $retry:ident, $webhook:ident) => {
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Most jobs that run at a time, exact over all workers; absent: as many as there are.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::CONCURRENCY))]
            pub concurrency: Option<u32>,
            /// Most jobs of one type and one `concurrencyKey` of a tenant that run at a time.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::CONCURRENCY))]
            pub concurrency_per_key: Option<u32>,
            /// How fast jobs are started; absent: as fast as workers ask.
            #[serde(default, deserialize_with = "object::optional", skip_serializing_if = "Option::is_none")]
            pub rate: Option<$rate>,
            /// How fast jobs of one type and one `concurrencyKey` of a tenant are started.
            #[serde(default, deserialize_with = "object::optional", skip_serializing_if = "Option::is_none")]
            pub rate_per_key: Option<$rate>,
            /// The share of the tenant among those who have jobs of a type waiting; 1 when absent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::WEIGHT))]
            pub weight: Option<u32>,
            /// How often a job is tried that does not say so itself; 3 when absent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::MAX_ATTEMPTS))]
            pub max_attempts: Option<u32>,
            /// How long a job waits between attempts that does not say so itself.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub retry: Option<$retry>,
            /// How long an attempt may take of a job that does not say so itself.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::TIMEOUT_SECONDS))]
            pub timeout_seconds: Option<u32>,
            /// How long a job that ended keeps its row before it is archived; absent: for ever.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::KEEP_FINISHED_SECONDS))]
            pub keep_finished_seconds: Option<u32>,
            /// Where Plinth posts the jobs to, in place of offering them to workers. Only for queues of one type.
            #[serde(default, deserialize_with = "object::optional", skip_serializing_if = "Option::is_none")]
            pub webhook: Option<$webhook>,
        }
    };
}

macro_rules! rate {
    ($(#[$meta:meta])* $name:ident) => {
        /// How fast jobs are started: a bucket that holds up to `burst` tokens and gets `jobs` of them evenly spread over
        /// every `seconds`. A start takes one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// How many jobs.
            #[schemars(range(min = 1, max = limits::RATE_JOBS))]
            pub jobs: u32,
            /// In how many seconds.
            #[schemars(range(min = 1, max = limits::RATE_SECONDS))]
            pub seconds: u32,
            /// How many may be started at once after a pause; what a second brings when absent, at least 1.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::RATE_JOBS))]
            pub burst: Option<u32>,
        }
    };
}

rate!(
    #[serde(deny_unknown_fields)]
    Rate
);
rate!(RateLimit);
settings!(
    /// How the jobs of a queue are to be run. What is absent is not limited, and as usual.
    #[serde(deny_unknown_fields)]
    Settings,
    Rate,
    Retry,
    Webhook
);
settings!(
    /// How the jobs of a queue are run.
    QueueSettings,
    RateLimit,
    RetryPolicy,
    WebhookSettings
);

impl From<Rate> for RateLimit {
    fn from(Rate { jobs, seconds, burst }: Rate) -> Self {
        Self { jobs, seconds, burst }
    }
}

impl From<Settings> for QueueSettings {
    fn from(settings: Settings) -> Self {
        Self {
            concurrency: settings.concurrency,
            concurrency_per_key: settings.concurrency_per_key,
            rate: settings.rate.map(RateLimit::from),
            rate_per_key: settings.rate_per_key.map(RateLimit::from),
            weight: settings.weight,
            max_attempts: settings.max_attempts,
            retry: settings.retry.map(RetryPolicy::from),
            timeout_seconds: settings.timeout_seconds,
            keep_finished_seconds: settings.keep_finished_seconds,
            webhook: settings.webhook.map(WebhookSettings::from),
        }
    }
}

impl Settings {
    /// Whether its numbers are in their ranges.
    pub fn is_within_limits(&self) -> bool {
        within(self.concurrency, limits::CONCURRENCY)
            && within(self.concurrency_per_key, limits::CONCURRENCY)
            && self.rate.is_none_or(Rate::is_within_limits)
            && self.rate_per_key.is_none_or(Rate::is_within_limits)
            && within(self.weight, limits::WEIGHT)
            && within(self.max_attempts, limits::MAX_ATTEMPTS)
            && self.retry.as_ref().is_none_or(Retry::is_within_limits)
            && within(self.timeout_seconds, limits::TIMEOUT_SECONDS)
            && within(self.keep_finished_seconds, limits::KEEP_FINISHED_SECONDS)
            && self.webhook.as_ref().is_none_or(Webhook::is_within_limits)
    }
}

impl Rate {
    fn is_within_limits(self) -> bool {
        within(Some(self.jobs), limits::RATE_JOBS)
            && within(Some(self.seconds), limits::RATE_SECONDS)
            && within(self.burst, limits::RATE_JOBS)
    }
}

fn within(number: Option<u32>, most: u32) -> bool {
    number.is_none_or(|number| (1..=most).contains(&number))
}

/// A bucket is kept as one time: when it will be full. A bucket of which nothing is known is full.
impl RateLimit {
    /// From when on there is a token in a bucket; it may be past.
    pub fn next_token(self, full_at: Moment) -> Moment {
        full_at.plus_micros(self.interval_micros() * (1 - i64::from(self.burst())))
    }

    /// How many tokens are in a bucket at a time.
    pub fn tokens(self, full_at: Option<Moment>, now: Moment) -> u32 {
        let missing_micros =
            full_at.map_or(0, |full_at| (full_at.utc() - now.utc()).num_microseconds().unwrap_or(i64::MAX));
        let interval = self.interval_micros();
        let missing = (missing_micros.max(0) + interval - 1) / interval;
        self.burst().saturating_sub(u32::try_from(missing).unwrap_or(u32::MAX))
    }

    /// When a bucket will be full after one token was taken.
    pub fn after_taking(self, full_at: Option<Moment>, now: Moment) -> Moment {
        full_at.map_or(now, |full_at| full_at.max(now)).plus_micros(self.interval_micros())
    }

    /// The time in which one token comes, rounded up.
    fn interval_micros(self) -> i64 {
        let jobs = i64::from(self.jobs.max(1));
        (i64::from(self.seconds) * 1_000_000 + jobs - 1) / jobs
    }

    /// How many tokens a bucket holds.
    fn burst(self) -> u32 {
        self.burst.unwrap_or_else(|| self.jobs / self.seconds.max(1)).max(1)
    }
}
