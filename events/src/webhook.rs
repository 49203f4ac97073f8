//! Webhooks: Plinth posts the jobs of a queue to an address, and the answer is their outcome. The settings, as commands
//! say them and as events keep them, and what is posted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    flow::DependencyCounts,
    ids::{JobId, TenantId},
    json::{Checkpoint, Payload},
    limits,
    names::{JobType, SecretName, WebhookUrl},
    schedule::ScheduledFor,
    time::Instant,
};

/// How long an answer may take when nobody says otherwise.
const TIMEOUT_SECONDS: u32 = 30;
/// How many requests are under way at a time when nobody says otherwise.
const CONCURRENCY: u32 = 16;

macro_rules! webhook {
    ($(#[$meta:meta])* $name:ident) => {
        /// Where the jobs of a queue are posted to. The answer is their outcome.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// The address. `http` and private networks only where the configuration of Plinth allows them.
            pub url: WebhookUrl,
            /// The name of the secret that requests are signed with. The secret itself stands in the configuration.
            pub secret: SecretName,
            /// How long an answer may take; 30 s when absent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::WEBHOOK_TIMEOUT_SECONDS))]
            pub timeout_seconds: Option<u32>,
            /// Most requests that are under way at a time; 16 when absent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1, max = limits::WEBHOOK_CONCURRENCY))]
            pub concurrency: Option<u32>,
        }
    };
}

webhook!(
    #[serde(deny_unknown_fields)]
    Webhook
);
webhook!(WebhookSettings);

impl From<Webhook> for WebhookSettings {
    fn from(Webhook { url, secret, timeout_seconds, concurrency }: Webhook) -> Self {
        Self { url, secret, timeout_seconds, concurrency }
    }
}

impl Webhook {
    pub(crate) fn is_within_limits(&self) -> bool {
        let within = |number: Option<u32>, most: u32| number.is_none_or(|number| (1..=most).contains(&number));
        within(self.timeout_seconds, limits::WEBHOOK_TIMEOUT_SECONDS)
            && within(self.concurrency, limits::WEBHOOK_CONCURRENCY)
    }
}

impl WebhookSettings {
    /// How long an answer may take, in seconds.
    pub fn timeout_seconds(&self) -> u32 {
        self.timeout_seconds.unwrap_or(TIMEOUT_SECONDS)
    }

    /// How many requests are under way at a time, at most.
    pub fn concurrency(&self) -> u32 {
        self.concurrency.unwrap_or(CONCURRENCY)
    }
}

/// What is posted: one attempt of a job. It may come more than once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookRequest {
    /// Which job, the same in every attempt.
    pub job_id: JobId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Its type.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// What to work on.
    pub payload: Payload,
    /// Which attempt it is, counted from 1.
    pub attempt: u32,
    /// How many attempts the job may have.
    pub max_attempts: u32,
    /// Greater than that of every earlier attempt.
    pub token: u64,
    /// When the attempt ends at the latest, if that is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Instant>,
    /// How far an earlier attempt came, if it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// How the jobs ended that it depends on, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<DependencyCounts>,
    /// The schedule that it comes from, and the fire time that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduledFor>,
    /// What the job belongs to: for everything that is sent because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// What caused it: for everything that is sent because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<String>,
}

/// The body of an answer `202 Accepted` that puts a job off. The attempt does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookSnooze {
    /// For how long.
    #[schemars(range(max = limits::DELAY_SECONDS))]
    pub snooze_seconds: u32,
}
