//! Which way jobs go: to the workers of their type, or to the webhook of their queue. Each way has its subject and its
//! consumer in the work queue, so that nobody fetches what is meant for another.

use std::collections::HashSet;

use plinth_events::{TenantId, names::JobType, subject::Subjects};
use plinth_projections::{job_queue::dispatch::Line, queue::QueueRow};

/// A way through the work queue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// To whoever works on the type.
    Workers(JobType),
    /// To the webhook of a queue.
    Webhook {
        /// The type of the queue.
        job_type: JobType,
        /// Whose queue it is; the installation's: everybody's who has none for the type.
        owner: TenantId,
    },
}

impl Route {
    /// The type of the jobs that go this way.
    pub fn job_type(&self) -> &JobType {
        match self {
            Self::Workers(job_type) | Self::Webhook { job_type, .. } => job_type,
        }
    }

    /// Where the jobs of a tenant are published.
    pub fn subject(&self, subjects: &Subjects, tenant: TenantId) -> String {
        match self {
            Self::Workers(job_type) => subjects.job(job_type, tenant),
            Self::Webhook { job_type, owner } => subjects.webhook_job(job_type, *owner),
        }
    }

    /// What its consumer takes.
    pub fn filter(&self, subjects: &Subjects) -> String {
        match self {
            Self::Workers(job_type) => subjects.jobs_of(job_type),
            Self::Webhook { job_type, owner } => subjects.webhook_job(job_type, *owner),
        }
    }

    /// Its durable consumer.
    pub fn consumer(&self, subjects: &Subjects) -> String {
        match self {
            Self::Workers(job_type) => subjects.job_consumer(job_type),
            Self::Webhook { job_type, owner } => subjects.webhook_consumer(job_type, *owner),
        }
    }

    /// What the jobs of a webhook were published as while it was not there.
    pub fn bypassed(&self, subjects: &Subjects) -> Option<String> {
        match self {
            Self::Workers(_) => None,
            Self::Webhook { job_type, owner: TenantId::INSTALLATION } => Some(subjects.jobs_of(job_type)),
            Self::Webhook { job_type, owner } => Some(subjects.job(job_type, *owner)),
        }
    }
}

/// The webhooks that there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routes(HashSet<Route>);

impl Routes {
    /// Of the queues that somebody said something of.
    pub fn of(queues: &[QueueRow]) -> Self {
        let webhook = |queue: &QueueRow| {
            queue.settings.webhook.as_ref()?;
            Some(Route::Webhook { job_type: queue.job_type.clone()?, owner: queue.tenant })
        };
        Self(queues.iter().filter_map(webhook).collect())
    }

    /// The way of a line's jobs: the tenant's own webhook for the type before everybody's.
    pub fn route(&self, Line { job_type, tenant }: &Line) -> Route {
        if self.0.is_empty() {
            return Route::Workers(job_type.clone());
        }
        let webhook = |owner| Route::Webhook { job_type: job_type.clone(), owner };
        let mut webhooks = [*tenant, TenantId::INSTALLATION].into_iter().map(webhook);
        webhooks.find(|route| self.0.contains(route)).unwrap_or_else(|| Route::Workers(job_type.clone()))
    }

    /// Whether a webhook is there.
    pub fn contains(&self, route: &Route) -> bool {
        self.0.contains(route)
    }

    /// The ways of webhooks.
    pub fn webhooks(&self) -> impl Iterator<Item = &Route> {
        self.0.iter()
    }

    /// All ways that jobs of a type go.
    pub fn of_type(&self, job_type: &JobType) -> Vec<Route> {
        let webhooks = self.0.iter().filter(|route| route.job_type() == job_type).cloned();
        webhooks.chain([Route::Workers(job_type.clone())]).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const ACME: TenantId = TenantId(Uuid::from_u128(1));
    const OTHER: TenantId = TenantId(Uuid::from_u128(2));

    fn queue(tenant: TenantId, job_type: &str, settings: serde_json::Value) -> QueueRow {
        let job_type = Some(job_type.parse().unwrap());
        QueueRow { tenant, job_type, settings: serde_json::from_value(settings).unwrap(), is_paused: false }
    }

    fn route(routes: &Routes, tenant: TenantId, job_type: &str) -> Route {
        routes.route(&Line { job_type: job_type.parse().unwrap(), tenant })
    }

    #[test]
    fn a_job_goes_to_the_webhook_of_the_most_specific_queue_that_has_one() {
        let webhook = || json!({ "webhook": { "url": "https://a.example/", "secret": "a" } });
        let everyone = TenantId::INSTALLATION;
        let routes = Routes::of(&[
            queue(ACME, "export", webhook()),
            queue(everyone, "report", webhook()),
            queue(ACME, "report", webhook()),
            queue(OTHER, "import", json!({ "concurrency": 1 })),
        ]);
        let of = |tenant, job_type| route(&routes, tenant, job_type);
        let to = |owner, job_type: &str| Route::Webhook { job_type: job_type.parse().unwrap(), owner };
        assert_eq!((of(ACME, "export"), of(ACME, "report")), (to(ACME, "export"), to(ACME, "report")));
        assert_eq!(of(OTHER, "report"), to(everyone, "report"));
        for job_type in ["export", "import"] {
            assert_eq!(of(OTHER, job_type), Route::Workers(job_type.parse().unwrap()));
        }
        assert_eq!(routes.of_type(&"report".parse().unwrap()).len(), 3);
    }
}
