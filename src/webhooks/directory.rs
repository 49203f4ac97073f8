//! Which webhook a job is posted to.

use std::collections::HashMap;

use plinth_events::{TenantId, names::JobType, webhook::WebhookSettings};
use plinth_projections::queue::QueueRow;

/// The webhooks that there are, by the queues that they are of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory(HashMap<(TenantId, JobType), WebhookSettings>);

impl Directory {
    /// Of the queues that somebody said something of.
    pub fn of(queues: Vec<QueueRow>) -> Self {
        let webhook = |queue: QueueRow| Some(((queue.tenant, queue.job_type?), queue.settings.webhook?));
        Self(queues.into_iter().filter_map(webhook).collect())
    }

    /// That of a job: of the tenant's own queue for the type before everybody's.
    pub fn webhook(&self, tenant: TenantId, job_type: &JobType) -> Option<&WebhookSettings> {
        [tenant, TenantId::INSTALLATION].into_iter().find_map(|owner| self.0.get(&(owner, job_type.clone())))
    }

    /// That of a queue.
    pub fn get(&self, queue: &(TenantId, JobType)) -> Option<&WebhookSettings> {
        self.0.get(queue)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&(TenantId, JobType), &WebhookSettings)> {
        self.0.iter()
    }
}
