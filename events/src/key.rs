//! Which aggregate: the key under which its events stand in the log.

use std::fmt;

use crate::{
    event::{Aggregate, Event},
    ids::{ApiKeyId, BulkActionId, JobId, TenantId, UserId},
    names::{Code, JobType, ScheduleName},
};

/// The key of an aggregate. All of them start with the tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AggregateKey {
    /// A tenant.
    Tenant(TenantId),
    /// A user of a tenant.
    User(TenantId, UserId),
    /// A metric of a tenant, by its code.
    Metric(TenantId, Code),
    /// A layout of a tenant: a user's, or the default.
    Dashboard(TenantId, Option<UserId>),
    /// A job of a tenant.
    Job(TenantId, JobId),
    /// A queue of a tenant: its jobs of a type, or all of them.
    Queue(TenantId, Option<JobType>),
    /// A schedule of a tenant, by its name.
    Schedule(TenantId, ScheduleName),
    /// A bulk action of a tenant.
    BulkAction(TenantId, BulkActionId),
    /// An API key of a tenant.
    ApiKey(TenantId, ApiKeyId),
}

impl AggregateKey {
    /// The aggregate that an event of a tenant happened to.
    pub fn of(tenant: TenantId, event: &Event) -> Self {
        match event {
            Event::Tenant(_) => Self::Tenant(tenant),
            Event::User(event) => Self::User(tenant, event.user_id()),
            Event::Metric(event) => Self::Metric(tenant, event.code().clone()),
            Event::Dashboard(event) => Self::Dashboard(tenant, event.user_id()),
            Event::Job(event) => Self::Job(tenant, event.job().0),
            Event::Queue(event) => Self::Queue(tenant, event.job_type().cloned()),
            Event::Schedule(event) => Self::Schedule(tenant, event.name().clone()),
            Event::BulkAction(event) => Self::BulkAction(tenant, event.action_id()),
            Event::ApiKey(event) => Self::ApiKey(tenant, event.key_id()),
        }
    }

    /// Whose it is.
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::Tenant(tenant)
            | Self::User(tenant, _)
            | Self::Metric(tenant, _)
            | Self::Dashboard(tenant, _)
            | Self::Job(tenant, _)
            | Self::Queue(tenant, _)
            | Self::Schedule(tenant, _)
            | Self::BulkAction(tenant, _)
            | Self::ApiKey(tenant, _) => *tenant,
        }
    }

    /// The kind of aggregate: `aggregate_type` in the log.
    pub fn aggregate(&self) -> Aggregate {
        match self {
            Self::Tenant(_) => Aggregate::Tenant,
            Self::User(..) => Aggregate::User,
            Self::Metric(..) => Aggregate::Metric,
            Self::Dashboard(..) => Aggregate::Dashboard,
            Self::Job(..) => Aggregate::Job,
            Self::Queue(..) => Aggregate::Queue,
            Self::Schedule(..) => Aggregate::Schedule,
            Self::BulkAction(..) => Aggregate::BulkAction,
            Self::ApiKey(..) => Aggregate::ApiKey,
        }
    }
}

/// `aggregate_id` in the log: the tenant's id, and for all but the tenant itself a slash and a key.
impl fmt::Display for AggregateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(tenant) => write!(f, "{tenant}"),
            Self::User(tenant, user) => write!(f, "{tenant}/{user}"),
            Self::Metric(tenant, code) => write!(f, "{tenant}/{code}"),
            Self::Dashboard(tenant, Some(user)) => write!(f, "{tenant}/{user}"),
            Self::Dashboard(tenant, None) => write!(f, "{tenant}/default"),
            Self::Job(tenant, job) => write!(f, "{tenant}/{job}"),
            Self::Queue(tenant, Some(job_type)) => write!(f, "{tenant}/{job_type}"),
            Self::Queue(tenant, None) => write!(f, "{tenant}/all-types"),
            Self::Schedule(tenant, name) => write!(f, "{tenant}/{name}"),
            Self::BulkAction(tenant, action) => write!(f, "{tenant}/{action}"),
            Self::ApiKey(tenant, key) => write!(f, "{tenant}/{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_is_the_tenant_and_a_name_within_it() {
        let (tenant, user, job) = (TenantId(Uuid::nil()), UserId(Uuid::max()), JobId(Uuid::max()));
        let metric = AggregateKey::Metric(tenant, "at_risk_customer".parse().unwrap());
        let written = [
            (AggregateKey::Tenant(tenant), format!("{tenant}")),
            (AggregateKey::User(tenant, user), format!("{tenant}/{user}")),
            (metric, format!("{tenant}/at_risk_customer")),
            (AggregateKey::Dashboard(tenant, Some(user)), format!("{tenant}/{user}")),
            (AggregateKey::Dashboard(tenant, None), format!("{tenant}/default")),
            (AggregateKey::Job(tenant, job), format!("{tenant}/{job}")),
            (AggregateKey::Queue(tenant, "export".parse().ok()), format!("{tenant}/export")),
            (AggregateKey::Queue(tenant, None), format!("{tenant}/all-types")),
            (AggregateKey::Schedule(tenant, "nightly_report".parse().unwrap()), format!("{tenant}/nightly_report")),
            (AggregateKey::BulkAction(tenant, BulkActionId(Uuid::max())), format!("{tenant}/{}", Uuid::max())),
            (AggregateKey::ApiKey(tenant, ApiKeyId(Uuid::max())), format!("{tenant}/{}", Uuid::max())),
        ];
        for (key, text) in written {
            assert_eq!(key.to_string(), text);
            assert_eq!(key.tenant(), tenant);
        }
    }
}
